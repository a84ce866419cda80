import { execFile, spawn } from 'node:child_process';
import { once } from 'node:events';
import { cp, mkdtemp, readFile, writeFile } from 'node:fs/promises';
import { createServer, type AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { promisify } from 'node:util';

/** A version of Angular and what goes with it. */
export interface Versions {
  readonly angular: string;
  readonly typescript: string;
  readonly zone: string;
  /** Where its CLI asks for a newer Node than the oldest that this package supports. */
  readonly node?: string;
}

export const VERSIONS: readonly Versions[] = [
  { angular: '20.3.32', typescript: '5.9.3', zone: '0.15.1' },
  { angular: '21.2.24', typescript: '5.9.3', zone: '0.15.1' },
  { angular: '22.2.0', typescript: '6.0.3', zone: '0.16.3', node: '22.23.3' },
];

/** An application of the Angular CLI with the packed library in it. */
export interface Workspace {
  readonly folder: string;
  /** The Node that its CLI runs on. */
  readonly node: string;
}

const here = fileURLToPath(new URL('.', import.meta.url));
const root = fileURLToPath(new URL('../..', import.meta.url));

/** The application of the documentation, as its package.json has it. */
export async function installBoard(tarball: string): Promise<Workspace> {
  const folder = await mkdtemp(join(tmpdir(), 'task-board-'));
  await cp(join(root, 'docs/examples/angular'), folder, {
    recursive: true,
    filter: (path) => !/[\\/](node_modules|dist)$/.test(path),
  });
  await npm(folder, 'install', tarball);
  return { folder, node: process.execPath };
}

/** The application of these tests, with one version of Angular. */
export async function installConsumer(tarball: string, versions: Versions): Promise<Workspace> {
  const { angular, typescript, zone, node } = versions;
  const folder = await mkdtemp(join(tmpdir(), `consumer-${angular}-`));
  await cp(join(here, 'consumer'), folder, { recursive: true });
  const own = `node-${process.platform}-${process.arch}`;
  const borrowed = node !== undefined && isOlder(process.versions.node, node);
  const of = (version: string, ...names: string[]): Record<string, string> =>
    Object.fromEntries(names.map((name) => [`@angular/${name}`, version]));
  const manifest = {
    name: 'consumer',
    private: true,
    type: 'module',
    dependencies: {
      ...of(angular, 'common', 'compiler', 'core', 'platform-browser', 'platform-server'),
      // what @angular/ssr brings along
      ...of(angular, 'router', 'ssr'),
      rxjs: '7.8.2',
      tslib: '2.8.1',
      'zone.js': zone,
    },
    devDependencies: {
      ...of(angular, 'build', 'cli', 'compiler-cli'),
      '@types/node': '20.19.43',
      typescript,
      ...(borrowed ? { [own]: node } : {}),
    },
  };
  await writeFile(join(folder, 'package.json'), JSON.stringify(manifest));
  await npm(folder, 'install', tarball);
  return {
    folder,
    node: borrowed ? join(folder, 'node_modules', own, 'bin/node') : process.execPath,
  };
}

/** The packages that a page needs, without the CLI; gives their folder. */
export async function installPackages(tarball: string, angular: string): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), `angular-${angular}-`));
  await writeFile(join(folder, 'package.json'), '{ "private": true }');
  const packages = ['common', 'compiler', 'core', 'platform-browser'].map(
    (name) => `@angular/${name}@${angular}`,
  );
  await npm(folder, 'install', tarball, 'rxjs@7.8.2', ...packages);
  return folder;
}

/** Builds for production; gives what the CLI printed, and rejects where it fails. */
export async function build({ folder, node }: Workspace, configuration?: string): Promise<string> {
  const { stdout, stderr } = await promisify(execFile)(
    node,
    [
      join('node_modules', '@angular', 'cli', 'bin', 'ng.js'),
      'build',
      ...(configuration === undefined ? [] : ['--configuration', configuration]),
    ],
    { cwd: folder, env: { ...process.env, NG_CLI_ANALYTICS: 'false', NO_COLOR: '1' } },
  );
  return stdout + stderr;
}

/** A program that listens on `PORT` and says so; gives its origin. */
export async function start(
  { folder, node }: Workspace,
  program: string,
  env: Record<string, string>,
): Promise<{ origin: string; stop: () => void }> {
  const port = await freePort();
  const child = spawn(node, [program], {
    cwd: folder,
    env: { ...process.env, ...env, PORT: String(port) },
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await new Promise<void>((resolve, reject) => {
    child.stdout.once('data', () => resolve());
    child.once('exit', (code) => reject(new Error(`${program} ended with ${String(code)}`)));
  });
  return { origin: `http://localhost:${port}`, stop: () => child.kill() };
}

async function freePort(): Promise<number> {
  const server = createServer().listen(0, 'localhost');
  await once(server, 'listening');
  const { port } = server.address() as AddressInfo;
  server.close();
  return port;
}

/** Packs the built library; gives the tarball. */
export async function pack(): Promise<string> {
  const folder = await mkdtemp(join(tmpdir(), 'task-status-'));
  const { version } = JSON.parse(await readFile(join(root, 'package.json'), 'utf8')) as {
    version: string;
  };
  await npm(root, 'pack', '--pack-destination', folder);
  return join(folder, `rxjs-task-status-${version}.tgz`);
}

async function npm(folder: string, ...words: string[]): Promise<void> {
  const quiet = ['--no-audit', '--no-fund', '--ignore-scripts', '--loglevel=error'];
  await promisify(execFile)('npm', [...words, ...quiet], { cwd: folder });
}

function isOlder(version: string, than: string): boolean {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  const [wantedMajor = 0, wantedMinor = 0] = than.split('.').map(Number);
  return major < wantedMajor || (major === wantedMajor && minor < wantedMinor);
}
