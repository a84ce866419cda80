import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { build } from 'tsup';

const HERE = 'test/bench';
const NEEDED = ['package.json', 'tsconfig.json', 'tsup.config.ts', 'src', 'test/package'];

/** A directory with the built package and the built benchmark. */
export interface Built {
  /** The root of the package. */
  readonly root: string;
  /** The script of a row. */
  script(row: string): string;
  remove(): void;
}

/**
 * Builds the package as published, and the benchmark, in a copy of the sources. So a build or an edit
 * during a run does not change what is measured.
 *
 * The benchmark imports the package by its name, which Node resolves by the copy's package.json, and the
 * same RxJS as the package.
 *
 * @param revision the commit whose sources are built; by default the working tree
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
