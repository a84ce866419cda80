import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'tsup';

const HERE = 'test/bench';
const NEEDED = ['package.json', 'tsconfig.json', 'tsup.config.ts', 'src', 'test/package'];

/** The built package and the benchmark beside it, in a directory of its own. */
export interface Built {
  /** Where the package lies. */
  readonly root: string;
  /** The script of a row. */
  script(row: string): string;
  remove(): void;
}

/**
 * Builds the package as it is published, and the benchmark's files, in a copy of the sources: what
 * is measured does not change when somebody builds or edits while it is.
 *
 * The files import the package by its name, which Node finds by the copy's own package.json, and
 * RxJS where the package finds it.
 *
 * @param revision the commit whose sources are built; without it, what lies in the working tree
 */
export async function buildCopy(revision?: string): Promise<Built> {
  const root = mkdtempSync(join(tmpdir(), 'rxjs-task-status-bench-'));
  const remove = (): void => rmSync(root, { recursive: true, force: true });
  try {
    if (revision === undefined) {
      for (const path of NEEDED) cpSync(path, join(root, path), { recursive: true });
    } else {
      const archive = execFileSync('git', ['archive', revision, ...NEEDED]);
      execFileSync('tar', ['-x', '-C', root], { input: archive });
    }
    symlinkSync(resolve('node_modules'), join(root, 'node_modules'));
    const tsup = resolve('node_modules/tsup/dist/cli-default.js');
    execFileSync(process.execPath, [tsup, '--no-dts', '--silent'], { cwd: root, stdio: 'inherit' });
    await build({
      config: false,
      silent: true,
      entry: readdirSync(HERE)
        .filter((file) => /(?<!\.test)\.ts$/.test(file))
        .map((file) => join(HERE, file)),
      outDir: join(root, 'bench'),
      format: 'esm',
      target: 'es2022',
      bundle: false,
    });
  } catch (error) {
    remove();
    throw error;
  }
  return { root, script: (row) => join(root, 'bench', `${row}.js`), remove };
}
