import { Subject, Subscription, takeUntil } from 'rxjs';
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

const IDLE = { watching: 0, queued: 0, inFlight: 0, requests: 0, errors: 0 };

describe('stats$', () => {
  test('emits the present figures at once, then each change', () => {
    const harness = createPoolHarness({ b: [503, 'finished'] }, { maxConcurrent: 1 });
    const { stats } = watchStats(harness);
    harness.observe('all', harness.pool.statuses$(['a', 'b']));
    harness.run();
    expect(stats).toEqual([
      [0, IDLE],
      [0, { watching: 1, queued: 0, inFlight: 0, requests: 0, errors: 0 }],
      [0, { watching: 1, queued: 0, inFlight: 1, requests: 1, errors: 0 }],
      [0, { watching: 2, queued: 0, inFlight: 1, requests: 1, errors: 0 }],
      [0, { watching: 2, queued: 1, inFlight: 1, requests: 1, errors: 0 }],
      [100, { watching: 1, queued: 1, inFlight: 0, requests: 1, errors: 0 }],
      [100, { watching: 1, queued: 0, inFlight: 1, requests: 2, errors: 0 }],
      [200, { watching: 1, queued: 0, inFlight: 0, requests: 2, errors: 1 }],
      [400, { watching: 1, queued: 0, inFlight: 1, requests: 3, errors: 1 }],
      [500, { watching: 0, queued: 0, inFlight: 0, requests: 3, errors: 1 }],
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
    expect(before).toStrictEqual({ ...IDLE, watching: 1, requests: 1, errors: 1 });
  });

  test('has heldUntil during a cooldown, and emits when it ends', () => {
    const harness = createPoolHarness({ a: [{ answer: 429, retryAfter: 3_000 }] });
    const { stats } = watchStats(harness);
    const one = harness.observe('one', harness.pool.status$('a'));
    harness.at(1_000, () => one.unsubscribe());
    harness.run();
    const counted = { watching: 1, queued: 0, inFlight: 0, requests: 1, errors: 1 };
    expect(stats.slice(3)).toEqual([
      [100, { ...counted, heldUntil: 3_100 }],
      [1_000, { ...counted, watching: 0, heldUntil: 3_100 }],
      // although nothing is queued and nothing watched
      [3_100, { ...counted, watching: 0 }],
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

test.each(['watching', 'queued', 'inFlight', 'requests', 'errors', 'heldUntil'])(
  'stats with another figure for %s are not the same',
  (name) => {
    const figures = { watching: 1, queued: 2, inFlight: 3, requests: 4, errors: 5, heldUntil: 6 };
    expect(isSameStats(figures, { ...figures })).toBe(true);
    expect(isSameStats(figures, { ...figures, [name]: 7 })).toBe(false);
  },
);
