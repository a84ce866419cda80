import { Subject, Subscription, takeUntil } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { createTaskStatusPool, type TaskStatusPoolStats } from 'rxjs-task-status';
import { describe, expect, test } from 'vitest';
import { poolDesk } from '../support/pool-desk.js';

/** What `stats$` told, and when. */
function watchStats(
  { pool, scheduler }: ReturnType<typeof poolDesk>,
  stats: [ms: number, stats: TaskStatusPoolStats][] = [],
) {
  const subscription = pool.stats$.subscribe((told) => stats.push([scheduler.now(), told]));
  return { stats, subscription };
}

const NOTHING = { watching: 0, queued: 0, inFlight: 0, requests: 0, errors: 0 };

describe('stats$', () => {
  test('tells how things are at once, and goes on after each change', () => {
    const desk = poolDesk({ b: [503, 'finished'] }, { maxConcurrent: 1 });
    const { stats } = watchStats(desk);
    desk.listen('all', desk.pool.statuses$(['a', 'b']));
    desk.run();
    expect(stats).toEqual([
      [0, NOTHING],
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

  test('tells nothing twice in a row', () => {
    const desk = poolDesk({}, { maxConcurrent: 1 });
    const { stats } = watchStats(desk);
    desk.listen('one', desk.pool.status$('a'));
    desk.listen('two', desk.pool.status$('a'));
    desk.run();
    const lines = stats.map(([, told]) => JSON.stringify(told));
    expect(lines.filter((line, index) => line === lines[index - 1])).toEqual([]);
  });

  test('counts every poll with an error, the one that ends a task too', () => {
    const desk = poolDesk({ a: [503, 404] });
    const { stats } = watchStats(desk);
    desk.listen('one', desk.pool.status$('a'));
    desk.run();
    expect(stats.at(-1)?.[1]).toEqual({ ...NOTHING, requests: 2, errors: 2 });
  });

  test('tells of a failure before its retry, and has no heldUntil where there is no hold', () => {
    const desk = poolDesk({ a: [503] });
    const { stats } = watchStats(desk);
    desk.listen('one', desk.pool.status$('a'));
    desk.run();
    const before = stats.filter(([ms]) => ms <= 100).at(-1)?.[1];
    expect(before).toStrictEqual({ ...NOTHING, watching: 1, requests: 1, errors: 1 });
  });

  test('says until when the server wants to be left alone, and when that is over', () => {
    const desk = poolDesk({ a: [{ say: 429, retryAfter: 3_000 }] });
    const { stats } = watchStats(desk);
    const one = desk.listen('one', desk.pool.status$('a'));
    desk.at(1_000, () => one.unsubscribe());
    desk.run();
    const counted = { watching: 1, queued: 0, inFlight: 0, requests: 1, errors: 1 };
    expect(stats.slice(3)).toEqual([
      [100, { ...counted, heldUntil: 3_100 }],
      [1_000, { ...counted, watching: 0, heldUntil: 3_100 }],
      // with nobody in the queue, and nobody watched
      [3_100, { ...counted, watching: 0 }],
    ]);
  });

  test('has no heldUntil in the gaps of the spread', () => {
    const desk = poolDesk(
      { a: [{ say: 429, retryAfter: 1_000 }] },
      { maxConcurrent: 1, retry: { initialDelay: 800, jitter: 0 } },
    );
    const { stats } = watchStats(desk);
    desk.listen('all', desk.pool.statuses$(['a', 'b', 'c', 'd']));
    desk.run();
    const held = stats.filter(([, { heldUntil }]) => heldUntil !== undefined);
    expect(held.map(([ms]) => ms)).toEqual([100]);
  });

  test('keeps no timer for who does not look any more, nor one before', () => {
    const desk = poolDesk({ a: [{ say: 429, retryAfter: 3_000 }] });
    const watches = new Subscription();
    watches.add(desk.listen('one', desk.pool.status$('a')));
    desk.at(200, () => {
      watches.unsubscribe();
      const timers = () => desk.scheduler.actions.length;
      expect(timers()).toBe(0);
      const { subscription } = watchStats(desk);
      expect(timers()).toBe(1);
      subscription.unsubscribe();
      expect(timers()).toBe(0);
    });
    desk.run();
  });

  test('may be looked at by who ends what it tells of', () => {
    const { pool, listen, run } = poolDesk(() => 'finished', { maxConcurrent: 2 });
    const leave$ = new Subject<void>();
    pool.stats$.subscribe(({ watching }) => {
      if (watching === 2) leave$.next();
    });
    listen('one', pool.status$('a').pipe(takeUntil(leave$)));
    // it is left when it is told of, before its first request
    listen('two', pool.status$('b').pipe(takeUntil(leave$)));
    listen('three', pool.status$('c'));
    expect(run().requests()).toEqual(['0 asks a', '0 aborts a', '0 asks c']);
  });

  test('is told in the virtual time of TestScheduler.run() without a scheduler of its own', () => {
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
