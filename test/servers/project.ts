import { cp, mkdtemp, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { inject } from 'vitest';
import { dependenciesOf, installOnce } from '../support/installation.js';
import { unpackLibrary } from '../support/packed-library.js';

const root = fileURLToPath(new URL('../..', import.meta.url));
const here = fileURLToPath(new URL('.', import.meta.url));

/** A copy of a project of this folder. It finds its packages and the packed library. */
export interface Project {
  readonly folder: string;
  /** The installed packages, one folder up. */
  readonly packages: string;
  remove(): Promise<void>;
}

/**
 * Installs the packages of a project, and copies the project there, with the packed library.
 *
 * Each project has a separate installation, because their versions conflict.
 *
 * @param name a folder with a `package.json`, whose `dependencies` have exact versions
 */
export async function openProject(name: string): Promise<Project> {
  const installation = await installOnce(`servers-${name}`, {
    ...(await dependenciesOf(join(root, 'package.json'))),
    ...(await dependenciesOf(join(here, name, 'package.json'))),
  });
  const folder = await mkdtemp(join(installation, 'run-'));
  await cp(join(here, name), folder, { recursive: true });
  await unpackLibrary(inject('tarball'), folder);
  return {
    folder,
    packages: join(installation, 'node_modules'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}
