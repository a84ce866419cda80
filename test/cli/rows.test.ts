import {
  AuthenticationError,
  browserUseV1,
  RateLimitError,
  TaskTimeoutError,
  TaskUnsuccessfulError,
  type TaskStatusPoolStats,
} from 'rxjs-task-status';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import {
  failureText,
  liveRow,
  printedRow,
  statsLine,
  statusCounts,
  summary,
} from '../../src/cli/rows.js';
import { TaskProgress } from '../../src/cli/task-progress.js';
import { lost, NOW, pollOf, taskOf, unavailable } from './tasks.js';

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
});
afterEach(() => {
  vi.useRealTimers();
});

const LAYOUT = { name: 6, status: 8, cutsNames: false };
const FACTS = { taskId: 'task_1', attempts: 2, elapsed: 0 };

/** The second poll: it left 5 s after the start, took 1 s, and the next one is due in 2.5 s. */
const SECOND = { attempt: 2, at: NOW + 5_000, duration: 1_000, nextDelay: 2_500 };
const running = pollOf({ status: 'running' }, SECOND);
const failed = pollOf({ error: unavailable }, SECOND);

describe('a printed row', () => {
  test.each([
    ['a poll', [running], 'running   2 polls      6.0 s  next poll in 2.5 s'],
    [
      'a failure, with its cause',
      [failed],
      '-         2 polls      6.0 s  503, next retry in 2.5 s: Service unavailable',
    ],
    [
      'a failure of a task whose status is known',
      [pollOf({ status: 'created' }, { nextDelay: 1 }), failed],
      'created   2 polls      6.0 s  503, next retry in 2.5 s: Service unavailable',
    ],
    [
      'a recovery',
      [failed, pollOf({ status: 'running' }, { ...SECOND, attempt: 3 })],
      'running   3 polls      6.0 s  next poll in 2.5 s',
    ],
    ['an end', [pollOf({ status: 'finished' }, { duration: 40 })], 'finished  1 poll       0.0 s'],
    ['no answer yet', [], '-         0 polls      0.0 s'],
  ])('shows the planned delay after %s, whatever the clock shows', (_, polls, row) => {
    const task = taskOf('task_1', ...polls);
    for (const late of [0, 1_000, 3_600_000, -10_000]) {
      vi.setSystemTime(NOW + late);
      expect(printedRow(task, LAYOUT)).toBe(`task_1  ${row}`);
    }
  });

  test('shows the error that ended a watch, and no next poll', () => {
    const task = taskOf('task_1', running);
    task.onError(new TaskTimeoutError({ ...FACTS, timeout: 7_000 }), NOW + 7_000);
    expect(printedRow(task, LAYOUT)).toBe(
      'task_1  running   2 polls      7.0 s  timeout: did not end within 7000 ms (timeout), last status: none',
    );
  });

  test('of an end without success is the row of its status', () => {
    const task = taskOf('task_1', pollOf({ status: 'failed' }));
    task.onError(new TaskUnsuccessfulError('failed', 'task_1'), NOW + 9_000);
    expect(printedRow(task, LAYOUT)).toBe('task_1  failed    1 poll       0.0 s');
  });

  test('has an id that is padded to its column, complete or cut', () => {
    const task = taskOf('漢字', running);
    expect(printedRow(task, LAYOUT)).toMatch(/^漢字 {4}running/);
    expect(printedRow(taskOf('task_1234', running), LAYOUT)).toMatch(/^task_1234 {2}running/);
    const cut = printedRow(taskOf('task_1234', running), { ...LAYOUT, cutsNames: true });
    expect(cut).toMatch(/^task_… {2}running/);
  });

  test('has no control characters, wherever they come from', () => {
    const hostile = '\u001b[2J\u202e\u200bbad\r\n\u009b1mtext';
    const api = { ...browserUseV1, statuses: [hostile], terminal: [], successful: [] };
    const error = new AuthenticationError({
      ...FACTS,
      status: 401,
      detail: hostile + 'x'.repeat(60_000),
    });
    const task = new TaskProgress(hostile, api, NOW);
    task.onPoll(pollOf({ status: hostile }, { nextDelay: 1 }));
    task.onPoll(pollOf({ error }, { nextDelay: 1 }));
    const row = printedRow(task, LAYOUT);
    expect(row).toMatch(/^bad text {2}bad text {2}1 poll .* 401 unauthorized, .*: bad textx+…$/);
    expect(row).not.toMatch(/[\p{Cc}\p{Cf}]/u);
    expect(row.length).toBeLessThan(300);
  });

  test('shows (unprintable) for an id without a printable character', () => {
    expect(printedRow(taskOf('\u200b\u202e'), LAYOUT)).toMatch(/^\(unprintable\) {2}-/);
  });
});

describe('a drawn row', () => {
  const at = (after: number, requests: number, ...polls: (typeof running)[]) => {
    const task = taskOf('task_1', ...polls);
    task.requests = requests;
    vi.setSystemTime(NOW + after);
    return liveRow(task, LAYOUT);
  };

  test.each([
    ['before the first request', 500, 0, [], '-         0 polls      0.5 s  queued'],
    ['during the first request', 500, 1, [], '-         0 polls      0.5 s  requesting'],
    ['between polls', 7_000, 2, [running], 'running   2 polls      7.0 s  next poll in 1.5 s'],
    ['at the last moment', 8_499, 2, [running], 'running   2 polls      8.5 s  next poll in 0.0 s'],
    ['when the next is due', 8_500, 2, [running], 'running   2 polls      8.5 s  queued'],
    ['during a request', 8_600, 3, [running], 'running   2 polls      8.6 s  requesting'],
    [
      'between tries',
      7_000,
      2,
      [failed],
      '-         2 polls      7.0 s  503, next retry in 1.5 s: Service unavailable',
    ],
    [
      'during a try',
      9_000,
      3,
      [failed],
      '-         2 polls      9.0 s  503, requesting: Service unavailable',
    ],
    [
      'after the end',
      60_000,
      1,
      [pollOf({ status: 'stopped' }, { duration: 300 })],
      'stopped   1 poll       0.3 s',
    ],
    ['by a clock that was set back', -5_000, 1, [], '-         0 polls      0.0 s  requesting'],
  ])('%s', (_, after, requests, polls, row) => {
    expect(at(after, requests, ...polls)).toBe(`task_1  ${row}`);
  });
});

describe('a failure', () => {
  const limited = new RateLimitError({
    ...FACTS,
    status: 429,
    detail: '',
  });

  test.each<[error: unknown, text: string]>([
    [unavailable, '503: Service unavailable'],
    [limited, '429 rate-limited'],
    [lost, 'network: The request failed: connection lost'],
    [new TypeError('fetch must return a Response'), 'TypeError: fetch must return a Response'],
    [new Error(''), 'Error'],
    ['odd', 'error: odd'],
  ])('%#', (error, text) => {
    expect(failureText(error)).toBe(text);
  });
});

describe('the line of all tasks', () => {
  const stats: TaskStatusPoolStats = {
    watching: 20,
    inFlight: 16,
    queued: 4,
    requests: 1,
    errors: 2,
    failing: 1,
  };

  test('counts', () => {
    expect(statsLine(stats)).toBe('20 watching, 16 in flight, 4 queued, 1 request, 2 errors');
  });

  test('shows how long a cooldown lasts', () => {
    expect(statsLine({ ...stats, heldUntil: NOW + 1_500 })).toBe(
      '20 watching, 16 in flight, 4 queued, 1 request, 2 errors, cooldown 1.5 s',
    );
  });
});

/** A task that ended with this status, or with an error. */
function ended(startedAfter: number, took: number, end: string | Error, requests: number) {
  const task = new TaskProgress('task_1', browserUseV1, NOW + startedAfter);
  const until = NOW + startedAfter + took;
  if (end instanceof Error) task.onError(end, until);
  else task.onPoll(pollOf({ status: end }, { at: until }));
  task.requests = requests;
  return task;
}

test('the tasks with each status are counted', () => {
  const tasks = [
    taskOf('a', running),
    taskOf('b'),
    taskOf('c', failed),
    taskOf('d', running),
    ended(0, 0, lost, 1),
  ];
  expect(statusCounts(tasks)).toBe('2 running, 2 without a status, 1 in error');
});

describe('the summary', () => {
  test('of one task', () => {
    expect(summary([ended(0, 0, 'finished', 1)])).toBe(
      '1 task in 0.0 s: 1 finished\n' +
        '1 request made; a poll every 2 s would have made 1 in the same time',
    );
  });

  test('counts outcomes and requests, and shows the longest time', () => {
    vi.setSystemTime(NOW + 4_500);
    const open = taskOf('task_1', running);
    const tasks = [
      // 1.999 s, 2 s and 4.5 s: a poll at once, and one for each two seconds
      ended(100, 1_999, 'finished', 2),
      ended(0, 2_000, 'failed', 3),
      open,
      ended(0, 0, lost, 1),
      ended(0, 0, 'finished', 1),
    ];
    expect(summary(tasks)).toBe(
      '5 tasks in 4.5 s: 2 finished, 1 failed, 1 not ended, 1 in error\n' +
        '9 requests made; a poll every 2 s would have made 8 in the same time',
    );
  });
});
