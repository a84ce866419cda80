import { spawn, spawnSync, type ChildProcess } from 'node:child_process';
import { mkdtemp, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VirtualTimeScheduler } from 'rxjs';
import { browserUseV2, browserUseV4, type TaskStatus } from 'rxjs-task-status';
import {
  fakeTaskApi,
  type FakeTaskApi,
  type FakeTaskApiOptions,
  type FakeTimeline,
} from 'rxjs-task-status/testing';
import { build } from 'tsup';
import { afterAll, beforeAll, describe, expect, test, vi } from 'vitest';
import { serve } from '../../docs/examples/server.js';
import { version } from '../../package.json';

// each test waits for processes, all of them at once
vi.setConfig({ testTimeout: 60_000 });

const KEY = 'bu_key-0123456789';

/** Plays a terminal; it comes with util-linux. */
const TERMINAL = 'script';

let folder: string;

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
}, 60_000);

/** What may be left of tests that failed. */
const started: (() => unknown)[] = [];

afterAll(async () => {
  await Promise.all(started.map((stop) => stop()));
  await rm(folder, { recursive: true, force: true });
});

interface Ended {
  readonly code: number | null;
  readonly stdout: string;
  readonly stderr: string;
}

interface Running {
  readonly process: ChildProcess;
  readonly ended: Promise<Ended>;
}

function start(args: readonly string[], env: Record<string, string> = {}): Running {
  return startProcess(process.execPath, [join(folder, 'cli.mjs'), ...args], env);
}

/** Starts the command on a terminal. */
function startOnTerminal(...args: string[]): Running {
  const command = `stty rows 24 cols 80; ${[process.execPath, join(folder, 'cli.mjs'), ...args].join(' ')}`;
  return startProcess(TERMINAL, ['-qec', command, '/dev/null'], {
    PATH: process.env.PATH ?? '',
    TERM: 'xterm',
  });
}

/** Whatever it does, the key must not be in what it writes. */
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
    ended: ended.then((result) => {
      expect(result.stdout + result.stderr).not.toContain(KEY);
      return result;
    }),
  };
}

interface Service {
  readonly url: string;
  readonly api: FakeTaskApi;
}

/**
 * A server whose clock ticks once with each request: `['running', 2]` is what the second is told.
 * So nothing here depends on how fast the machine is.
 */
async function service<S extends string>(
  tasks: Record<string, FakeTimeline<S>>,
  options: FakeTaskApiOptions<S> = {},
): Promise<Service> {
  const scheduler = new VirtualTimeScheduler();
  const tick = () => {
    scheduler.frame++;
    return 0;
  };
  const api = fakeTaskApi<S>(tasks, { scheduler, latency: tick, ...options });
  const server = await serve(api);
  started.push(() => server.close());
  return { url: server.url, api };
}

async function run(
  tasks: Record<string, FakeTimeline>,
  ...args: string[]
): Promise<Ended & Service> {
  const { url, api } = await service(tasks);
  return { ...(await start(['--base-url', url, ...args]).ended), url, api };
}

const lines = (output: string) => output.split('\n').filter((line) => line !== '');

describe.concurrent('the exit code', () => {
  test.each([
    ['finished', 0],
    ['failed', 1],
    ['stopped', 2],
  ] as const)('of a task that ended as %s is %i', async (status, code) => {
    expect(await run({ task_1: [[status, 0]] }, 'task_1')).toMatchObject({ code, stderr: '' });
  });

  test('of an error is 3, with one line on stderr that says what to do', async () => {
    const { code, stderr } = await run({}, 'task_1');
    expect(code).toBe(3);
    expect(stderr).toBe('rxjs-task-status: Task "task_1" was not found (404): Task not found\n');
  });

  test('of several tasks is the highest', async () => {
    const ended = await run(
      { a: [['stopped', 0]], b: [['failed', 0]], c: [['finished', 0]] },
      ...['a', 'b', 'c'],
    );
    expect(ended.code).toBe(2);
    expect(ended.stdout).toContain('3 tasks in ');
  });

  test.each([
    ['completed', 0],
    ['failed', 1],
    ['cancelled', 2],
  ] as const)('of a v4 run that is %s is %i', async (status, code) => {
    const { url, api } = await service({ run_1: [[status, 0]] }, { api: browserUseV4 });
    const ended = await start(['--api', 'v4', '--base-url', url, 'run_1']).ended;
    expect(ended).toMatchObject({ code, stderr: '' });
    expect(api.requests).toMatchObject([{ url: '/runs/run_1/status' }]);
  });
});

describe.concurrent('on Ctrl-C', () => {
  test('it ends with 130 and the summary, between two polls', async () => {
    const { url, api } = await service({ task_1: [['running', 0]] });
    const { process, ended } = start(['--base-url', url, 'task_1']);
    process.stdout?.once('data', () => process.kill('SIGINT'));
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(stdout).toContain('1 not ended');
    expect(api.requests).toHaveLength(1);
  });

  test('it ends with 130 while a request is on its way', async () => {
    const { url, api } = await service({ task_1: [['running', 0]] }, { latency: Infinity });
    const { process, ended } = start(['--base-url', url, 'task_1']);
    await vi.waitFor(() => expect(api.requests).toHaveLength(1), { timeout: 50_000 });
    process.kill('SIGINT');
    expect(await ended).toMatchObject({ code: 130, stderr: '' });
  });
});

const hasTerminal = spawnSync(TERMINAL, ['--version']).status === 0;

describe.runIf(hasTerminal)('on a terminal', { concurrent: true }, () => {
  test('it draws its lines anew, and then the summary', async () => {
    const { url } = await service({
      task_1: [
        ['running', 1],
        ['finished', 2],
      ],
    });
    const { code, stdout } = await startOnTerminal('--base-url', url, 'task_1', 'task_2').ended;
    expect(code).toBe(3);
    // more often than there are changes
    expect(stdout.split('task_1').length).toBeGreaterThan(5);
    const last = stdout.slice(stdout.lastIndexOf('task_1')).split('\r\n');
    expect(last).toEqual([
      expect.stringMatching(/^task_1 +finished +2 polls/),
      expect.stringMatching(/^task_2 +- +1 poll .*404 not-found$/),
      'rxjs-task-status: Task "task_2" was not found (404): Task not found',
      expect.stringMatching(/^2 tasks in [\d.]+ s: 1 finished, 1 in error$/),
      expect.stringMatching(/^3 requests made; /),
      '',
    ]);
  });

  test('its last line says what all of them cost, sixteen at a time', async () => {
    const ids = Array.from({ length: 20 }, (_, task) => `task_${task}`);
    const tasks = Object.fromEntries(ids.map((id) => [id, [['running', 0]] as FakeTimeline]));
    const { url, api } = await service(tasks, { latency: Infinity });
    const { process, ended } = startOnTerminal('--base-url', url, ...ids);
    let drawn = '';
    process.stdout?.on('data', (chunk: Buffer) => (drawn += chunk.toString()));
    const shown = () => expect(drawn).toMatch(/task_19 .*queued.*\s+20 watching, 16 in flight, 4 /);
    await vi.waitFor(shown, { timeout: 50_000 });
    await vi.waitFor(() => expect(api.requests).toHaveLength(16), { timeout: 50_000 });
    process.stdin?.write('\x03');
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(stdout).toContain('20 watching, 16 in flight, 4 queued, 16 requests, 0 errors');
    expect(stdout).toContain('16 requests made; ');
    expect(api.requests).toHaveLength(16);
  });

  test('a 429 holds them all, and the last line says for how long', async () => {
    const { url, api } = await service<TaskStatus>({
      task_1: [
        [{ status: 429, headers: { 'retry-after': '2' } }, 0],
        ['finished', 3],
      ],
      task_2: [
        ['running', 0],
        ['finished', 3],
      ],
    });
    const { code, stdout } = await startOnTerminal('--base-url', url, 'task_1', 'task_2').ended;
    expect(code).toBe(0);
    expect(stdout).toMatch(
      /2 watching, \d in flight, \d queued, 2 requests, 1 error, held for 1.\d s/,
    );
    expect(stdout).toMatch(/task_2 +running +1 poll .* queued/);
    expect(api.requests).toHaveLength(4);
  });

  test('Ctrl-C ends it with 130 and the summary', async () => {
    const { url } = await service({ task_1: [['running', 0]] });
    const { process, ended } = startOnTerminal('--base-url', url, 'task_1');
    process.stdout?.once('data', () => process.stdin?.write('\x03'));
    const { code, stdout } = await ended;
    expect(code).toBe(130);
    expect(stdout).toContain('1 not ended');
  });
});

describe.concurrent('what it writes', () => {
  test('with --json is a line for each change, and nothing else', async () => {
    const { code, stdout, stderr } = await run(
      {
        task_1: [
          ['created', 1],
          ['running', 2],
          ['running', 3],
          ['finished', 4],
        ],
      },
      ...['--json', 'task_1'],
    );
    expect({ code, stderr }).toEqual({ code: 0, stderr: '' });
    expect(lines(stdout).map((line) => JSON.parse(line) as unknown)).toEqual([
      { taskId: 'task_1', status: 'created', attempt: 1, at: expect.any(Number) as number },
      { taskId: 'task_1', status: 'running', attempt: 2, at: expect.any(Number) as number },
      { taskId: 'task_1', status: 'finished', attempt: 4, at: expect.any(Number) as number },
    ]);
  });

  test('with --json and an error is a line on stderr', async () => {
    const { code, stdout, stderr } = await run({}, '--json', 'task_1');
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(lines(stderr)).toHaveLength(1);
  });

  test('without a terminal is a line for each change and failure, then what it cost', async () => {
    const { code, stdout, api } = await run(
      {
        task_1: [
          ['running', 1],
          [{ status: 503 }, 2],
          ['running', 3],
          ['finished', 4],
        ],
      },
      'task_1',
    );
    expect(code).toBe(0);
    expect(lines(stdout)).toEqual([
      expect.stringMatching(/^task_1 +running +1 poll +[\d.]+ s +next poll in [\d.]+ s$/),
      expect.stringMatching(/^task_1 +running +2 polls +[\d.]+ s +503, next try in [\d.]+ s$/),
      expect.stringMatching(/^task_1 +finished +4 polls +[\d.]+ s$/),
      expect.stringMatching(/^1 task in [\d.]+ s: 1 finished$/),
      expect.stringMatching(
        /^4 requests made; a poll every 2 s would have made \d+ in the same time$/,
      ),
    ]);
    expect(api.requests).toHaveLength(4);
  });

  test('never holds the key, also where the server repeats it', async () => {
    const { code, stderr, api } = await run(
      {
        task_1: [[{ status: 401, body: `{"detail": "Bearer ${KEY} is\\nno \\u001b[31mkey"}` }, 0]],
      },
      'task_1',
    );
    expect(api.requests[0]?.headers).toMatchObject({ authorization: `Bearer ${KEY}` });
    expect(code).toBe(3);
    expect(stderr).toMatch(
      /^rxjs-task-status: .*\(401\) for task "task_1": Bearer \*\*\* is no key\n$/,
    );
  });

  test('is nothing more when nobody reads it', async () => {
    const flicker: FakeTimeline = [
      ['running', 1],
      ['paused', 2],
      ['running', 3],
      ['paused', 4],
    ];
    const { url } = await service({ task_1: flicker });
    const { process, ended } = start(['--base-url', url, 'task_1']);
    process.stdout?.once('data', () => process.stdout?.destroy());
    expect(await ended).toMatchObject({ code: 3, stderr: '' });
  });
});

describe.concurrent('the options', () => {
  test('--require-finished names a task that did not', async () => {
    const { code, stderr } = await run(
      { a: [['finished', 0]], b: [['failed', 0]] },
      ...['--require-finished', 'a', 'b'],
    );
    expect({ code, stderr }).toEqual({
      code: 1,
      stderr: 'rxjs-task-status: Task "b" ended as failed\n',
    });
  });

  test('--timeout gives up', async () => {
    const { code, stderr } = await run({ task_1: [['running', 0]] }, '--timeout', '50', 'task_1');
    expect(code).toBe(3);
    expect(stderr).toMatch(/^rxjs-task-status: Task "task_1" did not end within 50 ms.*\n$/);
  });

  test('--api v2 asks the second API in its own way', async () => {
    const { url, api } = await service({ task_1: [['finished', 0]] }, { api: browserUseV2 });
    const { code } = await start(['--api', 'v2', '--base-url', url, 'task_1']).ended;
    expect(code).toBe(0);
    expect(api.requests).toMatchObject([
      { url: '/tasks/task_1/status', headers: { 'x-browser-use-api-key': KEY } },
    ]);
  });

  test('--base-url goes before BROWSER_USE_BASE_URL', async () => {
    const { url } = await service({ task_1: [['finished', 0]] });
    const env = { BROWSER_USE_BASE_URL: 'http://127.0.0.1:1' };
    expect((await start(['--base-url', url, 'task_1'], env).ended).code).toBe(0);
  });

  test('BROWSER_USE_BASE_URL stands in for it', async () => {
    const { url } = await service({ task_1: [['finished', 0]] });
    expect((await start(['task_1'], { BROWSER_USE_BASE_URL: url }).ended).code).toBe(0);
  });

  test('without a key the error names the variable', async () => {
    const { url, api } = await service({ task_1: [[{ status: 401 }, 0]] });
    const { stderr } = await start(['--base-url', url, 'task_1'], { BROWSER_USE_API_KEY: '' })
      .ended;
    expect(stderr).toContain('BROWSER_USE_API_KEY is not set');
    expect(api.requests[0]?.headers).not.toHaveProperty('authorization');
  });

  test('the same id twice is one watch', async () => {
    const { api } = await run({ task_1: [['finished', 0]] }, 'task_1', 'task_1');
    expect(api.requests).toHaveLength(1);
  });

  test('--help and --version answer and ask nothing', async () => {
    expect(await start(['--help']).ended).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('BROWSER_USE_API_KEY') as string,
    });
    expect(await start(['--version']).ended).toMatchObject({ code: 0, stdout: `${version}\n` });
  });

  test.each([
    ['no task', []],
    ['an unknown option', ['--interval', '1', 'task_1']],
    ['a key in an argument', [`--api-key=${KEY}`, 'task_1']],
    ['a timeout that is no number', ['--timeout', 'soon', 'task_1']],
    ['a timeout without a value', ['--timeout', '--json', 'task_1']],
    ['a timeout beyond the range', ['--timeout', '9999999999', 'task_1']],
    ['an API that there is not', ['--api', 'v3', 'task_1']],
    ['a base URL that is none', ['--base-url', 'localhost', 'task_1']],
    ['an id that cannot be', ['task_1', '..']],
  ])('%s is refused in one line, before any request', async (_, args) => {
    const { code, stdout, stderr } = await start(args, {
      BROWSER_USE_BASE_URL: 'http://127.0.0.1:1',
    }).ended;
    expect({ code, stdout }).toEqual({ code: 3, stdout: '' });
    expect(stderr).toMatch(/^rxjs-task-status: .+\n$/);
    expect(stderr).not.toContain('The request for');
  });
});
