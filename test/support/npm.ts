import { execFile } from 'node:child_process';
import { mkdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

const cache = fileURLToPath(new URL('../../node_modules/.cache', import.meta.url));

/** Runs npm in a folder and returns its output. */
export async function npm(folder: string, ...words: string[]): Promise<string> {
  const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  const { stdout } = await promisify(execFile)('npm', [...words, ...quiet, '--prefer-offline'], {
    cwd: folder,
  });
  return stdout;
}

/**
 * Installs packages that are too large for the dependencies of this project. They are cached until the
 * versions change or `npm ci` removes them.
 *
 * @param name the name of the cache folder
 * @param packages names or aliases, with exact versions
 * @returns the `node_modules` folder
 */
export async function borrow(
  name: string,
  packages: Readonly<Record<string, string>>,
): Promise<string> {
  const folder = join(cache, name);
  const present = join(folder, 'present.json');
  const wanted = JSON.stringify(packages);
  if ((await readFile(present, 'utf8').catch(() => '')) !== wanted) {
    await mkdir(folder, { recursive: true });
    const manifest = { private: true, dependencies: packages };
    await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
    await npm(folder, 'install', '--no-package-lock');
    await writeFile(present, wanted);
  }
  return join(folder, 'node_modules');
}
