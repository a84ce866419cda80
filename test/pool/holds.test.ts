import type { TaskPoll } from 'rxjs-task-status';
import { describe, expect, test } from 'vitest';
import { poolDesk, type Reply } from '../support/pool-desk.js';
import { poolHistory } from '../support/pool-history.js';
import { runPool } from '../support/pool-run.js';
import { fc, test as prop } from '../support/property.js';
import { runs } from '../support/runs.js';

const atOf = (line: string) => Number(line.split(' ')[0]);
/** What each of the first requests of the whole pool is answered; after them all goes well. */
const inOrder = (...replies: Reply[]) => {
  let sent = 0;
  return () => replies[sent++] ?? 'finished';
};

describe('a hold', () => {
  test.each([
    ['a 429 with Retry-After', { say: 429, retryAfter: 3_000 }, 3_100],
    ['a 503 with Retry-After', { say: 503, retryAfter: 3_000 }, 3_100],
    ['a 429 without, by the retry formula', 429, 300],
    ['a 429 that asks for nothing', { say: 429, retryAfter: 0 }, 100],
  ])('comes from %s', (_, reply, opens) => {
    const { pool, listen, run } = poolDesk(inOrder(reply), { maxConcurrent: 1 });
    listen('all', pool.statuses$(['a', 'b']));
    expect(run().requests()[1]).toBe(`${opens} asks b`);
  });

  test.each([
    ['a 503 without Retry-After', 503],
    ['a 500 with Retry-After', { say: 500, retryAfter: 3_000 }],
    ['a 200 with Retry-After', { say: 'running', retryAfter: 3_000 }],
  ])('does not come from %s', (_, reply) => {
    const { pool, listen, run } = poolDesk(inOrder(reply), { maxConcurrent: 1 });
    listen('all', pool.statuses$(['a', 'b']));
    expect(run().requests()[1]).toBe('100 asks b');
  });

  test('holds who was waiting, who comes meanwhile and who would poll again', () => {
    const { pool, listen, at, run } = poolDesk({
      a: ['running', 'finished'],
      b: [{ say: 429, after: 500, retryAfter: 4_000 }],
    });
    listen('all', pool.statuses$(['a', 'b']));
    at(700, () => listen('late', pool.status$('c')));
    expect(run().requests()).toEqual([
      '0 asks a',
      '0 asks b',
      '4500 asks c',
      // the spread: 200 / 8, then 7 / 8 of that
      '4525 asks a',
      '4546.875 asks b',
    ]);
  });

  test('grows by the retry formula with the 429s in a row, and starts anew after a good answer', () => {
    const { pool, listen, run } = poolDesk(inOrder(429, 429, 429, 'finished', 429), {
      maxConcurrent: 1,
      retry: { initialDelay: 1_000, jitter: 0 },
    });
    listen('all', pool.statuses$(['a', 'b', 'c']));
    const [, second, third, fourth, fifth, sixth] = run().requests().map(atOf);
    // each 100 ms after its request
    expect([second, third, fourth]).toEqual([1_100, 3_200, 7_300]);
    expect(sixth! - fifth!).toBe(1_100);
  });

  test('counts the 429s of one moment as one', () => {
    const { pool, listen, run } = poolDesk(inOrder(429, 429, 429, 429), {
      maxConcurrent: 4,
      retry: { initialDelay: 1_000, jitter: 0 },
    });
    listen('all', pool.statuses$(['a', 'b', 'c', 'd', 'e']));
    expect(run().requests()[4]).toBe('1100 asks e');
  });

  test('is lengthened by a longer Retry-After, and not shortened by a shorter one', () => {
    const { pool, listen, run } = poolDesk(
      inOrder(
        { say: 429, after: 100, retryAfter: 2_000 },
        { say: 429, after: 200, retryAfter: 5_000 },
        { say: 429, after: 300, retryAfter: 1_000 },
      ),
      { maxConcurrent: 3 },
    );
    listen('all', pool.statuses$(['a', 'b', 'c', 'd']));
    expect(run().requests()[3]).toBe('5200 asks d');
  });

  test('over maxRetryAfter is none: the task that is told so ends, the others hear it themselves', () => {
    const { pool, listen, run } = poolDesk(inOrder({ say: 429, retryAfter: 300_001 }), {
      maxConcurrent: 1,
    });
    listen('all', pool.statuses$(['a', 'b']));
    expect(run().log).toEqual([
      '0 asks a',
      '100 all: a rate-limited',
      '100 asks b',
      '200 all: b finished',
      '200 all: complete',
    ]);
  });

  test('waits without a timer once nobody waits, and still holds who comes back', () => {
    const { pool, listen, at, run, scheduler } = poolDesk({ a: [{ say: 429, retryAfter: 5_000 }] });
    const one = listen('one', pool.status$('a'));
    at(1_000, () => {
      one.unsubscribe();
      expect(scheduler.actions.filter(({ delay }) => delay !== 2_000)).toHaveLength(0);
    });
    at(2_000, () => listen('two', pool.status$('b')));
    expect(run().requests()).toEqual(['0 asks a', '5100 asks b']);
  });

  test('a clock that jumps ends no hold late', () => {
    const { pool, listen, at, run, scheduler } = poolDesk(
      inOrder({ say: 429, retryAfter: 5_000 }),
      {
        maxConcurrent: 1,
      },
    );
    let jump = 0;
    const { now } = scheduler;
    scheduler.now = () => now.call(scheduler) + jump;
    listen('all', pool.statuses$(['a', 'b']));
    at(1_000, () => (jump = -3_600_000));
    expect(run().requests()).toHaveLength(3);
    expect(scheduler.frame).toBeLessThan(12_000);
  });

  test('a random that throws ends its task and not the pool', () => {
    const random = () => {
      throw new Error('no chance');
    };
    const { pool, listen, run } = poolDesk(inOrder(429), {
      maxConcurrent: 1,
      retry: { initialDelay: 200, jitter: 0.5, random },
    });
    listen('all', pool.statuses$(['a', 'b']));
    expect(run().told('all')).toEqual([
      '100 all: a Error: no chance',
      '400 all: b finished',
      '400 all: complete',
    ]);
  });
});

describe('after a hold', () => {
  test('requests leave one by one, ever closer, over the base of the retry formula', () => {
    const ids = Array.from({ length: 100 }, (_, task) => `task_${task}`);
    const { pool, listen, run } = poolDesk(inOrder({ say: 429, after: 0, retryAfter: 1_000 }), {
      maxConcurrent: 1,
      retry: { initialDelay: 800, jitter: 0 },
    });
    listen('first', pool.status$('first'));
    listen('all', pool.statuses$(ids));
    const left = run().requests().slice(1, 50).map(atOf);
    expect(left[0]).toBe(1_000);
    const gaps = left.slice(1).map((at, index) => at - left[index]!);
    // each answer takes 100 ms, which is longer than all gaps but the first
    expect(gaps[0]).toBe(100);
    const wide = poolDesk(inOrder({ say: 429, after: 0, retryAfter: 1_000 }), {
      maxConcurrent: Infinity,
      retry: { initialDelay: 800, jitter: 0 },
    });
    wide.at(10, () => wide.listen('all', wide.pool.statuses$(ids)));
    wide.listen('first', wide.pool.status$('first'));
    const spread = wide.run().requests().slice(1).map(atOf);
    const steps = spread.slice(1).map((at, index) => at - spread[index]!);
    expect(steps.slice(0, 4)).toEqual([100, 87.5, 76.5625, 66.9921875]);
    // 800 ms in all, but for the gaps of less than 1 ms at the end
    expect(spread.at(-2)! - 1_000).toBeGreaterThan(790);
    expect(spread.at(-2)! - 1_000).toBeLessThan(800);
  });

  prop.prop([poolHistory()], runs(300))(
    'no two requests leave at once before the spread is over',
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
        // the first two after any hold lie apart
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

test('a hold that asks for nothing does not cut the spread of the one before it short', () => {
  const { pool, listen, run } = poolDesk(inOrder(429, { say: 429, after: 0, retryAfter: 0 }), {
    maxConcurrent: 1,
    retry: { initialDelay: 800, jitter: 0 },
  });
  listen('all', pool.statuses$(['a', 'b', 'c']));
  expect(run().requests().slice(1, 3)).toEqual(['900 asks b', '1000 asks c']);
});

describe('maxRetries', () => {
  test('is not used up by what was refused because of the hold', () => {
    const { pool, listen, run } = poolDesk(inOrder(429, 429, 429, 429), {
      maxConcurrent: 4,
      retry: { maxRetries: 1, initialDelay: 200, jitter: 0 },
    });
    listen('all', pool.statuses$(['a', 'b', 'c', 'd']));
    const { told } = run();
    expect(told('all').filter((line) => line.includes('finished'))).toHaveLength(4);
  });

  test('is used up by what causes a hold, so a task alone ends as it would without a pool', () => {
    const { pool, listen, run } = poolDesk({ a: Array<Reply>(20).fill(429) });
    listen('one', pool.status$('a'));
    const { told, requests } = run();
    expect(requests()).toHaveLength(11);
    expect(told('one')[0]).toContain('error rate-limited');
  });

  test('is used up by other failures during a hold', () => {
    const { pool, listen, run } = poolDesk(
      inOrder({ say: 429, retryAfter: 1_000 }, { say: 503, after: 200, retryAfter: 1_000 }),
      { maxConcurrent: 2, retry: { maxRetries: 0 } },
    );
    listen('b', pool.statuses$(['a', 'b']));
    const { told } = run();
    expect(told('b').slice(0, 2)).toEqual(['100 b: a rate-limited', '200 b: b http']);
  });

  /** A server that takes so many requests in a window, and says when the next one begins. */
  const limited = fc.record({
    allowed: fc.integer({ min: 5, max: 20 }),
    window: fc.constantFrom(500, 1_000, 3_000),
    tellsWhen: fc.boolean(),
    tasks: fc.integer({ min: 10, max: 60 }),
    polls: fc.integer({ min: 1, max: 6 }),
    maxConcurrent: fc.integer({ min: 1, max: 16 }),
    latency: fc.constantFrom(5, 50, 200),
    random: fc.constantFrom(0, 0.3, 0.9),
  });
  prop.prop([limited], runs(100))(
    'no task ends with a RateLimitError because of a hold that the whole pool shares',
    ({ allowed, window, tellsWhen, tasks, polls, maxConcurrent, latency, random }) => {
      const used = new Map<number, number>();
      const good = new Map<string, number>();
      const { pool, run, scheduler } = poolDesk(
        (task) => {
          const now = scheduler.now();
          const present = Math.floor(now / window);
          const count = (used.get(present) ?? 0) + 1;
          used.set(present, count);
          if (count > allowed) {
            const retryAfter = (present + 1) * window - now;
            const after = latency;
            return tellsWhen
              ? { say: 429, after, retryAfter: Math.ceil(retryAfter) }
              : { say: 429, after };
          }
          const nth = (good.get(task) ?? 0) + 1;
          good.set(task, nth);
          return { say: nth > polls ? 'finished' : 'running', after: latency };
        },
        { maxConcurrent, backoff: { random: () => random }, retry: { random: () => random } },
      );
      const ids = Array.from({ length: tasks }, (_, task) => `task_${task}`);
      const told: unknown[] = [];
      pool.statuses$(ids).subscribe(({ status, error }) => told.push(status ?? error));
      run();
      const finished = told.filter((what) => what === 'finished');
      expect(told.filter((what) => typeof what !== 'string')).toEqual([]);
      expect(finished).toHaveLength(tasks);
    },
  );

  test('the poll of a refused task says when it comes back, which is not before the hold is over', () => {
    const { pool, run } = poolDesk(inOrder({ say: 429, retryAfter: 3_000 }));
    const polls: TaskPoll[] = [];
    pool.polls$('a').subscribe((poll) => polls.push(poll));
    run();
    expect(polls[0]).toMatchObject({ attempt: 1, nextDelay: 3_000 });
    expect(polls[1]).toMatchObject({ attempt: 2, at: 3_100, status: 'finished' });
  });
});
