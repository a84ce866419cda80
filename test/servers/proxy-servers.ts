import { execFile } from 'node:child_process';
import { cp, mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath, pathToFileURL } from 'node:url';
import { promisify } from 'node:util';
import { build } from 'esbuild';
import { borrowRuntimes } from '../support/borrow-runtimes.js';
import { userEnvironment } from '../support/user-environment.js';
import type { Project } from './project.js';
import { startServer, type RunningServer } from './start.js';

/** The settings of a server of the docs: the key, and a task API that replaces the real one. */
interface ServerSettings {
  readonly apiKey: string;
  /** `http://127.0.0.1:…` */
  readonly upstream: string;
}

/** A server of docs/security.md. */
export interface ProxyServer {
  readonly name: string;
  /** The name of the project whose packages it needs. */
  readonly project: string;
  /** Whether it notices that a page has disconnected before there is an answer. */
  readonly noticesDisconnect: boolean;
  readonly start: (project: Project, settings: ServerSettings) => Promise<RunningServer>;
}

const EXAMPLES = fileURLToPath(new URL('../../docs/examples/proxy', import.meta.url));

/** Sends the requests for the real task API to the server of the test, so that the examples need no changes. */
const REDIRECT = `
  const { fetch } = globalThis;
  const real = 'https://api.browser-use.com/';
  globalThis.fetch = (url, init) =>
    fetch(String(url).startsWith(real) ? process.env.UPSTREAM + '/' + String(url).slice(real.length) : url, init);
`;

/** Copies the examples into a project. Returns the environment, and the module that redirects requests. */
async function prepare(
  { folder }: Project,
  { apiKey, upstream }: ServerSettings,
): Promise<{ cwd: string; redirect: string; env: Record<string, string> }> {
  await cp(EXAMPLES, folder, { recursive: true });
  const redirect = join(folder, 'redirect.mjs');
  await writeFile(redirect, REDIRECT);
  return { cwd: folder, redirect, env: { BROWSER_USE_API_KEY: apiKey, UPSTREAM: upstream } };
}

function inNode(name: string, project: string, file: string): ProxyServer {
  return {
    name,
    project,
    noticesDisconnect: true,
    start: async (copy, settings) => {
      const { redirect, ...options } = await prepare(copy, settings);
      return startServer([process.execPath, '--import', redirect, file], options);
    },
  };
}

const next: ProxyServer = {
  name: 'Next.js',
  project: 'next',
  noticesDisconnect: true,
  start: async (copy, settings) => {
    const { cwd, env, redirect } = await prepare(copy, settings);
    const route = join(cwd, 'app/api/v1/[...path]');
    await mkdir(route, { recursive: true });
    await cp(join(EXAMPLES, 'next-route.js'), join(route, 'route.js'));
    const command = [process.execPath, join(copy.packages, 'next/dist/bin/next')] as const;
    await promisify(execFile)(command[0], [command[1], 'build', '--webpack'], {
      cwd,
      env: { ...userEnvironment(), NODE_ENV: 'production', NEXT_TELEMETRY_DISABLED: '1' },
    });
    return startServer([...command, 'start', '--hostname', '127.0.0.1'], {
      cwd,
      env: { ...env, NODE_OPTIONS: `--import ${pathToFileURL(redirect).href}` },
    });
  },
};

const deno: ProxyServer = {
  name: 'Deno',
  project: 'no-framework',
  noticesDisconnect: true,
  start: async (copy, settings) => {
    const { cwd, env } = await prepare(copy, settings);
    const { deno: command = '' } = await borrowRuntimes();
    // `deno serve` does not preload
    const main = "import './redirect.mjs';\nexport { default } from './deno-and-bun.js';\n";
    await writeFile(join(cwd, 'main.js'), main);
    const address = ['--port', '{port}', '--host', '127.0.0.1'];
    const flags = ['--allow-net', '--allow-env', '--no-prompt', '--no-lock'];
    return startServer([command, 'serve', ...flags, ...address, 'main.js'], {
      cwd,
      env: { ...env, DENO_NO_UPDATE_CHECK: '1' },
    });
  },
};

const bun: ProxyServer = {
  name: 'Bun',
  project: 'no-framework',
  noticesDisconnect: true,
  start: async (copy, settings) => {
    const { redirect, ...options } = await prepare(copy, settings);
    const { bun: command = '' } = await borrowRuntimes();
    return startServer([command, '--preload', redirect, 'deno-and-bun.js'], options);
  },
};

/** Cloudflare's runtime. Its outbound service takes all requests of the worker. */
const workerd: ProxyServer = {
  name: 'workerd',
  project: 'no-framework',
  noticesDisconnect: false,
  start: async (copy, settings) => {
    const { cwd, env } = await prepare(copy, settings);
    const { workerd: command = '' } = await borrowRuntimes();
    await build({
      entryPoints: [join(cwd, 'worker.js')],
      bundle: true,
      format: 'esm',
      tsconfigRaw: '{}',
      platform: 'browser',
      conditions: ['workerd', 'worker', 'browser'],
      external: ['cloudflare:*'],
      outfile: join(cwd, 'bundle.mjs'),
    });
    await writeFile(
      join(cwd, 'config.capnp'),
      `using Workerd = import "/workerd/workerd.capnp";
      const config :Workerd.Config = (
        services = [
          (name = "proxy", worker = .proxy),
          (name = "upstream", external = (address = "${new URL(settings.upstream).host}", http = ()))
        ],
        sockets = [(name = "http", http = (), service = "proxy")]
      );
      const proxy :Workerd.Worker = (
        modules = [(name = "bundle", esModule = embed "bundle.mjs")],
        bindings = [(name = "BROWSER_USE_API_KEY", fromEnvironment = "BROWSER_USE_API_KEY")],
        globalOutbound = "upstream",
        compatibilityDate = "2026-11-17"
      );`,
    );
    return startServer([command, 'serve', '--socket-addr=http=127.0.0.1:{port}', 'config.capnp'], {
      cwd,
      env,
    });
  },
};

/** The servers of docs/security.md. */
export const PROXY_SERVERS: readonly ProxyServer[] = [
  inNode('node:http', 'no-framework', 'node-http.js'),
  inNode('Express', 'express', 'express.js'),
  inNode('Fastify', 'fastify', 'fastify.js'),
  inNode('Hono', 'hono', 'hono.js'),
  next,
  deno,
  bun,
  workerd,
];
