import { cp, mkdtemp, readdir, readFile, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { TestProject } from 'vitest/node';
import { dependenciesOf, installOnce, type Packages } from '../support/installation.js';
import { packLibrary, unpackLibrary } from '../support/packed-library.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder with a copy of each project, where its packages are found. By the project's name. */
    projects: Readonly<Record<string, string>>;
  }
}

/** The installation of a project whose manifest names none. */
const COMMON = 'toolchains';

const root = fileURLToPath(new URL('../..', import.meta.url));
const here = fileURLToPath(new URL('.', import.meta.url));

/**
 * Installs the packages of all projects, and copies the projects there, with the packed library.
 *
 * Projects whose `package.json` has the same `installation` share one, and must agree in their versions.
 */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const names = (await readdir(here, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const installations = new Map<string, string[]>();
  for (const name of names) {
    const installation = await installationOf(name);
    installations.set(installation, [...(installations.get(installation) ?? []), name]);
  }
  const packed = await mkdtemp(join(tmpdir(), 'task-status-packed-'));
  const tarball = process.env['TARBALL'] ?? (await packLibrary(packed)).tarball;
  const copies = await Promise.all(
    [...installations].map(([installation, projects]) => copyTo(installation, projects, tarball)),
  );
  const folders = copies.map(({ folder }) => folder);
  provide('projects', Object.fromEntries(copies.flatMap(({ projects }) => projects)));
  return async () => {
    await Promise.all([packed, ...folders].map((folder) => rm(folder, { recursive: true })));
  };
}

async function installationOf(project: string): Promise<string> {
  const manifest = JSON.parse(await readFile(join(here, project, 'package.json'), 'utf8')) as {
    installation?: string;
  };
  return manifest.installation ?? COMMON;
}

/** Installs packages, and copies the projects that use them there. */
async function copyTo(
  installation: string,
  names: readonly string[],
  tarball: string,
): Promise<{ folder: string; projects: readonly (readonly [name: string, folder: string])[] }> {
  const packages = await packagesOf([
    // what the library depends on
    join(root, 'package.json'),
    ...names.map((name) => join(here, name, 'package.json')),
  ]);
  const folder = await mkdtemp(join(await installOnce(installation, packages), 'run-'));
  await Promise.all(
    names.map((name) => cp(join(here, name), join(folder, name), { recursive: true })),
  );
  await unpackLibrary(tarball, folder);
  return { folder, projects: names.map((name) => [name, join(folder, name)] as const) };
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
