import { browserUseV1, RateLimitError, TaskTimeoutError } from 'rxjs-task-status';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { jsonLines, plainLines } from '../../src/cli/display.js';
import type { TaskProgress } from '../../src/cli/task-progress.js';
import { fakeStream, lost, NOW, pollOf, taskOf, unavailable } from './tasks.js';

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
});
afterEach(() => {
  vi.useRealTimers();
});

const next = { nextDelay: 1_000 };
const FACTS = { taskId: 'task_1', attempts: 1, elapsed: 0 };
const timedOut = new TaskTimeoutError({ ...FACTS, timeout: 5_000 });

const running = taskOf('task_1', pollOf({ status: 'running' }, next));
const unchanged = taskOf('task_1', pollOf({ status: 'running' }, { ...next, changed: false }));
const retried = taskOf('task_1', pollOf({ error: unavailable }, next));
const finished = taskOf('task_1', pollOf({ status: 'finished' }));
const given = taskOf('task_1', pollOf({ error: lost }, { at: NOW + 300, attempt: 3 }));
given.onError(lost, NOW + 300);

function failedWith(task: TaskProgress, error: unknown): TaskProgress {
  task.onError(error, NOW + 5_000);
  return task;
}

function output() {
  const out = fakeStream();
  const err = fakeStream();
  return { stdout: out.stdout, stderr: err.stdout, out: out.written, err: err.written };
}

describe('lines of JSON', () => {
  const printed = (show: (display: ReturnType<typeof jsonLines>) => void) => {
    const to = output();
    const display = jsonLines(to);
    show(display);
    display.end();
    expect(to.out.every((line) => line.endsWith('\n') && !line.slice(0, -1).includes('\n'))).toBe(
      true,
    );
    return { lines: to.out.map((line) => JSON.parse(line) as unknown), err: to.err };
  };

  test('are printed for each change', () => {
    const { lines, err } = printed((display) => {
      for (const task of [taskOf('task_1'), running, unchanged, finished]) display.onPoll(task);
    });
    expect(lines).toEqual([
      { taskId: 'task_1', status: 'running', attempt: 1, at: NOW },
      { taskId: 'task_1', status: 'finished', attempt: 1, at: NOW },
    ]);
    expect(err).toEqual([]);
  });

  test('are printed for each failure that is retried', () => {
    const { lines, err } = printed((display) => {
      display.onPoll(retried);
      display.onPoll(retried);
    });
    const error = { code: 'http', message: unavailable.message, status: 503 };
    const line = { taskId: 'task_1', error, attempt: 1, at: NOW, nextDelay: 1_000 };
    expect(lines).toEqual([line, line]);
    expect(err).toEqual([]);
  });

  test('are printed once for the failure that ends a watch, which is also printed on stderr', () => {
    const { lines, err } = printed((display) => {
      display.onPoll(given);
      display.onError(given, 'lost');
    });
    expect(lines).toEqual([
      {
        taskId: 'task_1',
        error: { code: 'network', message: lost.message },
        attempt: 3,
        at: NOW + 300,
      },
    ]);
    expect(err).toEqual(['lost\n']);
  });

  test('are printed for an end without a poll', () => {
    const task = failedWith(taskOf('task_1', pollOf({ status: 'running' }, next)), timedOut);
    const { lines } = printed((display) => display.onError(task, 'timeout'));
    expect(lines).toEqual([
      {
        taskId: 'task_1',
        error: { code: 'timeout', message: timedOut.message },
        attempt: 1,
        at: NOW + 5_000,
      },
    ]);
  });

  test('have a code and a message for any value that ends a watch', () => {
    const { lines } = printed((display) => {
      display.onError(failedWith(taskOf('a'), new TypeError('fetch must be a function')), '');
      display.onError(failedWith(taskOf('b'), 'odd'), '');
    });
    expect(lines).toMatchObject([
      { taskId: 'a', error: { code: 'TypeError', message: 'fetch must be a function' } },
      { taskId: 'b', error: { code: 'error', message: 'odd' } },
    ]);
  });

  test('have the delay that the server requests', () => {
    const limited = new RateLimitError({
      ...FACTS,
      status: 429,
      detail: '',
      retryAfter: 7_000,
    });
    const task = taskOf('task_1', pollOf({ error: limited }, { nextDelay: 7_100 }));
    const { lines } = printed((display) => display.onPoll(task));
    expect(lines).toMatchObject([
      { error: { code: 'rate-limited', status: 429, retryAfter: 7_000 }, nextDelay: 7_100 },
    ]);
  });

  test('are not printed twice for an end without success, which is a status', () => {
    const { lines, err } = printed((display) => display.onError(finished, 'ended as failed'));
    expect(lines).toEqual([]);
    expect(err).toEqual(['ended as failed\n']);
  });

  test('are safe to print and lossless', () => {
    const hostile = 'a\u202e\u200b\u009bb';
    const to = output();
    jsonLines(to).onPoll(taskOf(hostile, pollOf({ status: 'running' })));
    expect(to.out.join('')).toContain('"a\\u202e\\u200b\\u009bb"');
    expect(JSON.parse(to.out.join(''))).toMatchObject({ taskId: hostile });
  });
});

describe('plain lines', () => {
  test('are printed for each change, each failure that is retried, and the summary', () => {
    const to = output();
    const display = plainLines([running], browserUseV1, to);
    for (const task of [taskOf('task_1'), running, unchanged, retried, given]) display.onPoll(task);
    display.end();
    expect(to.out).toEqual([
      'task_1  running   1 poll       0.0 s  next poll in 1.0 s\n',
      'task_1  -         1 poll       0.0 s  503, next retry in 1.0 s: Service unavailable\n',
      '1 task in 0.0 s: 1 not ended\n' +
        '1 request made; a poll every 2 s would have made 1 in the same time\n',
    ]);
    expect(to.err).toEqual([]);
  });

  test('show the planned delay, even if they are printed late', () => {
    const to = output();
    const display = plainLines([running], browserUseV1, to);
    vi.setSystemTime(NOW + 60_000);
    display.onPoll(retried);
    display.onPoll(running);
    expect(to.out).toEqual([
      'task_1  -         1 poll       0.0 s  503, next retry in 1.0 s: Service unavailable\n',
      'task_1  running   1 poll       0.0 s  next poll in 1.0 s\n',
    ]);
  });

  test('are printed for an error, and not for an end without success', () => {
    const to = output();
    const display = plainLines([given], browserUseV1, to);
    display.onError(given, 'lost');
    display.onError(finished, 'ended as failed');
    expect(to.out).toEqual([
      'task_1  -         3 polls      0.3 s  network: The request failed: connection lost\n',
    ]);
    expect(to.err).toEqual(['lost\n', 'ended as failed\n']);
  });

  test('have columns for the longest id, up to a limit', () => {
    const to = output();
    const tasks = ['a', '漢字漢字', 'x'.repeat(150)].map((id) => taskOf(id, running.poll!));
    const display = plainLines(tasks.slice(0, 2), browserUseV1, to);
    display.onPoll(tasks[0]!);
    display.onPoll(tasks[1]!);
    const wide = plainLines(tasks, browserUseV1, to);
    wide.onPoll(tasks[0]!);
    wide.onPoll(tasks[2]!);
    expect(to.out).toEqual([
      expect.stringMatching(/^a {9}running/),
      expect.stringMatching(/^漢字漢字 {2}running/),
      expect.stringMatching(/^a {41}running/),
      expect.stringMatching(/^x{150} {2}running/),
    ]);
  });
});
