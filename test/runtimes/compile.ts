import { mkdtemp } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { build, type BuildOptions } from 'esbuild';

export type Program = 'process' | 'browser' | 'workerd';

/** The code of a program: it imports the packages that are installed in its folder. */
const STARTS: Readonly<Record<Program, string>> = {
  process: "import * as node from 'rxjs-task-status/node'; void main({ ...modules, node });",
  browser: 'main(modules);',
  workerd: 'export default worker(modules);',
};

/** Each operator of RxJS 9 is an entry point. */
const RXJS_9 = `
  import { Subject } from 'rxjs9';
  import { map } from 'rxjs9/map';
  import { switchMap } from 'rxjs9/switch-map';
  const rxjs9 = { Subject, map, switchMap };
`;

/**
 * Bundles a program with these checks in a folder where the package is installed.
 *
 * @returns the path of the program
 */
export async function compile(
  folder: string,
  program: Program,
  options: BuildOptions,
  withRxjs9 = false,
): Promise<string> {
  const path = fileURLToPath(new URL(`programs/${program}.ts`, import.meta.url));
  const name = program === 'workerd' ? 'worker' : 'main';
  const outfile = join(
    await mkdtemp(join(folder, `${program}-`)),
    options.format === 'cjs' ? 'program.cjs' : 'program.mjs',
  );
  await build({
    stdin: {
      contents: `
        import * as rxjs from 'rxjs';
        import * as library from 'rxjs-task-status';
        import * as testing from 'rxjs-task-status/testing';
        import { ${name} } from ${JSON.stringify(path)};
        ${withRxjs9 ? RXJS_9 : ''}
        const modules = { rxjs, library, testing${withRxjs9 ? ', rxjs9' : ''} };
        ${STARTS[program]}
      `,
      resolveDir: folder,
    },
    bundle: true,
    format: 'esm',
    // not the tsconfig.json of this project, which maps the package's name to its sources
    tsconfigRaw: '{}',
    ...options,
    outfile,
  });
  return outfile;
}
