import { mkdir, mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import type { TestProject } from 'vitest/node';
import { npm } from '../support/npm.js';
import { packLibrary, type PackedLibrary } from '../support/packed-library.js';
import { RXJS } from '../support/versions.js';

/** The package as users get it: packed, and installed in empty folders. */
export interface Installed extends PackedLibrary {
  /** A folder for each version of RxJS. */
  readonly folders: Readonly<Record<(typeof RXJS)[number], string>>;
}

declare module 'vitest' {
  interface ProvidedContext {
    installed: Installed;
  }
}

export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const { remove, ...installed } = await installPackage();
  provide('installed', installed);
  return remove;
}

/** Packs the built package and installs it with each version of RxJS. */
export async function installPackage(): Promise<Installed & { remove: () => Promise<void> }> {
  const temporary = await mkdtemp(join(tmpdir(), 'task-status-'));
  const remove = (): Promise<void> => rm(temporary, { recursive: true });
  try {
    const packed = await packLibrary(temporary);
    const install = async (version: string): Promise<[string, string]> => {
      const folder = join(temporary, `rxjs-${version}`);
      await mkdir(folder);
      await npm(folder, 'init', '--yes');
      await npm(folder, 'install', packed.tarball, `rxjs@${version}`);
      return [version, folder];
    };
    const folders = Object.fromEntries(await Promise.all(RXJS.map(install)));
    return { ...packed, folders: folders as Installed['folders'], remove };
  } catch (error) {
    await remove();
    throw error;
  }
}
