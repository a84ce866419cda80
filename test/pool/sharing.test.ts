import { getEventListeners } from 'node:events';
import { BehaviorSubject, NEVER, repeat, retry, Subject, take, VirtualTimeScheduler } from 'rxjs';
import { createTaskStatusPool } from 'rxjs-task-status';
import { describe, expect, test } from 'vitest';
import { poolDesk } from '../support/pool-desk.js';
import { poolHistory } from '../support/pool-history.js';
import { runPool } from '../support/pool-run.js';
import { test as prop } from '../support/property.js';
import { runs } from '../support/runs.js';

describe('one watch for a task', () => {
  prop.prop([poolHistory()], runs(300))(
    'however many subscribe and whatever they ask for: never two requests of a task at once',
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

  test('nothing is asked before somebody subscribes', () => {
    const { pool, run } = poolDesk({ a: ['running'] });
    pool.status$('a');
    pool.polls$('a');
    pool.statuses$(['a']);
    expect(run().log).toEqual([]);
  });

  test('the first request leaves during subscribe', () => {
    const { pool, log, listen } = poolDesk({ a: ['running'] });
    listen('one', pool.status$('a'));
    expect(log).toEqual(['0 asks a']);
  });

  test('its statuses, its polls and the statuses of many come from the same requests', () => {
    const { pool, listen, run } = poolDesk({ a: ['running', 503, 'finished'] });
    listen('status', pool.status$('a'));
    listen('polls', pool.polls$('a'));
    listen('many', pool.statuses$(['a']));
    expect(run().log).toEqual([
      '0 asks a',
      '100 status: running',
      '100 polls: a 1 running',
      '100 many: a running',
      '1100 asks a',
      '1200 polls: a 2 http',
      '1400 asks a',
      '1500 status: finished',
      '1500 polls: a 3 finished',
      '1500 many: a finished',
      '1500 status: complete',
      '1500 polls: complete',
      '1500 many: complete',
    ]);
  });

  test('the options of the first subscriber hold for all', () => {
    const { pool, listen, run } = poolDesk({ a: ['running', 'finished'] });
    listen('slow', pool.status$('a', { backoff: { initialDelay: 3_000, maxDelay: 3_000 } }));
    listen('fast', pool.status$('a', { backoff: { initialDelay: 10 } }));
    expect(run().requests()).toEqual(['0 asks a', '3100 asks a']);
  });
});

describe('a late subscriber', () => {
  test('gets the latest status at once from status$, and what changes from then on', () => {
    const { pool, listen, at, run } = poolDesk({
      a: ['created', 'running', 'running', 'finished'],
    });
    listen('early', pool.status$('a'));
    at(2_000, () => listen('late', pool.status$('a')));
    expect(run().told('late')).toEqual([
      '2000 late: running',
      '3400 late: finished',
      '3400 late: complete',
    ]);
  });

  test('gets the latest status at once also where the latest poll has failed', () => {
    const { pool, listen, at, run } = poolDesk({ a: ['running', 503, 'finished'] });
    listen('early', pool.status$('a'));
    at(1_250, () => listen('late', pool.status$('a')));
    at(1_250, () => listen('many', pool.statuses$(['a'])));
    const { told } = run();
    expect(told('late')[0]).toBe('1250 late: running');
    expect(told('many')[0]).toBe('1250 many: a running');
  });

  test('gets the latest poll at once from polls$, a failed one too', () => {
    const { pool, listen, at, run } = poolDesk({ a: ['running', 503, 'finished'] });
    listen('early', pool.status$('a'));
    at(1_050, () => listen('one', pool.polls$('a')));
    at(1_250, () => listen('two', pool.polls$('a')));
    const { told } = run();
    expect(told('one')[0]).toBe('1050 one: a 1 running');
    expect(told('two')[0]).toBe('1250 two: a 2 http');
  });

  test('gets nothing at once while there is nothing yet', () => {
    const { pool, listen, at, run } = poolDesk({ a: ['running'] });
    listen('early', pool.status$('a'));
    at(50, () => listen('late', pool.status$('a')));
    expect(run().told('late')[0]).toBe('100 late: running');
  });

  test('does not get what the caller already has: a known status is told once it changes', () => {
    const { pool, listen, at, run } = poolDesk({ a: ['running', 'running', 'paused', 'finished'] });
    listen('early', pool.status$('a', { knownStatus: 'running' }));
    at(500, () => listen('late', pool.status$('a', { knownStatus: 'running' })));
    const { told } = run();
    expect(told('early')[0]).toBe('2300 early: paused');
    expect(told('late')[0]).toBe('2300 late: paused');
  });

  test('who comes while others are told gets each status once', () => {
    const { pool, listen, run, log } = poolDesk({ a: ['running', 'finished'] });
    pool
      .status$('a')
      .pipe(take(1))
      .subscribe(() => listen('inner', pool.status$('a')));
    listen('outer', pool.status$('a'));
    run();
    expect(log.filter((line) => line.includes('running'))).toEqual([
      '100 inner: running',
      '100 outer: running',
    ]);
  });

  test('misses nothing that comes while it is told of the latest', () => {
    const refresh$ = new Subject<void>();
    const { pool, listen, at, run } = poolDesk(
      { a: ['running', { say: 'finished', after: -1 }] },
      { pollNow: refresh$ },
    );
    listen('early', pool.status$('a'));
    at(600, () => {
      const late$ = pool.status$('a');
      late$.subscribe((status) => {
        if (status === 'running') refresh$.next();
      });
      listen('later', late$);
    });
    expect(run().log).toEqual([
      '0 asks a',
      '100 early: running',
      '600 asks a',
      '600 early: finished',
      '600 early: complete',
      // the late one held it until it had been told; whoever comes after that asks anew
      '600 asks a',
      '700 later: finished',
      '700 later: complete',
    ]);
  });
});

describe('after a terminal status', () => {
  const ended = () => {
    const desk = poolDesk({ a: ['finished'], b: ['running', 'running', 'running', 'finished'] });
    const many = desk.listen('many', desk.pool.statuses$(['a', 'b']));
    return { ...desk, many };
  };

  test('a late subscriber gets it from memory while somebody else holds the task', () => {
    const { pool, listen, at, run } = ended();
    at(500, () => listen('status', pool.status$('a')));
    at(600, () => listen('polls', pool.polls$('a')));
    at(700, () => listen('others', pool.statuses$(['a'])));
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
    expect(requests().filter((line) => line.endsWith('a'))).toEqual(['0 asks a']);
  });

  test('a new watch asks again once nobody holds it any more', () => {
    const { pool, listen, at, many, run } = ended();
    at(500, () => many.unsubscribe());
    at(600, () => listen('status', pool.status$('a')));
    expect(run().requests()).toContain('600 asks a');
  });

  test('who subscribes anew inside its own completion is not its own memory', () => {
    const { pool, listen, run } = poolDesk({ a: ['finished', 'finished'] });
    listen('again', pool.status$('a').pipe(repeat(2)));
    expect(run().log).toEqual([
      '0 asks a',
      '100 again: finished',
      '100 asks a',
      '200 again: finished',
      '200 again: complete',
    ]);
    const other = poolDesk({ a: ['finished', 'finished'] });
    other.pool
      .status$('a')
      .subscribe({ complete: () => other.listen('next', other.pool.status$('a')) });
    expect(other.run().requests()).toEqual(['0 asks a', '100 asks a']);
  });
});

describe('an error', () => {
  test('reaches all subscribers, the polls before', () => {
    const { pool, listen, run } = poolDesk({ a: [404] });
    listen('one', pool.status$('a'));
    listen('two', pool.polls$('a'));
    expect(run().log).toEqual([
      '0 asks a',
      '100 two: a 1 not-found',
      '100 one: error not-found',
      '100 two: error not-found',
    ]);
  });

  test('is not remembered: the next subscription starts anew, also inside the error callback', () => {
    const { pool, listen, at, run } = poolDesk({ a: [404, 404, 'finished'] });
    listen('one', pool.status$('a').pipe(retry(1)));
    listen('two', pool.status$('a'));
    at(500, () => listen('three', pool.status$('a')));
    expect(run().log).toEqual([
      '0 asks a',
      '100 asks a',
      '100 two: error not-found',
      '200 one: error not-found',
      '500 asks a',
      '600 three: finished',
      '600 three: complete',
    ]);
  });

  test('is the same object for everyone, in the poll and in the end', () => {
    const { pool, run } = poolDesk({ a: [404] });
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

describe('the last to leave', () => {
  test('aborts the request at once; the ones before do not', () => {
    const { pool, listen, at, run } = poolDesk({ a: ['running'] });
    const one = listen('one', pool.status$('a'));
    const two = listen('two', pool.polls$('a'));
    const many = listen('many', pool.statuses$(['a']));
    at(30, () => one.unsubscribe());
    at(40, () => two.unsubscribe());
    at(50, () => many.unsubscribe());
    expect(run().log).toEqual(['0 asks a', '50 aborts a']);
  });

  test('leaves inside of what it is told, and nothing follows', () => {
    const { pool, listen, run } = poolDesk({ a: ['created', 'running'] });
    listen('one', pool.status$('a').pipe(take(1)));
    expect(run().log).toEqual(['0 asks a', '100 one: created', '100 one: complete']);
  });

  test('leaves before subscribe has returned, and nothing follows', () => {
    const { pool, listen, run } = poolDesk(() => ({ say: 'created', after: -1 }));
    listen('one', pool.status$('a').pipe(take(1)));
    listen('many', pool.statuses$(['a', 'b']).pipe(take(1)));
    expect(run().requests()).toEqual(['0 asks a', '0 asks a']);
  });

  test('takes every timer and listener away', () => {
    const pauseWhile = new BehaviorSubject(false);
    const pollNow = new Subject<void>();
    const { signal } = new AbortController();
    const { pool, listen, at, run, scheduler } = poolDesk(
      { a: ['running'], b: [429] },
      { pauseWhile, pollNow, signal, timeout: 60_000 },
    );
    const all = [
      listen('one', pool.status$('a')),
      listen('two', pool.status$('b')),
      listen('stats', pool.stats$),
    ];
    at(150, () => {
      expect(pauseWhile.observed && pollNow.observed).toBe(true);
      // one for the whole pool, however many tasks
      expect(getEventListeners(signal, 'abort')).toHaveLength(1);
      all.forEach((subscription) => subscription.unsubscribe());
      expect(pauseWhile.observed || pollNow.observed).toBe(false);
      expect(getEventListeners(signal, 'abort')).toHaveLength(0);
      // nothing but what this test has booked itself
      expect(scheduler.actions).toHaveLength(0);
    });
    run();
  });
});

test('its methods work detached', () => {
  const scheduler = new VirtualTimeScheduler();
  const asked: string[] = [];
  const { status$, polls$, statuses$, stats$, close } = createTaskStatusPool({
    scheduler,
    transport: ({ taskId }) => {
      asked.push(taskId);
      return NEVER;
    },
  });
  status$('a').subscribe();
  polls$('b').subscribe();
  statuses$(['c']).subscribe();
  stats$.subscribe();
  expect(asked).toEqual(['a', 'b', 'c']);
  close();
});
