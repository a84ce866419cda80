import { cp, mkdtemp, readdir, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { dependenciesOf, installOnce, type Packages } from '../support/installation.js';
import { packLibrary, unpackLibrary } from '../support/packed-library.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder with a copy of each project of this folder, where their packages are found. */
    projects: string;
  }
}

const root = fileURLToPath(new URL('../..', import.meta.url));
const here = fileURLToPath(new URL('.', import.meta.url));

/** Installs the packages of all projects at once, and copies the projects there, with the packed library. */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const names = (await readdir(here, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const packages = await packagesOf([
    join(root, 'package.json'),
    ...names.map((name) => join(here, name, 'package.json')),
  ]);
  const projects = await mkdtemp(join(await installOnce('toolchains', packages), 'run-'));
  await Promise.all(
    names.map((name) => cp(join(here, name), join(projects, name), { recursive: true })),
  );
  const tarball = process.env['TARBALL'] ?? (await packLibrary(projects)).tarball;
  await unpackLibrary(tarball, projects);
  provide('projects', projects);
  return () => rm(projects, { recursive: true });
}

/** What the manifests depend on, together. They must agree, as there is one installation. */
async function packagesOf(manifests: readonly string[]): Promise<Packages> {
  const packages = new Map<string, string>();
  for (const manifest of manifests) {
    for (const [name, version] of Object.entries(await dependenciesOf(manifest))) {
      if ((packages.get(name) ?? version) !== version)
        throw new Error(`${manifest}: ${name} is ${packages.get(name)} in another project`);
      packages.set(name, version);
    }
  }
  return Object.fromEntries(packages);
}
