import { createHash } from 'node:crypto';
import { execFile } from 'node:child_process';
import { cp, mkdir, mkdtemp, readdir, readFile, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import type { TestProject } from 'vitest/node';
import { npm } from '../support/npm.js';

declare module 'vitest' {
  interface ProvidedContext {
    /** The folder with a copy of each project of this folder, where their packages are found. */
    projects: string;
  }
}

type Packages = Readonly<Record<string, string>>;

const root = fileURLToPath(new URL('../..', import.meta.url));
const here = fileURLToPath(new URL('.', import.meta.url));

/**
 * Installs the packages of all projects at once, and copies the projects there, with the packed
 * library. Outside of the repository, so that no project finds its packages and settings.
 */
export default async function setup({ provide }: TestProject): Promise<() => Promise<void>> {
  const names = (await readdir(here, { withFileTypes: true }))
    .filter((entry) => entry.isDirectory())
    .map(({ name }) => name);
  const packages = await packagesOf([
    join(root, 'package.json'),
    ...names.map((name) => join(here, name, 'package.json')),
  ]);
  const projects = await mkdtemp(join(await install(packages), 'run-'));
  await Promise.all(
    names.map((name) => cp(join(here, name), join(projects, name), { recursive: true })),
  );
  await unpack(process.env['TARBALL'] ?? (await pack(projects)), projects);
  provide('projects', projects);
  return () => rm(projects, { recursive: true });
}

/** What the manifests depend on, together. They must agree, as there is one installation. */
async function packagesOf(manifests: readonly string[]): Promise<Packages> {
  const packages = new Map<string, string>();
  for (const manifest of manifests) {
    const { dependencies } = JSON.parse(await readFile(manifest, 'utf8')) as {
      dependencies: Packages;
    };
    for (const [name, version] of Object.entries(dependencies)) {
      if ((packages.get(name) ?? version) !== version)
        throw new Error(`${manifest}: ${name} is ${packages.get(name)} in another project`);
      packages.set(name, version);
    }
  }
  return Object.fromEntries([...packages].sort());
}

/** Installs them once on this machine, until their versions change. */
async function install(packages: Packages): Promise<string> {
  const manifest = JSON.stringify({ private: true, dependencies: packages });
  const hash = createHash('sha256').update(manifest).digest('hex').slice(0, 8);
  const folder = join(tmpdir(), `task-status-toolchains-${hash}`);
  const complete = join(folder, 'complete');
  if (await readFile(complete).catch(() => undefined)) return folder;
  await mkdir(folder, { recursive: true });
  await writeFile(join(folder, 'package.json'), manifest);
  await npm(folder, 'install', '--no-package-lock');
  await writeFile(complete, '');
  return folder;
}

async function pack(folder: string): Promise<string> {
  const packed = await npm(root, 'pack', '--json', '--pack-destination', folder);
  const [{ filename }] = JSON.parse(packed) as [{ filename: string }];
  return join(folder, filename);
}

/** Unpacks the tarball where npm would. The library's dependencies are installed one folder up. */
async function unpack(tarball: string, projects: string): Promise<void> {
  const folder = join(projects, 'node_modules/rxjs-task-status');
  await mkdir(folder, { recursive: true });
  await promisify(execFile)('tar', ['-xzf', tarball, '-C', folder, '--strip-components=1']);
}
