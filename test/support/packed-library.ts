import { execFile } from 'node:child_process';
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { npm } from './npm.js';

const root = fileURLToPath(new URL('../..', import.meta.url));

/** The library as npm would publish it. */
export interface PackedLibrary {
  readonly tarball: string;
  /** The paths in the tarball. */
  readonly files: readonly string[];
}

/** Packs the built library into a folder. */
export async function packLibrary(folder: string): Promise<PackedLibrary> {
  const packed = await npm(root, 'pack', '--json', '--pack-destination', folder);
  const [{ filename, files }] = JSON.parse(packed) as [
    { filename: string; files: { path: string }[] },
  ];
  return { tarball: join(folder, filename), files: files.map(({ path }) => path) };
}

/** Unpacks a tarball into the `node_modules` of a folder. Its dependencies are not installed there. */
export async function unpackLibrary(tarball: string, folder: string): Promise<void> {
  const target = join(folder, 'node_modules/rxjs-task-status');
  await mkdir(target, { recursive: true });
  await promisify(execFile)('tar', ['-xzf', tarball, '-C', target, '--strip-components=1']);
}
