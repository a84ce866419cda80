import { createHash } from 'node:crypto';
import { mkdtemp, readFile, rename, rm, stat, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { npm } from './npm.js';

/** Packages with their exact versions. */
export type Packages = Readonly<Record<string, string>>;

/** The `dependencies` of a `package.json`. */
export async function dependenciesOf(manifest: string): Promise<Packages> {
  return (JSON.parse(await readFile(manifest, 'utf8')) as { dependencies: Packages }).dependencies;
}

/**
 * Installs packages once on this machine, until their versions change.
 *
 * The folder is outside of the repository, so that no project finds its packages and settings.
 *
 * @returns the folder with `node_modules`
 */
export async function installOnce(name: string, packages: Packages): Promise<string> {
  const sorted = Object.fromEntries(Object.entries(packages).sort());
  const manifest = JSON.stringify({ private: true, dependencies: sorted });
  const hash = createHash('sha256').update(manifest).digest('hex').slice(0, 8);
  const folder = join(tmpdir(), `task-status-${name}-${hash}`);
  if (await exists(folder)) return folder;
  // renamed when it is complete: other tests may install the same packages at the same time
  const draft = await mkdtemp(join(tmpdir(), `task-status-${name}-`));
  await writeFile(join(draft, 'package.json'), manifest);
  await npm(draft, 'install', '--no-package-lock');
  try {
    await rename(draft, folder);
  } catch (error) {
    if (!(await exists(folder))) throw error;
    await rm(draft, { recursive: true });
  }
  return folder;
}

function exists(path: string): Promise<boolean> {
  return stat(path).then(
    () => true,
    () => false,
  );
}
