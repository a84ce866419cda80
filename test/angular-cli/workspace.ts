import { execFile, spawn } from 'node:child_process';
import { cp, mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { dirname, join, resolve } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';
import { npm } from '../support/npm.js';
import type { AngularVersion } from '../support/versions.js';
import { sampleOfDocs } from './docs-page.js';

/** An application of the Angular CLI with the packed library in it. */
export interface Workspace {
  readonly folder: string;
  /** The Node that runs its CLI. */
  readonly node: string;
  /** The program of its CLI. */
  readonly cli: string;
}

const CLI = 'node_modules/@angular/cli/bin/ng.js';

/** What the sample of a resolver in the docs has above it. */
const IMPORTS = `
  import { inject, PLATFORM_ID } from '@angular/core';
  import type { ActivatedRouteSnapshot } from '@angular/router';
  import { injectTaskStatus } from 'rxjs-task-status/angular';
`;

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));

/**
 * The application of the docs.
 *
 * @param versions the version of Angular; without it, that of the application's package.json
 */
export async function installBoard(tarball: string, versions?: AngularVersion): Promise<Workspace> {
  const folder = await mkdtemp(join(dirname(tarball), 'task-board-'));
  await cp(join(root, 'docs/examples/angular'), folder, {
    recursive: true,
    filter: (path) => !/[\\/](node_modules|dist)$/.test(path),
  });
  const { node, packages } = nodeFor(versions);
  if (versions) await useVersions(join(folder, 'package.json'), versions, packages);
  await npm(folder, 'install', tarball);
  return { folder, node: resolve(folder, node), cli: join(folder, CLI) };
}

interface Manifest {
  readonly dependencies: Readonly<Record<string, string>>;
  readonly devDependencies: Readonly<Record<string, string>>;
}

/** Replaces the versions of all packages of Angular, and adds packages. */
async function useVersions(
  file: string,
  { angular, typescript }: AngularVersion,
  packages: Readonly<Record<string, string>>,
): Promise<void> {
  const manifest = JSON.parse(await readFile(file, 'utf8')) as Manifest;
  const change = (given: Readonly<Record<string, string>>): Record<string, string> =>
    Object.fromEntries(
      Object.entries(given).map(([name, version]) => [
        name,
        name.startsWith('@angular/') ? angular : version,
      ]),
    );
  const changed = {
    ...manifest,
    // a peer dependency of @angular/cdk 22
    dependencies: { ...change(manifest.dependencies), '@angular/forms': angular },
    devDependencies: { ...change(manifest.devDependencies), typescript, ...packages },
  };
  await writeFile(file, JSON.stringify(changed));
}

/** A Node that can run the CLI: this one, or a package of npm. The path is relative to the workspace. */
function nodeFor(versions: AngularVersion | undefined): {
  readonly node: string;
  readonly packages: Readonly<Record<string, string>>;
} {
  const needed = versions?.node;
  if (needed === undefined || !isOlder(process.versions.node, needed)) {
    return { node: process.execPath, packages: {} };
  }
  const name = `node-${process.platform}-${process.arch}`;
  return { node: join('node_modules', name, 'bin/node'), packages: { [name]: needed } };
}

/** One version of Angular and the library. Its folder is for projects, which have no packages themselves. */
export async function installAngular(
  tarball: string,
  versions: AngularVersion,
): Promise<Workspace> {
  const { angular, typescript, zone } = versions;
  const { node, packages } = nodeFor(versions);
  const folder = await mkdtemp(join(dirname(tarball), `angular-${angular}-`));
  const of = (version: string, ...names: string[]): Record<string, string> =>
    Object.fromEntries(names.map((name) => [`@angular/${name}`, version]));
  const manifest = {
    private: true,
    dependencies: {
      ...of(angular, 'common', 'compiler', 'core', 'forms', 'platform-browser'),
      ...of(angular, 'platform-server', 'router', 'ssr'),
      express: '5.1.0',
      rxjs: '7.8.2',
      tslib: '2.8.1',
      'zone.js': zone,
    },
    devDependencies: {
      ...of(angular, 'build', 'cli', 'compiler-cli'),
      '@types/express': '5.0.3',
      '@types/node': '20.19.43',
      typescript,
      ...packages,
    },
  };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await npm(folder, 'install', tarball);
  return { folder, node: resolve(folder, node), cli: join(folder, CLI) };
}

/** The application of these tests, in the folder of an installation. */
export async function addConsumer(installation: Workspace): Promise<Workspace> {
  const folder = join(installation.folder, 'consumer');
  await cp(join(here, 'consumer'), folder, { recursive: true });
  await writeFile(
    join(folder, 'src/resolve-status.ts'),
    IMPORTS + (await sampleOfDocs('resolveStatus')),
  );
  return { ...installation, folder };
}

/** Runs Angular's CLI. Returns its output; rejects if it fails. */
export async function ng(
  { folder, node, cli }: Workspace,
  words: readonly string[],
  env: Record<string, string> = {},
): Promise<string> {
  const running = promisify(execFile)(node, [cli, ...words], {
    cwd: folder,
    env: { ...process.env, NG_CLI_ANALYTICS: 'false', NO_COLOR: '1', ...env },
  });
  // no prompts
  running.child.stdin?.end();
  const { stdout, stderr } = await running;
  return stdout + stderr;
}

/** Builds for production. Returns the output of the CLI; rejects if it fails. */
export async function build(
  workspace: Workspace,
  configuration?: string,
  env?: Record<string, string>,
): Promise<string> {
  const words = configuration === undefined ? [] : ['--configuration', configuration];
  return ng(workspace, ['build', ...words], env);
}

/** A server that runs. */
export interface RunningServer {
  readonly origin: string;
  /** What it has printed so far. */
  readonly output: () => string;
  readonly stop: () => void;
}

/** Starts a program that listens on `PORT`, by default a free one, and prints its origin. */
export async function start(
  { folder, node }: Workspace,
  program: string,
  env: Record<string, string> = {},
): Promise<RunningServer> {
  const child = spawn(node, [program], {
    cwd: folder,
    env: { ...process.env, PORT: '0', ...env },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  let output = '';
  const origin = await new Promise<string>((resolve, reject) => {
    child.stdout.on('data', (chunk: Buffer) => {
      output += String(chunk);
      const printed = /http:\/\/\S+/.exec(output)?.[0];
      if (printed !== undefined) resolve(printed);
    });
    child.once('error', reject);
    child.once('exit', (code) => reject(new Error(`${program} ended with ${String(code)}`)));
  });
  return { origin, output: () => output, stop: () => child.kill() };
}

/** A port that nothing listens on. */
export async function freePort(): Promise<number> {
  const server = createServer();
  await new Promise<void>((resolve) => server.listen(0, resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

/** Packs the built library into `folder`. Returns the path of the tarball. */
export async function pack(folder: string): Promise<string> {
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  await npm(root, 'pack', '--pack-destination', folder);
  return join(folder, `rxjs-task-status-${version}.tgz`);
}

/** A new folder, which is removed after `use`, also if it fails. */
export async function withFolder<T>(use: (folder: string) => Promise<T>): Promise<T> {
  const folder = await makeFolder();
  try {
    return await use(folder);
  } finally {
    await removeFolder(folder);
  }
}

export async function makeFolder(): Promise<string> {
  return mkdtemp(join(tmpdir(), 'rxjs-task-status-angular-'));
}

export async function removeFolder(folder: string): Promise<void> {
  await rm(folder, { recursive: true, force: true, maxRetries: 3 });
}

function isOlder(version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = than.split('.').map(Number);
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor);
}
