import type { TaskStatus } from 'rxjs-task-status';
import { fakeTaskApi, type FakeTimeline } from 'rxjs-task-status/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { version } from '../../package.json';
import { HELP } from '../../src/cli/arguments.js';
import { run } from '../../src/cli/run.js';

const KEY = 'bu_0123456789abcdef';
const ENV = { BROWSER_USE_API_KEY: KEY, BROWSER_USE_BASE_URL: 'http://tasks.test' };

/** What was written, a line or lines at a time: `out: …` and `err: …`. */
let written: string[];
/** The listeners on errors of the process's streams before each test. */
let listeners: readonly unknown[];
const STREAMS = [process.stdout, process.stderr];

beforeEach(() => {
  vi.useFakeTimers({ now: 100_000 });
  written = [];
  const note = (stream: string) => (text: unknown) => {
    written.push(`${stream}: ${String(text).trimEnd()}`);
    return true;
  };
  vi.spyOn(process.stdout, 'write').mockImplementation(note('out'));
  vi.spyOn(process.stderr, 'write').mockImplementation(note('err'));
  listeners = STREAMS.flatMap((stream) => stream.listeners('error'));
});
afterEach(() => {
  for (const stream of STREAMS) {
    for (const listener of stream.listeners('error')) {
      if (!listeners.includes(listener)) stream.off('error', listener as () => void);
    }
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

  test('of a task that was found once and then not is 3', async () => {
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

  test('is set when all tasks have ended', async () => {
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

  test('after the reader has closed the pipe is 3', async () => {
    serve({ task_1: [['running', 0]] });
    const ended = run(['task_1'], ENV);
    await vi.advanceTimersByTimeAsync(10);
    process.stdout.emit('error', new Error('EPIPE'));
    expect(await ended).toBe(3);
  });
});

describe('a request', () => {
  test('has the key and the URL of the environment', async () => {
    const { requests } = serve({ task_1: [['finished', 0]] });
    await ends(['task_1']);
    expect(requests).toMatchObject([
      {
        url: 'http://tasks.test/task/task_1/status',
        headers: { Authorization: `Bearer ${KEY}` },
      },
    ]);
  });

  test('--base-url overrides the environment', async () => {
    const { requests } = serve({ task_1: [['finished', 0]] });
    await ends(['--base-url', 'http://other.test/v9/', 'task_1']);
    expect(requests).toMatchObject([{ url: 'http://other.test/v9/task/task_1/status' }]);
  });

  test('an empty variable counts as not set', async () => {
    const { requests } = serve({ task_1: [['finished', 0]] });
    await ends(['task_1'], { BROWSER_USE_API_KEY: '', BROWSER_USE_BASE_URL: '' });
    expect(requests).toMatchObject([
      { url: 'https://api.browser-use.com/api/v1/task/task_1/status', headers: {} },
    ]);
    expect(requests[0]?.headers).not.toHaveProperty('Authorization');
  });

  test('--timeout ends the run', async () => {
    serve({ task_1: [['running', 0]] });
    expect(await ends(['--timeout', '2500', 'task_1'])).toBe(3);
    expect(written).toContain(
      'err: rxjs-task-status: Task "task_1" did not end within 2500 ms (timeout), last status: running',
    );
  });
});

describe('the output', () => {
  test('is the help', async () => {
    expect(await ends(['--help', 'task_1'])).toBe(0);
    expect(written).toEqual([`out: ${HELP.trimEnd()}`]);
    expect(HELP).toContain('Usage: rxjs-task-status [options] <task-id...>');
  });

  test('has no stack trace if the reader has closed the pipe', async () => {
    expect(await ends(['--help'])).toBe(0);
    expect(() => process.stdout.emit('error', new Error('EPIPE'))).not.toThrow();
  });

  test('is the version', async () => {
    expect(await ends(['--version', 'task_1'])).toBe(0);
    expect(written).toEqual([`out: ${version}`]);
  });

  test('is one line for a mistake in the command line', async () => {
    expect(await ends([])).toBe(3);
    expect(written).toEqual(['err: rxjs-task-status: No task id is given; see --help']);
  });

  test('is one line for an invalid option, before any request', async () => {
    const { requests } = serve({});
    expect(await ends(['--base-url', 'localhost', 'task_1'])).toBe(3);
    expect(await ends(['task_1', '..'])).toBe(3);
    expect(written).toEqual([
      expect.stringMatching(/^err: rxjs-task-status: baseUrl must be .*"localhost"/),
      expect.stringMatching(/^err: rxjs-task-status: taskId .*"\.\."/),
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

  test('is a line for each failure, with its cause and the next delay', async () => {
    serve<TaskStatus>({
      task_1: [
        ['running', 0],
        [{ status: 503, body: '{"detail": "Draining"}' }, 500],
        [{ status: 502 }, 1_200],
        ['finished', 2_500],
      ],
    });
    expect(await ends(['task_1'])).toBe(0);
    const [, ...failures] = written.slice(0, -2);
    expect(failures.length).toBeGreaterThan(1);
    for (const failure of failures) {
      expect(failure).toMatch(
        /^out: task_1 {2}running {3}\d polls .* 50(3, next retry in [\d.]+ s: Draining|2, next retry in [\d.]+ s)$/,
      );
    }
    expect(written.at(-1)).toContain(': 1 finished\n');
  });

  test('shows the planned delay even if handling an answer takes longer', async () => {
    // a slow machine: the clock has moved on when the line is printed
    vi.mocked(process.stdout).write.mockImplementation((text) => {
      written.push(`out: ${String(text).trimEnd()}`);
      vi.setSystemTime(Date.now() + 20_000);
      return true;
    });
    const poll = { status: 200, body: '"running"' };
    serve<TaskStatus>({
      a: [
        [poll, 0],
        ['finished', 10_000],
      ],
      b: [
        [{ status: 500 }, 0],
        ['finished', 10_000],
      ],
    });
    expect(await ends(['a', 'b'])).toBe(0);
    expect(written.slice(0, 2)).toEqual([
      expect.stringMatching(/^out: a .* next poll in (0\.9|1\.0) s$/),
      expect.stringMatching(/^out: b .* 500, next retry in 0\.[2-5] s$/),
    ]);
  });

  test('shows why a task without an answer ended', async () => {
    const answer = { status: 200, headers: { 'retry-after': '60' }, body: '"running"' };
    serve({ task_1: [[answer, 0]] });
    expect(await ends(['--timeout', '2000', 'task_1'])).toBe(3);
    expect(written[1]).toMatch(/^out: task_1 {2}running {3}1 poll {7}2\.0 s {2}timeout: .*2000 ms/);
    expect(written.at(-1)).toMatch(/^out: 1 task in 2\.0 s: 1 in error\n1 request made; /);
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

  test('is one line for an error with any message', async () => {
    const detail = `Bearer \u001b[31mis\n\u0007 no  key\n\u202e\u200b${'x'.repeat(60_000)}`;
    serve({ task_1: [[{ status: 401, body: JSON.stringify({ detail }) }, 0]] });
    expect(await ends(['task_1'])).toBe(3);
    expect(written).toEqual([
      expect.stringMatching(/^out: task_1 .* 401 unauthorized: Bearer is no key x{100,200}…$/),
      expect.stringMatching(/^err: rxjs-task-status: .*\(401\).*: Bearer is no key x{300,400}…$/),
      expect.stringMatching(/^out: 1 task in 0.0 s: 1 in error\n1 request made; /),
    ]);
  });

  test('has no control characters of an id, which is polled unchanged', async () => {
    const id = 'task\u001b]0;owned\u0007_\u202e1\u200b';
    const { requests } = serve({ [id]: [['finished', 0]] });
    expect(await ends([id])).toBe(0);
    expect(written[0]).toMatch(/^out: task_1 {2}finished/);
    expect(requests[0]?.url).toBe(`http://tasks.test/task/${encodeURIComponent(id)}/status`);
  });

  test('names the variable if there was no key', async () => {
    serve({ task_1: [[{ status: 403, body: '{"detail": "who?"}' }, 0]], task_2: [['failed', 0]] });
    expect(await ends(['task_1', 'task_2', 'task_3'], {})).toBe(3);
    expect(written).toContainEqual(
      expect.stringMatching(/^err: .*\(403\).*: who\? \(BROWSER_USE_API_KEY is not set\)$/),
    );
    expect(written).toContain(
      'err: rxjs-task-status: Task "task_3" was not found (404): Task not found',
    );
  });

  test('--require-finished names the tasks that did not finish, and changes nothing else', async () => {
    serve({ a: [['finished', 0]], b: [['failed', 0]] });
    expect(await ends(['--require-finished', 'a', 'b'])).toBe(1);
    expect(written).toEqual([
      'out: a  finished  1 poll       0.0 s',
      'out: b  failed    1 poll       0.0 s',
      'err: rxjs-task-status: Task "b" ended as failed',
      expect.stringMatching(/^out: 2 tasks in 0.0 s: 1 finished, 1 failed\n2 requests made; /),
    ]);
  });

  test('--require-finished uses the success status of the chosen API', async () => {
    const { browserUseV4 } = await import('rxjs-task-status');
    serve({ a: [['completed', 0]], b: [['cancelled', 0]] }, { api: browserUseV4 });
    expect(await ends(['--api', 'v4', '--require-finished', 'a', 'b'])).toBe(2);
    expect(written).toContain('err: rxjs-task-status: Task "b" ended as cancelled');
  });

  test('--json is a line for each change and each failure', async () => {
    serve({
      task_1: [
        ['running', 0],
        [{ status: 404 }, 500],
      ],
    });
    expect(await ends(['--json', 'task_1'])).toBe(3);
    const [change, failure] = written
      .slice(0, 2)
      .map((line) => JSON.parse(line.slice(5)) as object);
    expect(change).toEqual({ taskId: 'task_1', status: 'running', attempt: 1, at: 100_000 });
    expect(failure).toEqual({
      taskId: 'task_1',
      error: {
        code: 'not-found',
        message: expect.stringContaining('(404)') as string,
        status: 404,
      },
      attempt: 2,
      at: expect.any(Number) as number,
    });
    expect(written.slice(2)).toEqual([expect.stringMatching(/^err: .*"task_1".*\(404\)$/)]);
  });

  test('--json has a line when the timeout passes', async () => {
    const { requests } = serve({ task_1: [['running', 0]] });
    expect(await ends(['--json', '--timeout', '2500', 'task_1'])).toBe(3);
    const last = JSON.parse(written.at(-2)!.slice(5)) as object;
    expect(last).toMatchObject({
      taskId: 'task_1',
      error: { code: 'timeout' },
      attempt: requests.length,
      at: 102_500,
    });
  });
});

describe('--once', () => {
  test.each<[what: string, statuses: TaskStatus[], code: number]>([
    ['a task that has finished', ['finished'], 0],
    ['a task that is running', ['running'], 4],
    ['tasks that have and have not ended', ['finished', 'paused', 'stopped'], 4],
    ['tasks that have ended', ['finished', 'failed'], 1],
  ])('polls %s once, with this exit code', async (_, statuses, code) => {
    const ids = statuses.map((_, n) => `task_${n}`);
    const { requests } = serve(Object.fromEntries(ids.map((id, n) => [id, [[statuses[n]!, 0]]])));
    expect(await ends(['--once', ...ids])).toBe(code);
    expect(requests).toHaveLength(statuses.length);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('plans no further poll, and shows none', async () => {
    serve({ task_1: [['running', 0]] });
    expect(await ends(['--once', 'task_1'])).toBe(4);
    expect(written).toEqual([
      'out: task_1  running   1 poll       0.0 s',
      expect.stringMatching(/^out: 1 task in 0\.0 s: 1 not ended\n1 request made; /),
    ]);
  });

  test.each([503, 429, 404])('treats %i as an error, without a retry', async (status) => {
    const body = '{"detail": "Not now"}';
    const { requests } = serve<TaskStatus>({
      a: [
        [{ status, body }, 0],
        ['finished', 100],
      ],
      b: [['running', 0]],
    });
    expect(await ends(['--once', 'a', 'b'])).toBe(3);
    expect(requests).toHaveLength(2);
    expect(written).toContainEqual(
      expect.stringMatching(RegExp(`^out: a {2}- .* ${status}( [a-z-]+)?: Not now$`)),
    );
    expect(written).toContainEqual(expect.stringMatching(RegExp(`^err: .*${status}.*Not now`)));
  });

  test('is a line for each task with --json', async () => {
    serve<TaskStatus>({ a: [['running', 0]], b: [[{ status: 500 }, 0]] });
    expect(await ends(['--once', '--json', 'a', 'b'])).toBe(3);
    const lines = written.filter((line) => line.startsWith('out: '));
    expect(lines.map((line) => JSON.parse(line.slice(5)) as unknown)).toEqual([
      { taskId: 'a', status: 'running', attempt: 1, at: 100_000 },
      {
        taskId: 'b',
        error: { code: 'http', message: expect.any(String) as string, status: 500 },
        attempt: 1,
        at: 100_000,
      },
    ]);
  });

  test('with --require-finished names only tasks that ended without success', async () => {
    serve({ a: [['running', 0]], b: [['failed', 0]], c: [['finished', 0]] });
    expect(await ends(['--once', '--require-finished', 'a', 'b', 'c'])).toBe(4);
    expect(written.filter((line) => line.startsWith('err: '))).toEqual([
      'err: rxjs-task-status: Task "b" ended as failed',
    ]);
  });

  test('waits for a slow request, up to the timeout', async () => {
    serve({ task_1: [['running', 0]] }, { latency: Infinity });
    expect(await ends(['--once', '--timeout', '5000', 'task_1'])).toBe(3);
  });
});

describe('--result', () => {
  const RESULT = { output: 'Rome \u202e', steps: [1], live_url: null };
  const LINE = 'out: {"output":"Rome \\u202e","steps":[1],"live_url":null}';
  const results = { task_1: RESULT };
  /** What was written to a stream, without its name. */
  const to = (stream: 'out' | 'err') =>
    written.filter((line) => line.startsWith(stream)).flatMap((line) => line.slice(5).split('\n'));
  const jsonOf = (lines: readonly string[]) => lines.map((line) => JSON.parse(line) as unknown);

  test('of one task is its JSON alone on stdout, and the rest is on stderr', async () => {
    const { requests } = serve(
      {
        task_1: [
          ['running', 0],
          ['finished', 2_000],
        ],
      },
      { results },
    );
    expect(await ends(['--result', 'task_1'])).toBe(0);
    expect(written).toEqual([
      expect.stringMatching(/^err: task_1 {2}running {3}1 poll .* next poll in/),
      expect.stringMatching(/^err: task_1 {2}finished {2}3 polls/),
      expect.stringMatching(/^err: 1 task in [\d.]+ s: 1 finished\n4 requests made; /),
      LINE,
    ]);
    expect(requests.map(({ url }) => url.slice('http://tasks.test'.length))).toEqual([
      ...['/task/task_1/status', '/task/task_1/status', '/task/task_1/status'],
      '/task/task_1',
    ]);
    expect(requests.at(-1)?.headers).toMatchObject({ Authorization: `Bearer ${KEY}` });
    expect(vi.getTimerCount()).toBe(0);
  });

  test('with --json is a line after the changes', async () => {
    serve({ task_1: [['finished', 0]] }, { results });
    expect(await ends(['--result', '--json', 'task_1'])).toBe(0);
    expect(jsonOf(to('out'))).toEqual([
      { taskId: 'task_1', status: 'finished', attempt: 1, at: 100_000 },
      { taskId: 'task_1', result: RESULT },
    ]);
    expect(to('err')).toEqual([]);
  });

  test.each([[[]], [['--json']]])(
    'of several tasks is a line with its id for each successful one, in order, with %j',
    async (more) => {
      serve(
        {
          a: [['failed', 0]],
          b: [
            ['running', 0],
            ['finished', 5_000],
          ],
          c: [['finished', 0]],
          d: [['stopped', 0]],
        },
        { results: { a: { output: 'none' }, b: { output: 'B' }, c: { output: 'C' } } },
      );
      expect(await ends(['--result', ...more, 'a', 'b', 'c', 'd'])).toBe(2);
      expect(jsonOf(to('out').slice(-2))).toEqual([
        { taskId: 'b', result: { output: 'B', steps: [] } },
        { taskId: 'c', result: { output: 'C', steps: [] } },
      ]);
      expect(to('out').join()).not.toContain('none');
    },
  );

  test.each([
    ['failed', 1],
    ['stopped', 2],
  ] as const)('of a task that ended as %s is nothing', async (status, code) => {
    const { requests } = serve({ task_1: [[status, 0]] }, { results });
    expect(await ends(['--result', 'task_1'])).toBe(code);
    expect(to('out')).toEqual([]);
    // only --require-finished names the task
    expect(to('err').join('\n')).not.toContain('rxjs-task-status:');
    expect(requests).toHaveLength(1);
  });

  test('with --require-finished names the tasks that did not finish', async () => {
    serve({ a: [['failed', 0]], task_1: [['finished', 0]] }, { results });
    expect(await ends(['--result', '--require-finished', 'a', 'task_1'])).toBe(1);
    expect(to('err')).toContain('rxjs-task-status: Task "a" ended as failed');
    expect(jsonOf(to('out'))).toEqual([{ taskId: 'task_1', result: RESULT }]);
  });

  test('with --once is printed if the task has ended', async () => {
    const { requests } = serve({ task_1: [['finished', 0]] }, { results });
    expect(await ends(['--result', '--once', 'task_1'])).toBe(0);
    expect(to('out')).toEqual([LINE.slice(5)]);
    expect(requests).toHaveLength(2);
  });

  test.each([[[]], [['--require-finished']]])(
    'with --once and a running task is nothing, with %j',
    async (more) => {
      const { requests } = serve({ task_1: [['running', 0]] }, { results });
      expect(await ends(['--result', '--once', ...more, 'task_1'])).toBe(4);
      expect(to('out')).toEqual([]);
      expect(requests).toHaveLength(1);
      expect(vi.getTimerCount()).toBe(0);
    },
  );

  test('that cannot be read is an error', async () => {
    serve({ task_1: [['finished', 0]] }, { results: {} });
    expect(await ends(['--result', 'task_1'])).toBe(3);
    expect(to('out')).toEqual([]);
    expect(to('err')).toEqual([
      expect.stringMatching(/^task_1 {2}finished {2}1 poll/),
      expect.stringMatching(/^task_1 {2}finished {2}1 poll .* 404 not-found: Task not found$/),
      expect.stringMatching(/^rxjs-task-status: Task "task_1" was not found \(404\)/),
      expect.stringMatching(/^1 task in 0\.0 s: 1 in error$/),
      expect.stringMatching(/^2 requests made; /),
    ]);
  });

  test('that cannot be read is a line with --json', async () => {
    serve({ task_1: [['finished', 0]] }, { results: {} });
    expect(await ends(['--result', '--json', 'task_1'])).toBe(3);
    expect(jsonOf(to('out')).slice(1)).toMatchObject([
      { taskId: 'task_1', error: { code: 'not-found', status: 404 } },
    ]);
  });

  test('of an API that has it in the answer with the status needs no other request', async () => {
    const { browserUseV3 } = await import('rxjs-task-status');
    const body = (status: string) =>
      status === 'succeeded'
        ? { status: 'idle', isTaskSuccessful: true, output: 'Rome' }
        : { status };
    const { requests } = serve(
      {
        task_1: [
          ['idle', 0],
          ['succeeded', 1_000],
        ],
      },
      { api: browserUseV3, body },
    );
    expect(await ends(['--api', 'v3', '--result', 'task_1'])).toBe(0);
    expect(jsonOf(to('out'))).toMatchObject([{ output: 'Rome', isTaskSuccessful: true }]);
    expect(new Set(requests.map(({ url }) => url))).toEqual(
      new Set(['http://tasks.test/sessions/task_1']),
    );
  });

  test('after Ctrl-C is printed for the tasks that have one', async () => {
    serve({ task_1: [['finished', 0]], b: [['running', 0]] }, { results });
    const ended = run(['--result', 'task_1', 'b'], ENV);
    await vi.advanceTimersByTimeAsync(10);
    process.emit('SIGINT');
    expect(await ended).toBe(130);
    expect(jsonOf(to('out'))).toEqual([{ taskId: 'task_1', result: RESULT }]);
  });

  test('Ctrl-C while it is read aborts the request', async () => {
    serve({ task_1: [['finished', 0]] }, { results, latency: (_, n) => (n === 2 ? Infinity : 0) });
    const ended = run(['--result', 'task_1'], ENV);
    await vi.advanceTimersByTimeAsync(10);
    process.emit('SIGINT');
    expect(await ended).toBe(130);
    expect(to('out')).toEqual([]);
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('many tasks', () => {
  test('are all counted at the end, and no listener or timer remains', async () => {
    const ids = Array.from({ length: 1_000 }, (_, n) => `task_${n}`);
    serve(Object.fromEntries(ids.map((id, n) => [id, [[n % 2 ? 'finished' : 'failed', 0]]])));
    expect(await ends([...ids, ...ids])).toBe(1);
    expect(written).toHaveLength(1_001);
    expect(written.at(-1)).toMatch(
      /^out: 1000 tasks in .*: 500 failed, 500 finished\n1000 requests/,
    );
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('on a terminal', () => {
  const { isTTY, columns, rows } = process.stdout;
  const size = { isTTY: true, columns: 80, rows: 24 };
  afterEach(() => {
    Object.assign(process.stdout, { isTTY, columns, rows });
  });

  /** Whether it drew in place, or printed lines. */
  async function draws(terminal: object, env: NodeJS.ProcessEnv = ENV): Promise<boolean> {
    Object.assign(process.stdout, terminal);
    serve({
      task_1: [
        ['running', 0],
        ['finished', 1_000],
      ],
    });
    expect(await ends(['task_1'], env)).toBe(0);
    return written.some((line) => line.includes('\u001b['));
  }

  test('the display is drawn in place', async () => {
    expect(await draws(size)).toBe(true);
    expect(written.length).toBeGreaterThan(10);
    expect(written.join('')).toContain('1 watching, 0 in flight, 0 queued, 1 request, 0 errors');
    expect(written.slice(-2)).toEqual([
      expect.stringMatching(/^out: task_1 {2}finished {2}[23] polls/),
      expect.stringMatching(/^out: 1 task in /),
    ]);
  });

  test.each([
    ['a pipe', { ...size, isTTY: false }, {}],
    ['a terminal without columns', { ...size, columns: 0 }, {}],
    ['a terminal without rows', { ...size, rows: 0 }, {}],
    ['a terminal whose size is unknown', { ...size, columns: undefined, rows: undefined }, {}],
    ['a dumb terminal', size, { TERM: 'dumb' }],
  ])('but not on %s', async (_, terminal, env) => {
    expect(await draws(terminal, { ...ENV, ...env })).toBe(false);
  });

  test.each([
    ['one column', { ...size, columns: 1 }, {}],
    ['two rows', { ...size, rows: 2 }, {}],
    ['no colours', size, { NO_COLOR: '1' }],
  ])('also with %s', async (_, terminal, env) => {
    expect(await draws(terminal, { ...ENV, ...env })).toBe(true);
  });

  test('the result is the last line, below the rows', async () => {
    Object.assign(process.stdout, size);
    serve({ task_1: [['finished', 0]] }, { results: { task_1: { output: 'Rome' } } });
    expect(await ends(['--result', 'task_1'])).toBe(0);
    expect(written.slice(-3)).toEqual([
      expect.stringMatching(/^out: task_1 {2}finished {2}1 poll/),
      expect.stringMatching(/^out: 1 task in /),
      'out: {"output":"Rome","steps":[]}',
    ]);
  });

  test('a row says that the result is being read', async () => {
    Object.assign(process.stdout, size);
    serve(
      { task_1: [['finished', 0]] },
      { results: { task_1: {} }, latency: (_, n) => (n === 2 ? 1_000 : 0) },
    );
    expect(await ends(['--result', 'task_1'])).toBe(0);
    expect(written.join('')).toContain('reading the result');
    expect(written.slice(-3).join('')).not.toContain('reading the result');
  });

  test('polling is the same as in a pipe, and the display is drawn ten times a second', async () => {
    const ids = Array.from({ length: 100 }, (_, n) => `task_${n}`);
    const requestsIn = async (terminal: object) => {
      Object.assign(process.stdout, terminal);
      const { requests } = serve(Object.fromEntries(ids.map((id) => [id, [['running', 0]]])));
      const ended = run(ids, ENV);
      await vi.advanceTimersByTimeAsync(5_000);
      const made = requests.length;
      process.emit('SIGINT');
      expect(await ended).toBe(130);
      return made;
    };
    vi.spyOn(Math, 'random').mockReturnValue(0.5);
    const inPipe = await requestsIn({ ...size, isTTY: false });
    written = [];
    expect(await requestsIn({ ...size, rows: 20 })).toBe(inPipe);
    expect(written.length).toBeGreaterThan(40);
    expect(written.length).toBeLessThan(60);
  });
});

describe('the program', () => {
  const { argv, exitCode, env } = process;
  afterEach(() => {
    Object.assign(process, { argv, exitCode, env });
  });

  test('passes its arguments and environment on, and sets the exit code', async () => {
    const { requests } = serve({ task_1: [['stopped', 0]] });
    process.argv = ['node', 'rxjs-task-status', 'task_1'];
    process.env = { ...env, ...ENV };
    const loaded = import('../../src/cli.js');
    let ended = false;
    void loaded.then(() => (ended = true));
    // it may take any time to load
    while (!ended) await vi.advanceTimersByTimeAsync(100);
    expect(process.exitCode).toBe(2);
    expect(requests).toMatchObject([{ url: 'http://tasks.test/task/task_1/status' }]);
  });
});
