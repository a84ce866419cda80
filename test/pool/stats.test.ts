import { Subject, Subscription, takeUntil, VirtualTimeScheduler } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { createTaskStatusPool, type TaskStatusPoolStats } from 'rxjs-task-status';
import { describe, expect, test } from 'vitest';
import { isSameStats } from '../../src/pool/stats.js';
import { createPoolHarness } from '../support/pool-harness.js';

/** What `stats$` emits, and when. */
function watchStats(
  { pool, scheduler }: ReturnType<typeof createPoolHarness>,
  stats: [ms: number, stats: TaskStatusPoolStats][] = [],
) {
  const subscription = pool.stats$.subscribe((received) => stats.push([scheduler.now(), received]));
  return { stats, subscription };
}

const IDLE = { watching: 0, queued: 0, inFlight: 0, requests: 0, errors: 0, failing: 0 };

describe('stats$', () => {
  test('emits the present figures at once, then each change', () => {
    const harness = createPoolHarness({ b: [503, 'finished'] }, { maxConcurrent: 1 });
    const { stats } = watchStats(harness);
    harness.observe('all', harness.pool.statuses$(['a', 'b']));
    harness.run();
    const answered = { lastAnswerAt: 100 };
    expect(stats).toEqual([
      [0, IDLE],
      [0, { ...IDLE, watching: 1 }],
      [0, { ...IDLE, watching: 1, inFlight: 1, requests: 1 }],
      [0, { ...IDLE, watching: 2, inFlight: 1, requests: 1 }],
      [0, { ...IDLE, watching: 2, queued: 1, inFlight: 1, requests: 1 }],
      [100, { ...IDLE, ...answered, watching: 1, queued: 1, requests: 1 }],
      [100, { ...IDLE, ...answered, watching: 1, inFlight: 1, requests: 2 }],
      [200, { ...IDLE, ...answered, watching: 1, requests: 2, errors: 1, failing: 1 }],
      [400, { ...IDLE, ...answered, watching: 1, inFlight: 1, requests: 3, errors: 1, failing: 1 }],
      [500, { ...IDLE, watching: 0, requests: 3, errors: 1, lastAnswerAt: 500 }],
    ]);
  });

  test('never emits the same figures twice in a row', () => {
    const harness = createPoolHarness({}, { maxConcurrent: 1 });
    const { stats } = watchStats(harness);
    harness.observe('one', harness.pool.status$('a'));
    harness.observe('two', harness.pool.status$('a'));
    harness.run();
    const lines = stats.map(([, received]) => JSON.stringify(received));
    expect(lines.filter((line, index) => line === lines[index - 1])).toEqual([]);
  });

  test('counts every poll with an error, also the one that ends a task', () => {
    const harness = createPoolHarness({ a: [503, 404] });
    const { stats } = watchStats(harness);
    harness.observe('one', harness.pool.status$('a'));
    harness.run();
    expect(stats.at(-1)?.[1]).toEqual({ ...IDLE, requests: 2, errors: 2 });
  });

  test('counts a failure before its retry, and has no heldUntil without a cooldown', () => {
    const harness = createPoolHarness({ a: [503] });
    const { stats } = watchStats(harness);
    harness.observe('one', harness.pool.status$('a'));
    harness.run();
    const before = stats.filter(([ms]) => ms <= 100).at(-1)?.[1];
    expect(before).toStrictEqual({ ...IDLE, watching: 1, requests: 1, errors: 1, failing: 1 });
  });

  test('has heldUntil during a cooldown, and emits when it ends', () => {
    const harness = createPoolHarness({ a: [{ answer: 429, retryAfter: 3_000 }] });
    const { stats } = watchStats(harness);
    const one = harness.observe('one', harness.pool.status$('a'));
    harness.at(1_000, () => one.unsubscribe());
    harness.run();
    const counted = { ...IDLE, requests: 1, errors: 1 };
    expect(stats.slice(3)).toEqual([
      [100, { ...counted, watching: 1, failing: 1, heldUntil: 3_100 }],
      [1_000, { ...counted, heldUntil: 3_100 }],
      // although nothing is queued and nothing watched
      [3_100, counted],
    ]);
  });

  test('has no heldUntil in the gaps after a cooldown', () => {
    const harness = createPoolHarness(
      { a: [{ answer: 429, retryAfter: 1_000 }] },
      { maxConcurrent: 1, retry: { initialDelay: 800, jitter: 0 } },
    );
    const { stats } = watchStats(harness);
    harness.observe('all', harness.pool.statuses$(['a', 'b', 'c', 'd']));
    harness.run();
    const held = stats.filter(([, { heldUntil }]) => heldUntil !== undefined);
    expect(held.map(([ms]) => ms)).toEqual([100]);
  });

  test('needs a timer only while it has a subscriber', () => {
    const harness = createPoolHarness({ a: [{ answer: 429, retryAfter: 3_000 }] });
    const watches = new Subscription();
    watches.add(harness.observe('one', harness.pool.status$('a')));
    harness.at(200, () => {
      watches.unsubscribe();
      const timers = () => harness.scheduler.actions.length;
      expect(timers()).toBe(0);
      const { subscription } = watchStats(harness);
      expect(timers()).toBe(1);
      subscription.unsubscribe();
      expect(timers()).toBe(0);
    });
    harness.run();
  });

  test('may end a watch inside its next callback', () => {
    const { pool, observe, run } = createPoolHarness(() => 'finished', { maxConcurrent: 2 });
    const stop$ = new Subject<void>();
    pool.stats$.subscribe(({ watching }) => {
      if (watching === 2) stop$.next();
    });
    observe('one', pool.status$('a').pipe(takeUntil(stop$)));
    // it is unsubscribed when stats$ counts it, before its first request
    observe('two', pool.status$('b').pipe(takeUntil(stop$)));
    observe('three', pool.status$('c'));
    expect(run().requests()).toEqual(['0 request a', '0 abort a', '0 request c']);
  });

  test('a pool runs in TestScheduler.run() without a scheduler option', () => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(
      ({ cold, expectObservable }) => {
        const response = { status: 200, headers: { get: () => null }, body: '"finished"' };
        const pool = createTaskStatusPool({
          maxConcurrent: 1,
          transport: () => cold('100ms (r|)', { r: response }),
        });
        expectObservable(pool.statuses$(['a', 'b'])).toBe('100ms a 99ms (b|)', {
          a: { taskId: 'a', status: 'finished' },
          b: { taskId: 'b', status: 'finished' },
        });
      },
    );
  });
});

describe('failing', () => {
  /** The values of `failing`, with their times. */
  const failingOf = (harness: ReturnType<typeof createPoolHarness>) => {
    const { stats } = watchStats(harness);
    return () =>
      stats
        .map(([ms, { failing }]) => [ms, failing])
        .filter(([, failing], index, all) => failing !== all[index - 1]?.[1]);
  };

  test('counts the tasks whose latest answer was a failure, until the next good answer', () => {
    const harness = createPoolHarness({
      a: [503, 429, 'finished'],
      b: ['running', 500, 'finished'],
    });
    const failing = failingOf(harness);
    harness.observe('many', harness.pool.statuses$(['a', 'b']));
    harness.run();
    const values = failing().map(([, count]) => count);
    expect(values).toEqual([0, 1, 2, 1, 0]);
  });

  test('does not count a task whose watch has ended or was unsubscribed from', () => {
    const harness = createPoolHarness({ a: [404], b: [503, 'silence'], c: ['silence'] });
    const failing = failingOf(harness);
    harness.observe('many', harness.pool.statuses$(['a', 'c']));
    const b = harness.observe('b', harness.pool.status$('b'));
    harness.at(1_000, () => b.unsubscribe());
    harness.at(2_000, () => harness.pool.close());
    harness.run();
    expect(failing()).toEqual([
      [0, 0],
      [100, 1],
      [1_000, 0],
    ]);
  });

  test('does not count an ignored word, nor a 404 within notFoundGrace, which are good answers', () => {
    const harness = createPoolHarness(
      { a: [503, 'archiving'], b: [404, 404] },
      { unknownStatus: 'ignore', notFoundGrace: 500 },
    );
    const failing = failingOf(harness);
    harness.observe('many', harness.pool.statuses$(['a', 'b']));
    harness.at(450, () => {
      expect(harness.pool.stats()).toMatchObject({ errors: 3, failing: 0, lastAnswerAt: 400 });
    });
    harness.run();
    expect(failing()).toEqual([
      [0, 0],
      [100, 1],
      [400, 0],
    ]);
    // the second 404 of b comes after the grace period
    expect(harness.received('many')).toContain('1200 many: b not-found');
  });
});

describe('lastAnswerAt', () => {
  test('is when the last good answer was handled, by the clock of the pool', () => {
    const harness = createPoolHarness({ a: ['running', 503, 'running', 404] });
    const { pool, at } = harness;
    expect(pool.stats()).not.toHaveProperty('lastAnswerAt');
    const other = { scheduler: new VirtualTimeScheduler() };
    harness.observe('one', pool.status$('a'));
    const expected = [
      [50, undefined],
      [150, 100],
      // a failure does not count
      [1_300, 100],
      [1_600, 1_500],
      [3_000, 1_500],
    ] as const;
    for (const [ms, lastAnswerAt] of expected) {
      at(ms, () => expect(pool.stats().lastAnswerAt).toBe(lastAnswerAt));
    }
    at(4_000, () => {
      other.scheduler.frame = 99;
      pool.status$('b', other).subscribe();
    });
    harness.run();
    expect(pool.stats().lastAnswerAt).toBe(4_100);
  });

  test('does not go back when a task ends', () => {
    const harness = createPoolHarness({});
    harness.observe('one', harness.pool.status$('a'));
    harness.run();
    expect(harness.pool.stats()).toEqual({ ...IDLE, requests: 1, lastAnswerAt: 100 });
  });
});

describe('stats()', () => {
  test('is what stats$ emits at the same moment', () => {
    const harness = createPoolHarness(
      { a: ['running', 503, { answer: 429, retryAfter: 900 }], b: [404] },
      { maxConcurrent: 1 },
    );
    const { pool } = harness;
    const pairs: [unknown, unknown][] = [];
    pool.stats$.subscribe((stats) => pairs.push([stats, pool.stats()]));
    harness.observe('many', pool.statuses$(['a', 'b', 'c']));
    harness.run();
    expect(pairs.length).toBeGreaterThan(10);
    for (const [emitted, read] of pairs) expect(read).toEqual(emitted);
  });

  test('needs no subscriber, no timer, and no open pool', () => {
    const { pool, observe, at, run, scheduler } = createPoolHarness({
      a: [{ answer: 429, retryAfter: 500 }, 'running'],
    });
    observe('one', pool.status$('a'));
    const counted = { ...IDLE, watching: 1, requests: 1, errors: 1, failing: 1 };
    at(200, () => {
      const timers = scheduler.actions.length;
      expect(pool.stats()).toEqual({ ...counted, heldUntil: 600 });
      expect(scheduler.actions).toHaveLength(timers);
    });
    at(5_000, () => pool.close());
    run();
    expect(pool.stats()).toMatchObject({ watching: 0, queued: 0, inFlight: 0, failing: 0 });
  });
});

test('a good answer adds no emission of stats$: inFlight changes at the same moment', () => {
  const harness = createPoolHarness((_, nth) => (nth < 50 ? 'running' : 'finished'));
  const { stats } = watchStats(harness);
  harness.observe('one', harness.pool.status$('a'));
  harness.run();
  // one at first, one for the start, and two for each request
  expect(stats).toHaveLength(2 + 2 * 51);
});

const FIGURES: TaskStatusPoolStats = {
  watching: 1,
  queued: 2,
  inFlight: 3,
  requests: 4,
  errors: 5,
  failing: 6,
  lastAnswerAt: 7,
  heldUntil: 8,
};

test.each(Object.keys(FIGURES))('stats with another figure for %s are not the same', (name) => {
  expect(isSameStats(FIGURES, { ...FIGURES })).toBe(true);
  expect(isSameStats(FIGURES, { ...FIGURES, [name]: 9 })).toBe(false);
});
