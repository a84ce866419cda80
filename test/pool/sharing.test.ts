import { getEventListeners } from 'node:events';
import { BehaviorSubject, repeat, retry, Subject, take, VirtualTimeScheduler } from 'rxjs';
import { createTaskStatusPool } from 'rxjs-task-status';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { describe, expect, test } from 'vitest';
import { createPoolHarness } from '../support/pool-harness.js';
import { poolHistory } from '../support/pool-history.js';
import { runPool } from '../support/pool-run.js';
import { test as prop } from '../support/property.js';
import { runs } from '../support/runs.js';

describe('a task', () => {
  prop.prop([poolHistory()], runs(300))(
    'never has two requests in flight, for any number of subscribers',
    (history) => {
      const away = new Map<string, boolean>();
      for (const [, what, task] of runPool(history)) {
        if (what === 'request') {
          expect(away.get(task)).not.toBe(true);
          away.set(task, true);
        } else if (what === 'answer' || what === 'abort') away.set(task, false);
      }
    },
  );

  test('is not requested before the first subscription', () => {
    const { pool, run } = createPoolHarness({ a: ['running'] });
    pool.status$('a');
    pool.polls$('a');
    pool.statuses$(['a']);
    expect(run().log).toEqual([]);
  });

  test('is first requested during subscribe', () => {
    const { pool, log, observe } = createPoolHarness({ a: ['running'] });
    observe('one', pool.status$('a'));
    expect(log).toEqual(['0 request a']);
  });

  test('has the same requests for status$, polls$ and statuses$', () => {
    const { pool, observe, run } = createPoolHarness({ a: ['running', 503, 'finished'] });
    observe('status', pool.status$('a'));
    observe('polls', pool.polls$('a'));
    observe('many', pool.statuses$(['a']));
    expect(run().log).toEqual([
      '0 request a',
      '100 status: running',
      '100 polls: a 1 running',
      '100 many: a running',
      '1100 request a',
      '1200 polls: a 2 http',
      '1400 request a',
      '1500 status: finished',
      '1500 polls: a 3 finished',
      '1500 many: a finished',
      '1500 status: complete',
      '1500 polls: complete',
      '1500 many: complete',
    ]);
  });

  test('is watched with the options of its first subscriber', () => {
    const { pool, observe, run } = createPoolHarness({ a: ['running', 'finished'] });
    observe('slow', pool.status$('a', { backoff: { initialDelay: 3_000, maxDelay: 3_000 } }));
    observe('fast', pool.status$('a', { backoff: { initialDelay: 10 } }));
    expect(run().requests()).toEqual(['0 request a', '3100 request a']);
  });
});

describe('a late subscriber', () => {
  test('gets the latest status at once, then each change', () => {
    const { pool, observe, at, run } = createPoolHarness({
      a: ['created', 'running', 'running', 'finished'],
    });
    observe('early', pool.status$('a'));
    at(2_000, () => observe('late', pool.status$('a')));
    expect(run().received('late')).toEqual([
      '2000 late: running',
      '3400 late: finished',
      '3400 late: complete',
    ]);
  });

  test('gets the latest status at once also if the latest poll failed', () => {
    const { pool, observe, at, run } = createPoolHarness({ a: ['running', 503, 'finished'] });
    observe('early', pool.status$('a'));
    at(1_250, () => observe('late', pool.status$('a')));
    at(1_250, () => observe('many', pool.statuses$(['a'])));
    const { received } = run();
    expect(received('late')[0]).toBe('1250 late: running');
    expect(received('many')[0]).toBe('1250 many: a running');
  });

  test('gets the latest poll at once from polls$, also a failed one', () => {
    const { pool, observe, at, run } = createPoolHarness({ a: ['running', 503, 'finished'] });
    observe('early', pool.status$('a'));
    at(1_050, () => observe('one', pool.polls$('a')));
    at(1_250, () => observe('two', pool.polls$('a')));
    const { received } = run();
    expect(received('one')[0]).toBe('1050 one: a 1 running');
    expect(received('two')[0]).toBe('1250 two: a 2 http');
  });

  test('gets nothing before the first answer', () => {
    const { pool, observe, at, run } = createPoolHarness({ a: ['running'] });
    observe('early', pool.status$('a'));
    at(50, () => observe('late', pool.status$('a')));
    expect(run().received('late')[0]).toBe('100 late: running');
  });

  test('does not get its knownStatus until the status has changed', () => {
    const { pool, observe, at, run } = createPoolHarness({
      a: ['running', 'running', 'paused', 'finished'],
    });
    observe('early', pool.status$('a', { knownStatus: 'running' }));
    at(500, () => observe('late', pool.status$('a', { knownStatus: 'running' })));
    const { received } = run();
    expect(received('early')[0]).toBe('2300 early: paused');
    expect(received('late')[0]).toBe('2300 late: paused');
  });

  test('gets a status once if it subscribes while others are notified of it', () => {
    const { pool, observe, run, log } = createPoolHarness({ a: ['running', 'finished'] });
    pool
      .status$('a')
      .pipe(take(1))
      .subscribe(() => observe('inner', pool.status$('a')));
    observe('outer', pool.status$('a'));
    run();
    expect(log.filter((line) => line.includes('running'))).toEqual([
      '100 inner: running',
      '100 outer: running',
    ]);
  });

  test('misses no status that comes while it is notified of the latest one', () => {
    const refresh$ = new Subject<void>();
    const { pool, observe, at, run } = createPoolHarness(
      { a: ['running', { answer: 'finished', latency: -1 }] },
      { pollNow: refresh$ },
    );
    observe('early', pool.status$('a'));
    at(600, () => {
      const late$ = pool.status$('a');
      late$.subscribe((status) => {
        if (status === 'running') refresh$.next();
      });
      observe('later', late$);
    });
    expect(run().log).toEqual([
      '0 request a',
      '100 early: running',
      '600 request a',
      '600 early: finished',
      '600 early: complete',
      // this one subscribes after the end, which is not kept
      '600 request a',
      '700 later: finished',
      '700 later: complete',
    ]);
  });
});

describe('after a terminal status', () => {
  const ended = () => {
    const harness = createPoolHarness({
      a: ['finished'],
      b: ['running', 'running', 'running', 'finished'],
    });
    const many = harness.observe('many', harness.pool.statuses$(['a', 'b']));
    return { ...harness, many };
  };

  test('a late subscriber gets it from memory while an array of ids with this task is watched', () => {
    const { pool, observe, at, run } = ended();
    at(500, () => observe('status', pool.status$('a')));
    at(600, () => observe('polls', pool.polls$('a')));
    at(700, () => observe('others', pool.statuses$(['a'])));
    const { log, requests } = run();
    expect(log).toEqual(
      expect.arrayContaining([
        '500 status: finished',
        '500 status: complete',
        '600 polls: a 1 finished',
        '600 polls: complete',
        '700 others: a finished',
        '700 others: complete',
      ]),
    );
    expect(requests().filter((line) => line.endsWith('a'))).toEqual(['0 request a']);
  });

  test('a late subscriber starts a new watch if the end is not kept', () => {
    const { pool, observe, at, many, run } = ended();
    at(500, () => many.unsubscribe());
    at(600, () => observe('status', pool.status$('a')));
    expect(run().requests()).toContain('600 request a');
  });

  test('a subscription inside the complete callback starts a new watch', () => {
    const { pool, observe, run } = createPoolHarness({ a: ['finished', 'finished'] });
    observe('again', pool.status$('a').pipe(repeat(2)));
    expect(run().log).toEqual([
      '0 request a',
      '100 again: finished',
      '100 request a',
      '200 again: finished',
      '200 again: complete',
    ]);
    const other = createPoolHarness({ a: ['finished', 'finished'] });
    other.pool
      .status$('a')
      .subscribe({ complete: () => other.observe('next', other.pool.status$('a')) });
    expect(other.run().requests()).toEqual(['0 request a', '100 request a']);
  });
});

test('subscriptions inside the complete callbacks of several subscribers share a new watch', () => {
  const { pool, observe, run } = createPoolHarness({ a: ['finished', 'finished'] });
  observe('one', pool.status$('a').pipe(repeat(2)));
  observe('two', pool.status$('a').pipe(repeat(2)));
  const { log, requests } = run();
  expect(requests()).toEqual(['0 request a', '100 request a']);
  expect(log.slice(-4)).toEqual([
    '200 one: finished',
    '200 two: finished',
    '200 one: complete',
    '200 two: complete',
  ]);
});

describe('an error', () => {
  test('reaches all subscribers, after its poll', () => {
    const { pool, observe, run } = createPoolHarness({ a: [404] });
    observe('one', pool.status$('a'));
    observe('two', pool.polls$('a'));
    expect(run().log).toEqual([
      '0 request a',
      '100 two: a 1 not-found',
      '100 one: error not-found',
      '100 two: error not-found',
    ]);
  });

  test('is not kept: the next subscription starts a new watch, also inside the error callback', () => {
    const { pool, observe, at, run } = createPoolHarness({ a: [404, 404, 'finished'] });
    observe('one', pool.status$('a').pipe(retry(1)));
    observe('two', pool.status$('a'));
    at(500, () => observe('three', pool.status$('a')));
    expect(run().log).toEqual([
      '0 request a',
      '100 request a',
      '100 two: error not-found',
      '200 one: error not-found',
      '500 request a',
      '600 three: finished',
      '600 three: complete',
    ]);
  });

  test('is the same object for all subscribers, in the poll and at the end', () => {
    const { pool, run } = createPoolHarness({ a: [404] });
    const errors: unknown[] = [];
    pool.polls$('a').subscribe({
      next: ({ error }) => errors.push(error),
      error: (error: unknown) => errors.push(error),
    });
    pool.status$('a').subscribe({ error: (error: unknown) => errors.push(error) });
    run();
    expect(new Set(errors).size).toBe(1);
    expect(errors).toHaveLength(3);
  });
});

describe('the last one to unsubscribe', () => {
  test('aborts the request at once; the others do not', () => {
    const { pool, observe, at, run } = createPoolHarness({ a: ['running'] });
    const one = observe('one', pool.status$('a'));
    const two = observe('two', pool.polls$('a'));
    const many = observe('many', pool.statuses$(['a']));
    at(30, () => one.unsubscribe());
    at(40, () => two.unsubscribe());
    at(50, () => many.unsubscribe());
    expect(run().log).toEqual(['0 request a', '50 abort a']);
  });

  test('may be in its next callback; nothing follows', () => {
    const { pool, observe, run } = createPoolHarness({ a: ['created', 'running'] });
    observe('one', pool.status$('a').pipe(take(1)));
    expect(run().log).toEqual(['0 request a', '100 one: created', '100 one: complete']);
  });

  test('may be inside subscribe; nothing follows', () => {
    const { pool, observe, run } = createPoolHarness(() => ({ answer: 'created', latency: -1 }));
    observe('one', pool.status$('a').pipe(take(1)));
    observe('many', pool.statuses$(['a', 'b']).pipe(take(1)));
    expect(run().requests()).toEqual(['0 request a', '0 request a']);
  });

  test('leaves no timer and no listener', () => {
    const pauseWhile = new BehaviorSubject(false);
    const pollNow = new Subject<void>();
    const { signal } = new AbortController();
    const { pool, observe, at, run, scheduler } = createPoolHarness(
      { a: ['running'], b: [429] },
      { pauseWhile, pollNow, signal, timeout: 60_000 },
    );
    const all = [
      observe('one', pool.status$('a')),
      observe('two', pool.status$('b')),
      observe('stats', pool.stats$),
    ];
    at(150, () => {
      expect(pauseWhile.observed && pollNow.observed).toBe(true);
      // one for all watches
      expect(getEventListeners(signal, 'abort')).toHaveLength(1);
      all.forEach((subscription) => subscription.unsubscribe());
      expect(pauseWhile.observed || pollNow.observed).toBe(false);
      expect(getEventListeners(signal, 'abort')).toHaveLength(0);
      // only what this test has scheduled itself
      expect(scheduler.actions).toHaveLength(0);
    });
    run();
  });
});

test('the methods of a pool work detached', () => {
  const scheduler = new VirtualTimeScheduler();
  const { transport, requests } = fakeTaskApi({}, { scheduler, latency: Infinity });
  const pool = createTaskStatusPool({ transport, scheduler });
  const { status$, polls$, result$, statuses$, allPolls$, pollNow, stats, stats$, close } = pool;
  allPolls$.subscribe();
  status$('a').subscribe();
  polls$('b').subscribe();
  statuses$(['c']).subscribe();
  result$('d').subscribe({ error: () => undefined });
  stats$.subscribe();
  pollNow();
  pollNow('a');
  expect(requests.map(({ taskId }) => taskId)).toEqual(['a', 'b', 'c', 'd']);
  expect(stats()).toMatchObject({ watching: 4, inFlight: 4 });
  close();
  expect(stats()).toMatchObject({ watching: 0, inFlight: 0 });
});
