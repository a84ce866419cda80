import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VirtualTimeScheduler } from 'rxjs';
import {
  fakeTaskApi,
  type FakeTaskApi,
  type FakeTaskApiOptions,
  type FakeTimeline,
} from 'rxjs-task-status/testing';
import { build } from 'tsup';
import { afterAll, beforeAll, expect, vi } from 'vitest';
import { serveTaskApi } from 'rxjs-task-status/testing/server';

/** The API key of every process that is started here. */
export const KEY = 'bu_key-0123456789';

/** For how long a test waits, ms. Nothing is expected to happen within it on a slow machine. */
const PATIENCE = 300_000;

/** Plays a terminal; it comes with util-linux. */
const TERMINAL = 'script';

/** Whether there is a terminal to test on; says so where there is none. */
export function hasTerminal(): boolean {
  const has = spawnSync(TERMINAL, ['--version']).status === 0;
  if (!has) console.log('The command is not tested on a terminal: no `script` of util-linux here.');
  return has;
}

export interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

export interface Running {
  readonly process: ChildProcess;
  /** What it has written to stdout so far. */
  readonly written: () => string;
  readonly ended: Promise<Ended>;
}

export interface Service {
  readonly url: string;
  readonly api: FakeTaskApi;
}

export type Tasks<S extends string> = Record<string, FakeTimeline<S>>;

/** Builds the command for the tests of a file, and ends what they leave behind. */
export function useCommand() {
  let folder: string;
  /** What may be left of tests that failed. */
  const started: (() => unknown)[] = [];

  // each test waits for processes, all of them at once
  vi.setConfig({ testTimeout: PATIENCE });

  // all of it in one file, so that a process starts fast and needs nothing around it
  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'rxjs-task-status-'));
    await build({
      config: false,
      entry: { cli: 'src/cli.ts' },
      format: 'esm',
      outDir: folder,
      outExtension: () => ({ js: '.mjs' }),
      noExternal: [/^(?!cross-fetch$)/],
      external: ['cross-fetch'],
      silent: true,
    });
  }, PATIENCE);

  afterAll(async () => {
    await Promise.all(started.map((stop) => stop()));
    await rm(folder, { recursive: true, force: true });
    vi.resetConfig();
  });

  const program = () => join(folder, 'cli.mjs');

  /** The key must not be in the output of any run. */
  function startProcess(file: string, args: string[], env: Record<string, string>): Running {
    const child = spawn(file, args, {
      // and nothing of the environment of the tests
      env: { BROWSER_USE_API_KEY: KEY, ...env },
    });
    started.push(() => child.kill('SIGKILL'));
    let stdout = '';
    let stderr = '';
    child.stdout.on('data', (chunk: Buffer) => (stdout += chunk.toString()));
    child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
    const ended = new Promise<Ended>((resolve) =>
      child.on('close', (code) => resolve({ code, stdout, stderr })),
    );
    return {
      process: child,
      written: () => stdout,
      ended: ended.then((result) => {
        expect(result.stdout + result.stderr).not.toContain(KEY);
        return result;
      }),
    };
  }

  function start(args: readonly string[], env: Record<string, string> = {}): Running {
    return startProcess(process.execPath, [program(), ...args], env);
  }

  /** Starts a line of a shell, in which `$COMMAND` is the command. */
  function startShell(line: string): Running {
    const COMMAND = `${process.execPath} ${program()}`;
    return startProcess('sh', ['-c', line], { PATH: process.env.PATH ?? '', COMMAND });
  }

  /** Starts the command on a terminal of 80 columns and so many rows. */
  function startOnTerminal(args: readonly string[], rows = 24): Running {
    const line = `stty rows ${rows} cols 80; exec ${[process.execPath, program(), ...args].join(' ')}`;
    return startProcess(TERMINAL, ['-qec', line, '/dev/null'], {
      PATH: process.env.PATH ?? '',
      TERM: 'xterm',
    });
  }

  /**
   * A server whose clock ticks once with each request: `['running', 2]` is the answer to the second.
   * So nothing here depends on how fast the machine is.
   */
  async function service<S extends string>(
    tasks: Tasks<S>,
    options: FakeTaskApiOptions<S> = {},
  ): Promise<Service> {
    const scheduler = new VirtualTimeScheduler();
    const tick = () => {
      scheduler.frame++;
      return 0;
    };
    const api = fakeTaskApi<S>(tasks, { scheduler, latency: tick, ...options });
    const server = await serveTaskApi(api);
    started.push(() => server.close());
    return { url: server.baseUrl, api };
  }

  /** Runs the command against a server with these tasks. */
  async function run<S extends string>(
    tasks: Tasks<S>,
    ...args: string[]
  ): Promise<Ended & Service> {
    const { url, api } = await service(tasks);
    return { ...(await start(['--base-url', url, ...args]).ended), url, api };
  }

  return { start, startShell, startOnTerminal, service, run };
}

/** Waits until a condition is true, for as long as the machine needs. */
export async function until(condition: () => boolean): Promise<void> {
  await vi.waitFor(() => expect(condition()).toBe(true), { timeout: PATIENCE, interval: 20 });
}

/** An answer after which the next poll is due in five minutes: never, for a test. */
export function onceIn5Minutes(status: string) {
  return { status: 200, headers: { 'retry-after': '300' }, body: JSON.stringify(status) };
}

/** A task that is seen changed with each of so many requests. */
export function flicker(requests: number): FakeTimeline {
  return Array.from({ length: requests }, (_, n) => [n % 2 ? 'running' : 'paused', n + 1] as const);
}
