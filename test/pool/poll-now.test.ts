import { Subject } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { createPoolHarness } from '../support/pool-harness.js';

// A pool of the harness polls each second, and an answer takes 100 ms.

describe('pool.pollNow()', () => {
  test('ends the poll delay of one task', () => {
    const { pool, observe, at, run } = createPoolHarness({ a: ['running'], b: ['running'] });
    observe('many', pool.statuses$(['a', 'b']));
    at(500, () => pool.pollNow('a'));
    expect(run().requests()).toEqual([
      '0 request a',
      '0 request b',
      '500 request a',
      '1100 request b',
    ]);
  });

  test('without a task id ends the poll delays of all tasks, in the order in which they were added', () => {
    const { pool, observe, at, run } = createPoolHarness(() => 'running');
    observe('one', pool.status$('a'));
    at(50, () => observe('many', pool.statuses$(['c', 'b'])));
    at(500, () => pool.pollNow());
    at(700, () => pool.close());
    expect(run().requests()).toEqual([
      '0 request a',
      '50 request c',
      '50 request b',
      '500 request a',
      '500 request c',
      '500 request b',
    ]);
  });

  test('sends a request at least 250 ms after the previous one', () => {
    const { pool, observe, at, run } = createPoolHarness({ a: ['running', 'running'] });
    observe('one', pool.status$('a'));
    at(110, () => pool.pollNow('a'));
    for (const ms of [360, 370, 380]) at(ms, () => pool.pollNow('a'));
    expect(run().requests()).toEqual(['0 request a', '250 request a', '500 request a']);
  });

  test('during a request removes the delay after it, once', () => {
    const { pool, observe, at, run } = createPoolHarness({ a: ['running', 'running'] });
    observe('one', pool.status$('a'));
    for (const ms of [10, 20, 30]) at(ms, () => pool.pollNow());
    expect(run().requests()).toEqual(['0 request a', '250 request a', '1350 request a']);
  });

  test('does not end the delay before a retry', () => {
    const { pool, observe, at, run } = createPoolHarness(
      { a: [503] },
      { retry: { initialDelay: 800, jitter: 0 } },
    );
    observe('one', pool.status$('a'));
    at(500, () => pool.pollNow('a'));
    expect(run().requests()).toEqual(['0 request a', '900 request a']);
  });

  test('does not shorten what the server asked for', () => {
    const { pool, observe, at, run } = createPoolHarness({
      a: [{ answer: 'running', retryAfter: 700 }],
    });
    observe('one', pool.status$('a'));
    at(300, () => pool.pollNow('a'));
    expect(run().requests()).toEqual(['0 request a', '800 request a']);
  });

  test('waits for the end of a cooldown', () => {
    const { pool, observe, at, run } = createPoolHarness({
      a: ['running'],
      b: ['running', { answer: 429, retryAfter: 2_000 }],
    });
    observe('a', pool.status$('a', { backoff: { initialDelay: 5_000, maxDelay: 5_000 } }));
    observe('b', pool.status$('b'));
    at(1_500, () => pool.pollNow('a'));
    expect(run().requests().slice(2, 4)).toEqual(['1100 request b', '3200 request a']);
  });

  test('sends at most maxConcurrent requests at a time, first in, first out', () => {
    const { pool, observe, at, run } = createPoolHarness(() => 'running', { maxConcurrent: 2 });
    observe('many', pool.statuses$(['a', 'b', 'c', 'd']));
    at(700, () => pool.pollNow());
    at(850, () => pool.close());
    expect(run().requests().slice(4)).toEqual([
      '700 request a',
      '700 request b',
      '800 request c',
      '800 request d',
      '850 abort c',
      '850 abort d',
    ]);
  });

  test('does nothing for a task whose request is queued', () => {
    const { pool, observe, at, run } = createPoolHarness(() => 'running', { maxConcurrent: 1 });
    observe('many', pool.statuses$(['a', 'b']));
    at(50, () => pool.pollNow('b'));
    at(1_000, () => pool.close());
    expect(run().requests()).toEqual(['0 request a', '100 request b']);
  });

  test('does nothing in a pause, also not after it', () => {
    const pauseWhile = new Subject<boolean>();
    const { pool, observe, at, run } = createPoolHarness({ a: ['running'] }, { pauseWhile });
    observe('one', pool.status$('a'));
    at(200, () => pauseWhile.next(true));
    at(300, () => pool.pollNow());
    at(5_000, () => pauseWhile.next(false));
    expect(run().requests()).toEqual(['0 request a', '5000 request a']);
  });

  test('does nothing for a task that is not being watched, has ended, or was unsubscribed from', () => {
    const { pool, observe, at, run, scheduler } = createPoolHarness({ gone: ['running'] });
    // keeps that `ended` has ended
    observe('many', pool.statuses$(['ended', 'silent']));
    const gone = observe('gone', pool.status$('gone'));
    at(200, () => {
      gone.unsubscribe();
      for (const id of ['ended', 'gone', 'unknown']) pool.pollNow(id);
      pool.pollNow();
      expect(scheduler.actions).toHaveLength(0);
    });
    expect(run().requests()).toHaveLength(3);
  });

  test('does nothing during subscribe', () => {
    const { pool, observe, at, run } = createPoolHarness(() => ({
      answer: 'running',
      latency: -1,
    }));
    pool.allPolls$.subscribe(() => pool.pollNow());
    observe('one', pool.status$('a'));
    at(900, () => pool.close());
    expect(run().requests()).toEqual(['0 request a']);
  });

  test('inside a next callback takes effect after the answer', () => {
    const { pool, observe, at, run } = createPoolHarness(() => 'running');
    pool.allPolls$.subscribe(() => pool.pollNow('a'));
    observe('one', pool.status$('a'));
    at(600, () => pool.close());
    expect(run().requests()).toEqual([
      '0 request a',
      '250 request a',
      '500 request a',
      '600 abort a',
    ]);
  });

  test('does nothing after close(), and while the pool closes', () => {
    const { pool, observe, at, run, scheduler } = createPoolHarness(() => 'running');
    const pollNow = () => pool.pollNow();
    pool.statuses$(['a']).subscribe({ complete: pollNow });
    pool.allPolls$.subscribe({ complete: pollNow });
    observe('b', pool.status$('b'));
    at(500, () => {
      pool.close();
      pool.pollNow();
      pool.pollNow('b');
      expect(scheduler.actions).toHaveLength(0);
    });
    expect(run().requests()).toEqual(['0 request a', '0 request b']);
  });

  test('does not poll a task that is added while an answer is handled', () => {
    const { pool, observe, at, run } = createPoolHarness((task, nth) =>
      task === 'a' && nth === 1 ? { answer: 'paused', latency: -1 } : 'running',
    );
    pool.status$('a').subscribe((status) => {
      if (status === 'paused') observe('b', pool.status$('b'));
    });
    at(500, () => pool.pollNow());
    at(1_400, () => pool.close());
    expect(run().requests()).toEqual(['0 request a', '500 request a', '500 request b']);
  });

  test('throws for an invalid task id, also after close()', () => {
    const { pool } = createPoolHarness({});
    const misuse = () => {
      for (const taskId of ['', '.', '..', '\ud800', 5 as never, null as never]) {
        expect(() => pool.pollNow(taskId)).toThrow(TypeError);
        expect(() => pool.pollNow(taskId)).toThrow(/^taskId must be/);
      }
    };
    misuse();
    pool.close();
    misuse();
  });

  test('adds to the pollNow option of the pool or of the task, and leaves no listener', () => {
    const ofPool = new Subject<void>();
    const ofTask = new Subject<void>();
    const { pool, observe, at, run } = createPoolHarness(() => 'running', { pollNow: ofPool });
    const watches = [
      observe('a', pool.status$('a')),
      observe('b', pool.status$('b', { pollNow: ofTask })),
    ];
    at(400, () => pool.pollNow());
    at(700, () => ofPool.next());
    at(800, () => ofTask.next());
    at(1_100, () => pool.pollNow('b'));
    at(1_250, () => {
      expect([ofPool.observed, ofTask.observed]).toEqual([true, true]);
      for (const watch of watches) watch.unsubscribe();
      expect([ofPool.observed, ofTask.observed]).toEqual([false, false]);
    });
    expect(run().requests()).toEqual([
      '0 request a',
      '0 request b',
      '400 request a',
      '400 request b',
      '700 request a',
      '800 request b',
      '1100 request b',
    ]);
  });

  test('lets a task whose status has not changed wait as long as before', () => {
    const { pool, observe, at, run } = createPoolHarness(
      { a: ['running', 'running'] },
      {
        backoff: { initialDelay: 1_000, factor: 2, maxDelay: 10_000, jitter: 0 },
      },
    );
    observe('one', pool.status$('a'));
    at(500, () => pool.pollNow('a'));
    // it counts in the backoff like any other poll
    expect(run().requests()).toEqual(['0 request a', '500 request a', '2600 request a']);
  });
});
