import type { TaskStatus } from 'rxjs-task-status';
import { fakeTaskApi, type FakeTimeline } from 'rxjs-task-status/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { version } from '../../package.json';
import { HELP } from '../../src/cli/arguments.js';
import { run } from '../../src/cli/run.js';

const KEY = 'bu_0123456789abcdef';
const ENV = { BROWSER_USE_API_KEY: KEY, BROWSER_USE_BASE_URL: 'http://tasks.test' };

let written: string[];
/** What `process.stdout` was told to do on an error, before each test. */
let heard: readonly unknown[];

beforeEach(() => {
  vi.useFakeTimers({ now: 100_000 });
  written = [];
  const note = (stream: string) => (text: unknown) => {
    written.push(`${stream}: ${String(text)}`);
    return true;
  };
  vi.spyOn(console, 'log').mockImplementation(note('out'));
  vi.spyOn(console, 'error').mockImplementation(note('err'));
  vi.spyOn(process.stdout, 'write').mockImplementation(note('stdout'));
  vi.spyOn(process.stderr, 'write').mockImplementation(note('stderr'));
  heard = process.stdout.listeners('error');
});
afterEach(() => {
  for (const listener of process.stdout.listeners('error')) {
    if (!heard.includes(listener)) process.stdout.off('error', listener as () => void);
  }
  vi.unstubAllGlobals();
  vi.restoreAllMocks();
  vi.useRealTimers();
});

/** A task API in the place of `fetch`, whose clock is that of the test. */
function serve<S extends string>(
  tasks: Record<string, FakeTimeline<S>>,
  options: Parameters<typeof fakeTaskApi<S>>[1] = {},
) {
  const api = fakeTaskApi<S>(tasks, options);
  vi.stubGlobal('fetch', api.fetch);
  return api;
}

/** Runs the command until it has ended, for a minute at most. */
async function ends(args: readonly string[], env: NodeJS.ProcessEnv = ENV) {
  const code = run(args, env);
  await vi.advanceTimersByTimeAsync(60_000);
  return code;
}

describe('the exit code', () => {
  test.each([
    ['finished', 0],
    ['failed', 1],
    ['stopped', 2],
  ] as const)('of a task that ended as %s is %i', async (status, code) => {
    serve({ task_1: [[status, 0]] });
    expect(await ends(['task_1'])).toBe(code);
  });

  test('of a task that was never seen is 3', async () => {
    serve({});
    expect(await ends(['task_1'])).toBe(3);
  });

  test('of a task that was seen, and then is gone, is 3', async () => {
    serve({
      task_1: [
        ['running', 0],
        [{ status: 404 }, 2_000],
      ],
    });
    expect(await ends(['task_1'])).toBe(3);
  });

  test.each([
    [['finished', 'failed'], 1],
    [['stopped', 'failed', 'finished'], 2],
    [['finished', 'gone', 'stopped'], 3],
  ])('of tasks that ended as %j is %i', async (statuses, code) => {
    const known = statuses.filter((status) => status !== 'gone');
    serve(Object.fromEntries(known.map((status) => [status, [[status as 'failed', 0]]])));
    expect(await ends(statuses)).toBe(code);
  });

  test('comes once all tasks have ended', async () => {
    serve({
      a: [['finished', 0]],
      b: [
        ['running', 0],
        ['finished', 5_000],
      ],
    });
    let code: number | undefined;
    void run(['a', 'b'], ENV).then((ended) => (code = ended));
    await vi.advanceTimersByTimeAsync(4_999);
    expect(code).toBeUndefined();
    await vi.advanceTimersByTimeAsync(10_000);
    expect(code).toBe(0);
    expect(vi.getTimerCount()).toBe(0);
  });

  test.each([
    ['SIGINT', 130],
    ['SIGTERM', 143],
  ] as const)('on %s is %i, with the summary', async (signal, code) => {
    const { requests } = serve({ task_1: [['running', 0]] });
    const ended = run(['task_1'], ENV);
    await vi.advanceTimersByTimeAsync(10);
    process.emit(signal);
    expect(await ended).toBe(code);
    expect(written.at(-1)).toMatch(/^out: 1 task in 0.0 s: 1 not ended\n1 request made; /);
    await vi.advanceTimersByTimeAsync(60_000);
    expect(requests).toHaveLength(1);
    expect(process.listenerCount(signal)).toBe(0);
  });

  test('where nobody reads any more is 3', async () => {
    serve({ task_1: [['running', 0]] });
    const ended = run(['task_1'], ENV);
    await vi.advanceTimersByTimeAsync(10);
    process.stdout.emit('error', new Error('EPIPE'));
    expect(await ended).toBe(3);
  });
});

describe('what is asked', () => {
  test('is asked with the key, at the URL, both from the environment', async () => {
    const { requests } = serve({ task_1: [['finished', 0]] });
    await ends(['task_1']);
    expect(requests).toMatchObject([
      {
        url: 'http://tasks.test/task/task_1/status',
        headers: { Authorization: `Bearer ${KEY}` },
      },
    ]);
  });

  test('--base-url goes before the environment', async () => {
    const { requests } = serve({ task_1: [['finished', 0]] });
    await ends(['--base-url', 'http://other.test/v9/', 'task_1']);
    expect(requests).toMatchObject([{ url: 'http://other.test/v9/task/task_1/status' }]);
  });

  test('what is set to nothing is not set', async () => {
    const { requests } = serve({ task_1: [['finished', 0]] });
    await ends(['task_1'], { BROWSER_USE_API_KEY: '', BROWSER_USE_BASE_URL: '' });
    expect(requests).toMatchObject([
      { url: 'https://api.browser-use.com/api/v1/task/task_1/status', headers: {} },
    ]);
    expect(requests[0]?.headers).not.toHaveProperty('Authorization');
  });

  test('--timeout ends it', async () => {
    serve({ task_1: [['running', 0]] });
    expect(await ends(['--timeout', '2500', 'task_1'])).toBe(3);
    expect(written).toContain(
      'err: rxjs-task-status: Task "task_1" did not end within 2500 ms (timeout), last status: running',
    );
  });
});

describe('what is written', () => {
  test('is the help', async () => {
    expect(await ends(['--help', 'task_1'])).toBe(0);
    expect(written).toEqual([`stdout: ${HELP}`]);
    expect(HELP).toContain('Usage: rxjs-task-status [options] <task-id...>');
  });

  test('is no stack trace where nobody reads it', async () => {
    expect(await ends(['--help'])).toBe(0);
    expect(() => process.stdout.emit('error', new Error('EPIPE'))).not.toThrow();
  });

  test('is the version', async () => {
    expect(await ends(['--version', 'task_1'])).toBe(0);
    expect(written).toEqual([`stdout: ${version}\n`]);
  });

  test('is one line for what is wrong with the command line', async () => {
    expect(await ends([])).toBe(3);
    expect(written).toEqual([
      'stderr: rxjs-task-status: Which task? Give at least one task id, or --help\n',
    ]);
  });

  test('is one line for an option that cannot be, before anything is sent', async () => {
    const { requests } = serve({});
    expect(await ends(['--base-url', 'localhost', 'task_1'])).toBe(3);
    expect(await ends(['task_1', '..'])).toBe(3);
    expect(written).toEqual([
      expect.stringMatching(/^stderr: rxjs-task-status: baseUrl must be .*"localhost"\n$/),
      expect.stringMatching(/^stderr: rxjs-task-status: taskId must be .*"\.\."\n$/),
    ]);
    expect(requests).toEqual([]);
  });

  test('is a line for each change, then the summary', async () => {
    serve({
      task_1: [
        ['created', 0],
        ['running', 1_500],
        ['finished', 8_000],
      ],
    });
    expect(await ends(['task_1'])).toBe(0);
    expect(written).toEqual([
      expect.stringMatching(
        /^out: task_1 {2}created {3}1 poll {7}0\.0 s {2}next poll in [\d.]+ s$/,
      ),
      expect.stringMatching(
        /^out: task_1 {2}running {3}\d polls +[\d.]+ s {2}next poll in [\d.]+ s$/,
      ),
      expect.stringMatching(/^out: task_1 {2}finished {2}\d polls +[\d.]+ s$/),
      expect.stringMatching(/^out: 1 task in [\d.]+ s: 1 finished\n\d requests made; a poll every/),
    ]);
  });

  test('is a line for each failure, which leaves the status what it was', async () => {
    serve<TaskStatus>({
      task_1: [
        ['running', 0],
        [{ status: 503 }, 500],
        ['finished', 1_300],
      ],
    });
    expect(await ends(['task_1'])).toBe(0);
    expect(written[1]).toMatch(/^out: task_1 {2}running {3}2 polls .* 503, next try in [\d.]+ s$/);
    expect(written.at(-1)).toContain(': 1 finished\n');
  });

  test('is when a task was given up without an answer', async () => {
    const asked = { status: 200, headers: { 'retry-after': '60' }, body: '"running"' };
    serve({ task_1: [[asked, 0]] });
    expect(await ends(['--timeout', '2000', 'task_1'])).toBe(3);
    expect(written).toContain('out: task_1  running   1 poll       2.0 s  timeout');
    expect(written.at(-1)).toMatch(/^out: 1 task in 2.0 s: 1 in error\n1 request made; /);
  });

  test('counts the requests that were not answered', async () => {
    serve({ task_1: [['finished', 0]] }, { latency: (_, attempt) => (attempt < 3 ? Infinity : 0) });
    const ended = run(['task_1'], ENV);
    await vi.advanceTimersByTimeAsync(120_000);
    expect(await ended).toBe(0);
    expect(written.at(-1)).toContain('\n3 requests made; ');
  });

  test('counts the requests of each task', async () => {
    serve({
      a: [['finished', 0]],
      b: [
        ['running', 0],
        ['finished', 700],
      ],
    });
    expect(await ends(['a', 'b'])).toBe(0);
    expect(written.at(-1)).toContain('\n3 requests made; ');
    expect(written[0]).toMatch(/^out: a {2}finished {2}1 poll/);
  });

  test('is one line on stderr for an error, whatever it holds', async () => {
    const body = '{"detail": "Bearer \\u001b[31mis\\n\\u0007 no  key\\n"}';
    serve({ task_1: [[{ status: 401, body }, 0]] });
    expect(await ends(['task_1'])).toBe(3);
    expect(written).toEqual([
      'out: task_1  -         1 poll       0.0 s  401 unauthorized',
      'err: rxjs-task-status: The API key was rejected (401) for task "task_1": Bearer is no key',
      expect.stringMatching(/^out: 1 task in 0.0 s: 1 in error\n1 request made; /),
    ]);
  });

  test('names the variable where there was no key', async () => {
    serve({ task_1: [[{ status: 403, body: '{"detail": "who?"}' }, 0]], task_2: [['failed', 0]] });
    expect(await ends(['task_1', 'task_2', 'task_3'], {})).toBe(3);
    expect(written).toContain(
      'err: rxjs-task-status: The API key was rejected (403) for task "task_1": who? (BROWSER_USE_API_KEY is not set)',
    );
    expect(written).toContain(
      'err: rxjs-task-status: Task "task_3" was not found (404): Task not found',
    );
  });

  test('--require-finished names who did not, and changes nothing else', async () => {
    serve({ a: [['finished', 0]], b: [['failed', 0]] });
    expect(await ends(['--require-finished', 'a', 'b'])).toBe(1);
    expect(written).toEqual([
      'out: a  finished  1 poll       0.0 s',
      'out: b  failed    1 poll       0.0 s',
      'err: rxjs-task-status: Task "b" ended as failed',
      expect.stringMatching(/^out: 2 tasks in 0.0 s: 1 finished, 1 failed\n2 requests made; /),
    ]);
  });

  test('--require-finished speaks of the API that was asked', async () => {
    const { browserUseV4 } = await import('rxjs-task-status');
    serve({ a: [['completed', 0]], b: [['cancelled', 0]] }, { api: browserUseV4 });
    expect(await ends(['--api', 'v4', '--require-finished', 'a', 'b'])).toBe(2);
    expect(written).toContain('err: rxjs-task-status: Task "b" ended as cancelled');
  });

  test('--json is for programs', async () => {
    serve({
      task_1: [
        ['running', 0],
        [{ status: 404 }, 500],
      ],
    });
    expect(await ends(['--json', 'task_1'])).toBe(3);
    expect(written).toEqual([
      'out: {"taskId":"task_1","status":"running","attempt":1,"at":100000}',
      'err: rxjs-task-status: Task "task_1" was not found (404)',
    ]);
  });
});

describe('on a terminal', () => {
  const { isTTY, columns } = process.stdout;
  afterEach(() => {
    Object.assign(process.stdout, { isTTY, columns });
  });

  /** Whether it drew, or wrote lines. */
  async function draws(terminal: object, env: NodeJS.ProcessEnv = ENV): Promise<boolean> {
    Object.assign(process.stdout, terminal);
    serve({
      task_1: [
        ['running', 0],
        ['finished', 1_000],
      ],
    });
    expect(await ends(['task_1'], env)).toBe(0);
    return written.some((line) => line.startsWith('stdout: '));
  }

  test('lines are drawn anew', async () => {
    expect(await draws({ isTTY: true, columns: 80 })).toBe(true);
    const drawn = written.filter((line) => line.startsWith('stdout: '));
    expect(drawn.length).toBeGreaterThan(10);
    expect(drawn.join('')).toContain('1 watching, 0 in flight, 0 queued, 1 request, 0 errors');
    expect(written.slice(-2)).toEqual([
      expect.stringMatching(/^out: task_1 {2}finished {2}[23] polls/),
      expect.stringMatching(/^out: 1 task in /),
    ]);
  });

  test.each([
    ['a pipe', { isTTY: false, columns: 80 }, {}],
    ['a terminal without a size', { isTTY: true, columns: 0 }, {}],
    ['a terminal that does not say', { isTTY: true, columns: undefined }, {}],
    ['a dumb terminal', { isTTY: true, columns: 80 }, { TERM: 'dumb' }],
  ])('but not on %s', async (_, terminal, env) => {
    expect(await draws(terminal, { ...ENV, ...env })).toBe(false);
  });

  test('one line of it is enough', async () => {
    expect(await draws({ isTTY: true, columns: 1 })).toBe(true);
  });
});

describe('the program', () => {
  const { argv, exitCode, env } = process;
  afterEach(() => {
    Object.assign(process, { argv, exitCode, env });
  });

  test('hands on its arguments and environment, and says how it ended', async () => {
    const { requests } = serve({ task_1: [['stopped', 0]] });
    process.argv = ['node', 'rxjs-task-status', 'task_1'];
    process.env = { ...env, ...ENV };
    const loaded = import('../../src/cli.js');
    await vi.advanceTimersByTimeAsync(1_000);
    await loaded;
    expect(process.exitCode).toBe(2);
    expect(requests).toMatchObject([{ url: 'http://tasks.test/task/task_1/status' }]);
  });
});
