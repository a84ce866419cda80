import { execFile } from 'node:child_process';
import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';

/** The oldest RxJS that package.json allows, and the newest. */
const VERSIONS = ['7.2.0', '7.8.2'] as const;

/** The package as its users get it: packed, and installed in otherwise empty folders. */
export interface Installed {
  /** The paths in the tarball. */
  readonly files: readonly string[];
  /** A folder for each version of RxJS. */
  readonly folders: Readonly<Record<(typeof VERSIONS)[number], string>>;
}

declare module 'vitest' {
  interface ProvidedContext {
    installed: Installed;
  }
}

const root = fileURLToPath(new URL('../..', import.meta.url));

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const temporary = await mkdtemp(join(tmpdir(), 'task-status-'));
  const packed = await npm(root, 'pack', '--json', '--pack-destination', temporary);
  const [{ filename, files }] = JSON.parse(packed) as [
    { filename: string; files: { path: string }[] },
  ];
  const install = async (version: string): Promise<[string, string]> => {
    const folder = join(temporary, `rxjs-${version}`);
    await mkdir(folder);
    await npm(folder, 'init', '--yes');
    await npm(folder, 'install', join(temporary, filename), `rxjs@${version}`);
    return [version, folder];
  };
  const folders = Object.fromEntries(await Promise.all(VERSIONS.map(install)));
  provide('installed', {
    files: files.map(({ path }) => path),
    folders: folders as Installed['folders'],
  });
  return () => rm(temporary, { recursive: true });
}

async function npm(folder: string, ...words: string[]): Promise<string> {
  const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  const { stdout } = await promisify(execFile)('npm', [...words, ...quiet], { cwd: folder });
  return stdout;
}
