import {
  HttpStatusError,
  NetworkError,
  RateLimitError,
  type TaskPoll,
  type TaskStatusError,
  type TaskStatusPoolStats,
} from 'rxjs-task-status';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { progressLine, statsLine, summary, type Progress } from '../../src/cli/progress.js';

const NOW = 100_000;

beforeEach(() => {
  vi.useFakeTimers({ now: NOW });
});
afterEach(() => {
  vi.useRealTimers();
});

const FACTS = { taskId: 'task_1', attempts: 2, elapsed: 0 };
const limited = new RateLimitError({
  ...FACTS,
  status: 429,
  detail: '',
});
const broken = new HttpStatusError({
  ...FACTS,
  status: 503,
  detail: '',
});
const lost = new NetworkError({ ...FACTS, reason: '' });

/** The second poll, which left ten seconds ago and took one. */
function poll(of: { status: string } | { error: TaskStatusError }, nextDelay?: number) {
  const delay = nextDelay === undefined ? {} : { nextDelay };
  const facts = { taskId: 'task_1', attempt: 2, at: NOW - 10_000, duration: 1_000 };
  return { ...facts, ...delay, changed: true, ...of } as TaskPoll<string>;
}

function progress(more: Partial<Progress>): Progress {
  return { taskId: 'task_1', startedAt: NOW - 12_345, requests: 2, ...more };
}

describe('the line of a task', () => {
  test.each<[string, Partial<Progress>, string]>([
    ['that waits for its first request', { requests: 0 }, '-         0 polls     12.3 s  queued'],
    ['that is asked first', { requests: 1 }, '-         0 polls     12.3 s  asking'],
    [
      'that is polled again',
      { status: 'running', poll: poll({ status: 'running' }, 12_000) },
      'running   2 polls     12.3 s  next poll in 3.0 s',
    ],
    [
      'whose wait is over',
      { status: 'running', poll: poll({ status: 'running' }, 9_000) },
      'running   2 polls     12.3 s  queued',
    ],
    [
      'whose wait is almost over',
      { status: 'running', poll: poll({ status: 'running' }, 9_001) },
      'running   2 polls     12.3 s  next poll in 0.0 s',
    ],
    [
      'whose last answer is being told',
      { status: 'finished', poll: poll({ status: 'finished' }) },
      'finished  2 polls     12.3 s  queued',
    ],
    [
      'that is being asked',
      { requests: 3, status: 'running', poll: poll({ status: 'running' }, 12_000) },
      'running   2 polls     12.3 s  asking',
    ],
    [
      'that is tried again',
      { status: 'running', poll: poll({ error: broken }, 12_000) },
      'running   2 polls     12.3 s  503, next try in 3.0 s',
    ],
    [
      'that is being tried again',
      { requests: 3, poll: poll({ error: limited }, 12_000) },
      '-         2 polls     12.3 s  429 rate-limited, asking',
    ],
    [
      'whose retry has its turn',
      { poll: poll({ error: lost }, 1_000) },
      '-         2 polls     12.3 s  network, queued',
    ],
    [
      'that has ended',
      { status: 'finished', endedAt: NOW - 2_345, poll: poll({ status: 'finished' }) },
      'finished  2 polls     10.0 s',
    ],
    [
      'that has failed',
      { status: 'running', endedAt: NOW - 2_345, poll: poll({ error: broken }), error: broken },
      'running   2 polls     10.0 s  503',
    ],
    [
      'whose failure has no status',
      { endedAt: NOW, poll: poll({ error: lost }), error: lost },
      '-         2 polls     12.3 s  network',
    ],
    [
      'whose failure is of another kind',
      { endedAt: NOW, error: new Error('no') },
      '-         0 polls     12.3 s',
    ],
    [
      'of one poll',
      {
        status: 'created',
        poll: { ...poll({ status: 'created' }, 12_000), attempt: 1 },
        requests: 1,
      },
      'created   1 poll      12.3 s  next poll in 3.0 s',
    ],
    [
      'whose clock was set back',
      { startedAt: NOW + 5_000 },
      '-         0 polls      0.0 s  asking',
    ],
  ])('%s', (_, more, line) => {
    const it = progress(more);
    expect(progressLine(it, [it])).toBe(`task_1  ${line}`);
  });

  test('is as wide as the longest id needs', () => {
    const it = progress({ requests: 0 });
    const others = [it, progress({ taskId: 'task_1000' }), progress({ taskId: 'x' })];
    expect(progressLine(it, others)).toBe('task_1     -         0 polls     12.3 s  queued');
  });
});

describe('the line of all tasks', () => {
  const stats: TaskStatusPoolStats = {
    watching: 20,
    inFlight: 16,
    queued: 4,
    requests: 1,
    errors: 2,
  };

  test('counts', () => {
    expect(statsLine(stats)).toBe('20 watching, 16 in flight, 4 queued, 1 request, 2 errors');
  });

  test('says for how long they are held', () => {
    expect(statsLine({ ...stats, heldUntil: NOW + 1_500 })).toBe(
      '20 watching, 16 in flight, 4 queued, 1 request, 2 errors, held for 1.5 s',
    );
  });
});

describe('the summary', () => {
  test('of one task', () => {
    const it = progress({ requests: 1, endedAt: NOW - 12_345, status: 'finished' });
    expect(summary([it])).toBe(
      '1 task in 0.0 s: 1 finished\n' +
        '1 request made; a poll every 2 s would have made 1 in the same time',
    );
  });

  test('counts outcomes and requests, and the longest time', () => {
    const all = [
      // 1.999 s, 2 s and 4.5 s: a poll at once, and one for each two seconds
      progress({ requests: 2, startedAt: NOW - 1_999, endedAt: NOW, status: 'finished' }),
      progress({ requests: 3, startedAt: NOW - 4_500, endedAt: NOW - 2_500, status: 'failed' }),
      progress({ requests: 4, startedAt: NOW - 4_500, status: 'running' }),
      progress({ requests: 1, startedAt: NOW, endedAt: NOW, status: 'running', error: lost }),
      progress({ requests: 0, startedAt: NOW, endedAt: NOW }),
      progress({ requests: 1, startedAt: NOW, endedAt: NOW, status: 'finished' }),
    ];
    expect(summary(all)).toBe(
      '6 tasks in 4.5 s: 2 finished, 1 failed, 1 not ended, 2 in error\n' +
        '11 requests made; a poll every 2 s would have made 9 in the same time',
    );
  });
});
