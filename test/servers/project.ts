import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { inject } from 'vitest';
import { npm } from '../support/npm.js';

type Packages = Readonly<Record<string, string>>;

const root = fileURLToPath(new URL('../..', import.meta.url));
const here = fileURLToPath(new URL('.', import.meta.url));

/** A copy of a project of this folder, in which its packages and the packed library are found. */
export interface Project {
  readonly folder: string;
  /** The installed packages, one folder up. */
  readonly packages: string;
  remove(): Promise<void>;
}

/**
 * Installs the packages of a project, and copies the project there, with the packed library.
 *
 * Each project has an installation, because their versions conflict. They are outside of the
 * repository, so that no project finds its packages and settings.
 *
 * @param name a folder with a `package.json`, whose `dependencies` have exact versions
 */
export async function openProject(name: string): Promise<Project> {
  const packages = {
    ...(await dependenciesOf(join(root, 'package.json'))),
    ...(await dependenciesOf(join(here, name, 'package.json'))),
  };
  const installation = await install(name, packages);
  const folder = await mkdtemp(join(installation, 'run-'));
  await cp(join(here, name), folder, { recursive: true });
  await unpack(inject('tarball'), folder);
  return {
    folder,
    packages: join(installation, 'node_modules'),
    remove: () => rm(folder, { recursive: true, force: true }),
  };
}

async function dependenciesOf(manifest: string): Promise<Packages> {
  return (JSON.parse(await readFile(manifest, 'utf8')) as { dependencies: Packages }).dependencies;
}

/** Installs packages once on this machine, until their versions change. */
async function install(name: string, packages: Packages): Promise<string> {
  const sorted = Object.fromEntries(Object.entries(packages).sort());
  const manifest = JSON.stringify({ private: true, dependencies: sorted });
  const hash = createHash('sha256').update(manifest).digest('hex').slice(0, 8);
  const folder = join(tmpdir(), `task-status-servers-${name}-${hash}`);
  const exists = (): Promise<boolean> =>
    stat(folder).then(
      () => true,
      () => false,
    );
  if (await exists()) return folder;
  // renamed when it is complete: other tests may install the same packages at the same time
  const draft = await mkdtemp(join(tmpdir(), `task-status-servers-${name}-`));
  await writeFile(join(draft, 'package.json'), manifest);
  await npm(draft, 'install', '--no-package-lock');
  try {
    await rename(draft, folder);
  } catch (error) {
    if (!(await exists())) throw error;
    await rm(draft, { recursive: true });
  }
  return folder;
}

/** Unpacks the library where npm would. Its dependencies are installed one folder up. */
async function unpack(tarball: string, folder: string): Promise<void> {
  const target = join(folder, 'node_modules/rxjs-task-status');
  await mkdir(target, { recursive: true });
  await promisify(execFile)('tar', ['-xzf', tarball, '-C', target, '--strip-components=1']);
}
