import type { TaskPoll } from 'rxjs-task-status';
import { describe, expect, test } from 'vitest';
import { createPoolHarness, type Reply } from '../support/pool-harness.js';
import { poolHistory } from '../support/pool-history.js';
import { runPool } from '../support/pool-run.js';
import { fc, test as prop } from '../support/property.js';
import { runs } from '../support/runs.js';

const atOf = (line: string) => Number(line.split(' ')[0]);
/** The answers to the first requests of the whole pool; all further ones are `finished`. */
const inOrder = (...replies: Reply[]) => {
  let sent = 0;
  return () => replies[sent++] ?? 'finished';
};

describe('a cooldown', () => {
  test.each([
    ['a 429 with Retry-After', { answer: 429, retryAfter: 3_000 }, 3_100],
    ['a 503 with Retry-After', { answer: 503, retryAfter: 3_000 }, 3_100],
    ['a 429 without it, by the retry formula', 429, 300],
    ['a 429 with Retry-After: 0', { answer: 429, retryAfter: 0 }, 100],
  ])('is started by %s', (_, reply, opens) => {
    const { pool, observe, run } = createPoolHarness(inOrder(reply), { maxConcurrent: 1 });
    observe('all', pool.statuses$(['a', 'b']));
    expect(run().requests()[1]).toBe(`${opens} request b`);
  });

  test.each([
    ['a 503 without Retry-After', 503],
    ['a 500 with Retry-After', { answer: 500, retryAfter: 3_000 }],
    ['a 200 with Retry-After', { answer: 'running', retryAfter: 3_000 }],
  ])('is not started by %s', (_, reply) => {
    const { pool, observe, run } = createPoolHarness(inOrder(reply), { maxConcurrent: 1 });
    observe('all', pool.statuses$(['a', 'b']));
    expect(run().requests()[1]).toBe('100 request b');
  });

  test('delays queued requests, new tasks and the next polls', () => {
    const { pool, observe, at, run } = createPoolHarness({
      a: ['running', 'finished'],
      b: [{ answer: 429, latency: 500, retryAfter: 4_000 }],
    });
    observe('all', pool.statuses$(['a', 'b']));
    at(700, () => observe('late', pool.status$('c')));
    expect(run().requests()).toEqual([
      '0 request a',
      '0 request b',
      '4500 request c',
      // the gaps: 200 / 8, then 7 / 8 of that
      '4525 request a',
      '4546.875 request b',
    ]);
  });

  test('grows with the 429s in a row and starts again after a good answer', () => {
    const { pool, observe, run } = createPoolHarness(inOrder(429, 429, 429, 'finished', 429), {
      maxConcurrent: 1,
      retry: { initialDelay: 1_000, jitter: 0 },
    });
    observe('all', pool.statuses$(['a', 'b', 'c']));
    const [, second, third, fourth, fifth, sixth] = run().requests().map(atOf);
    // each 100 ms after its request
    expect([second, third, fourth]).toEqual([1_100, 3_200, 7_300]);
    expect(sixth! - fifth!).toBe(1_100);
  });

  test('counts the 429s of requests sent before it as one', () => {
    const { pool, observe, run } = createPoolHarness(inOrder(429, 429, 429, 429), {
      maxConcurrent: 4,
      retry: { initialDelay: 1_000, jitter: 0 },
    });
    observe('all', pool.statuses$(['a', 'b', 'c', 'd', 'e']));
    expect(run().requests()[4]).toBe('1100 request e');
  });

  test('is extended by a longer Retry-After and not shortened by a shorter one', () => {
    const { pool, observe, run } = createPoolHarness(
      inOrder(
        { answer: 429, latency: 100, retryAfter: 2_000 },
        { answer: 429, latency: 200, retryAfter: 5_000 },
        { answer: 429, latency: 300, retryAfter: 1_000 },
      ),
      { maxConcurrent: 3 },
    );
    observe('all', pool.statuses$(['a', 'b', 'c', 'd']));
    expect(run().requests()[3]).toBe('5200 request d');
  });

  test('is not started by more than maxRetryAfter, which ends only the task that got it', () => {
    const { pool, observe, run } = createPoolHarness(
      inOrder({ answer: 429, retryAfter: 300_001 }),
      {
        maxConcurrent: 1,
      },
    );
    observe('all', pool.statuses$(['a', 'b']));
    expect(run().log).toEqual([
      '0 request a',
      '100 all: a rate-limited',
      '100 request b',
      '200 all: b finished',
      '200 all: complete',
    ]);
  });

  test('needs no timer while no request waits, and still delays the next task', () => {
    const { pool, observe, at, run, scheduler } = createPoolHarness({
      a: [{ answer: 429, retryAfter: 5_000 }],
    });
    const one = observe('one', pool.status$('a'));
    at(1_000, () => {
      one.unsubscribe();
      expect(scheduler.actions.filter(({ delay }) => delay !== 2_000)).toHaveLength(0);
    });
    at(2_000, () => observe('two', pool.status$('b')));
    expect(run().requests()).toEqual(['0 request a', '5100 request b']);
  });

  test('does not get longer if the clock jumps back', () => {
    const { pool, observe, at, run, scheduler } = createPoolHarness(
      inOrder({ answer: 429, retryAfter: 5_000 }),
      {
        maxConcurrent: 1,
      },
    );
    let jump = 0;
    const { now } = scheduler;
    scheduler.now = () => now.call(scheduler) + jump;
    observe('all', pool.statuses$(['a', 'b']));
    at(1_000, () => (jump = -3_600_000));
    expect(run().requests()).toHaveLength(3);
    expect(scheduler.frame).toBeLessThan(12_000);
  });

  test('survives a random() that throws, which ends its task', () => {
    const random = () => {
      throw new Error('no chance');
    };
    const { pool, observe, run } = createPoolHarness(inOrder(429), {
      maxConcurrent: 1,
      retry: { initialDelay: 200, jitter: 0.5, random },
    });
    observe('all', pool.statuses$(['a', 'b']));
    expect(run().received('all')).toEqual([
      '100 all: a Error: no chance',
      '400 all: b finished',
      '400 all: complete',
    ]);
  });
});

describe('after a cooldown', () => {
  test('requests are spread over one retry delay, with gaps that shrink', () => {
    const ids = Array.from({ length: 100 }, (_, task) => `task_${task}`);
    const { pool, observe, run } = createPoolHarness(
      inOrder({ answer: 429, latency: 0, retryAfter: 1_000 }),
      {
        maxConcurrent: 1,
        retry: { initialDelay: 800, jitter: 0 },
      },
    );
    observe('first', pool.status$('first'));
    observe('all', pool.statuses$(ids));
    const left = run().requests().slice(1, 50).map(atOf);
    expect(left[0]).toBe(1_000);
    const gaps = left.slice(1).map((at, index) => at - left[index]!);
    // an answer takes 100 ms, longer than all gaps but the first
    expect(gaps[0]).toBe(100);
    const wide = createPoolHarness(inOrder({ answer: 429, latency: 0, retryAfter: 1_000 }), {
      maxConcurrent: Infinity,
      retry: { initialDelay: 800, jitter: 0 },
    });
    wide.at(10, () => wide.observe('all', wide.pool.statuses$(ids)));
    wide.observe('first', wide.pool.status$('first'));
    const spread = wide.run().requests().slice(1).map(atOf);
    const steps = spread.slice(1).map((at, index) => at - spread[index]!);
    expect(steps.slice(0, 4)).toEqual([100, 87.5, 76.5625, 66.9921875]);
    // 800 ms in all, except for gaps of less than 1 ms at the end
    expect(spread.at(-2)! - 1_000).toBeGreaterThan(790);
    expect(spread.at(-2)! - 1_000).toBeLessThan(800);
  });

  prop.prop([poolHistory()], runs(300))(
    'the first two requests are never sent at once',
    (history) => {
      const { initialDelay } = history.retry;
      let opened: number | undefined;
      let before = -1;
      const trace = runPool(history);
      const ends = trace.flatMap((entry) =>
        entry[1] === 'stats' && entry[2].heldUntil !== undefined ? [entry[2].heldUntil] : [],
      );
      for (const [ms, what] of trace) {
        if (what !== 'request') continue;
        const end = ends.filter((at) => at <= ms && at > before).at(-1);
        if (end !== undefined) opened = ms;
        else if (opened !== undefined) {
          expect(ms - opened).toBeGreaterThanOrEqual(Math.min(initialDelay / 8, 100) - 1e-6);
          opened = undefined;
        }
        before = ms;
      }
    },
  );
});

test('a cooldown of 0 ms does not shorten the gap after the one before it', () => {
  const { pool, observe, run } = createPoolHarness(
    inOrder(429, { answer: 429, latency: 0, retryAfter: 0 }),
    {
      maxConcurrent: 1,
      retry: { initialDelay: 800, jitter: 0 },
    },
  );
  observe('all', pool.statuses$(['a', 'b', 'c']));
  expect(run().requests().slice(1, 3)).toEqual(['900 request b', '1000 request c']);
});

describe('maxRetries', () => {
  test('does not count a 429 of a request sent before the cooldown', () => {
    const { pool, observe, run } = createPoolHarness(inOrder(429, 429, 429, 429), {
      maxConcurrent: 4,
      retry: { maxRetries: 0, initialDelay: 200, jitter: 0 },
    });
    observe('all', pool.statuses$(['a', 'b', 'c', 'd']));
    const outcomes = run()
      .received('all')
      .map((line) => line.replace(/^\S+ all: /, ''));
    // only the 429 that started the cooldown counts
    expect(outcomes).toEqual([
      'a rate-limited',
      'b finished',
      'c finished',
      'd finished',
      'complete',
    ]);
  });

  test('counts the 429 that starts a cooldown: a single task ends as without a pool', () => {
    const { pool, observe, run } = createPoolHarness({ a: Array<Reply>(20).fill(429) });
    observe('one', pool.status$('a'));
    const { received, requests } = run();
    expect(requests()).toHaveLength(11);
    expect(received('one')[0]).toContain('error rate-limited');
  });

  test('counts other failures during a cooldown', () => {
    const { pool, observe, run } = createPoolHarness(
      inOrder({ answer: 429, retryAfter: 1_000 }, { answer: 503, latency: 200, retryAfter: 1_000 }),
      { maxConcurrent: 2, retry: { maxRetries: 0 } },
    );
    observe('b', pool.statuses$(['a', 'b']));
    const { received } = run();
    expect(received('b').slice(0, 2)).toEqual(['100 b: a rate-limited', '200 b: b http']);
  });

  /** A server that allows so many requests in a window, and may send when the next one begins. */
  const limited = fc.record({
    allowed: fc.integer({ min: 5, max: 20 }),
    window: fc.constantFrom(500, 1_000, 3_000),
    sendsRetryAfter: fc.boolean(),
    tasks: fc.integer({ min: 10, max: 60 }),
    polls: fc.integer({ min: 1, max: 6 }),
    maxConcurrent: fc.integer({ min: 1, max: 16 }),
    latency: fc.constantFrom(5, 50, 200),
    random: fc.constantFrom(0, 0.3, 0.9),
  });
  prop.prop([limited], runs(100))(
    'never ends a task for a rate limit that the whole pool shares',
    ({ allowed, window, sendsRetryAfter, tasks, polls, maxConcurrent, latency, random }) => {
      const used = new Map<number, number>();
      const good = new Map<string, number>();
      const { pool, run, scheduler } = createPoolHarness(
        (task) => {
          const now = scheduler.now();
          const present = Math.floor(now / window);
          const count = (used.get(present) ?? 0) + 1;
          used.set(present, count);
          if (count > allowed) {
            const retryAfter = (present + 1) * window - now;
            const after = latency;
            return sendsRetryAfter
              ? { answer: 429, after, retryAfter: Math.ceil(retryAfter) }
              : { answer: 429, after };
          }
          const nth = (good.get(task) ?? 0) + 1;
          good.set(task, nth);
          return { answer: nth > polls ? 'finished' : 'running', latency: latency };
        },
        { maxConcurrent, backoff: { random: () => random }, retry: { random: () => random } },
      );
      const ids = Array.from({ length: tasks }, (_, task) => `task_${task}`);
      const received: unknown[] = [];
      pool.statuses$(ids).subscribe(({ status, error }) => received.push(status ?? error));
      run();
      const finished = received.filter((what) => what === 'finished');
      expect(received.filter((what) => typeof what !== 'string')).toEqual([]);
      expect(finished).toHaveLength(tasks);
    },
  );

  test('nextDelay of a 429 is not shorter than the cooldown', () => {
    const { pool, run } = createPoolHarness(inOrder({ answer: 429, retryAfter: 3_000 }));
    const polls: TaskPoll[] = [];
    pool.polls$('a').subscribe((poll) => polls.push(poll));
    run();
    expect(polls[0]).toMatchObject({ attempt: 1, nextDelay: 3_000 });
    expect(polls[1]).toMatchObject({ attempt: 2, at: 3_100, status: 'finished' });
  });
});
