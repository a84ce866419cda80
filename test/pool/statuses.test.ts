import { from, of, repeat, Subject, take, tap, throwError, type ObservableInput } from 'rxjs';
import type { PooledStatus } from 'rxjs-task-status';
import { describe, expect, test } from 'vitest';
import { createPoolHarness, type Reply } from '../support/pool-harness.js';
import { fc, test as prop } from '../support/property.js';
import { runs } from '../support/runs.js';

function* generated(...ids: string[]) {
  yield* ids;
}

/** Waits for all pending promises. */
const settle = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('statuses$', () => {
  test.each<[string, () => ObservableInput<string>]>([
    ['an array', () => ['a', 'b']],
    ['an iterable', () => new Set(['a', 'b'])],
    ['a generator', () => generated('a', 'b')],
    ['an Observable', () => of('a', 'b')],
  ])('takes %s', (_, ids) => {
    const { pool, observe, run } = createPoolHarness({ a: ['running', 'finished'] });
    observe('all', pool.statuses$(ids()));
    expect(run().received('all')).toEqual([
      '100 all: a running',
      '100 all: b finished',
      '1200 all: a finished',
      '1200 all: complete',
    ]);
  });

  test('takes a promise of an id', async () => {
    const { pool, observe, run } = createPoolHarness({});
    observe('all', pool.statuses$(Promise.resolve('a')));
    await settle();
    expect(run().received('all')).toEqual(['100 all: a finished', '100 all: complete']);
  });

  test('takes an async iterable', async () => {
    const { pool, observe, run } = createPoolHarness({});
    observe('all', pool.statuses$(asyncIds(['a', 'b']).ids));
    await settle();
    expect(run().received('all')).toEqual([
      '100 all: a finished',
      '100 all: b finished',
      '100 all: complete',
    ]);
  });

  test('takes ids at any time, and completes when they have completed and every task has ended', () => {
    const { pool, observe, at, run } = createPoolHarness({});
    const ids$ = new Subject<string>();
    observe('all', pool.statuses$(ids$));
    at(1_000, () => ids$.next('a'));
    at(3_000, () => ids$.next('b'));
    at(3_050, () => ids$.complete());
    expect(run().received('all')).toEqual([
      '1100 all: a finished',
      '3100 all: b finished',
      '3100 all: complete',
    ]);
  });

  test('completes with the ids if every task has ended, and at once without ids', () => {
    const { pool, observe, at, run } = createPoolHarness({});
    const ids$ = new Subject<string>();
    observe('none', pool.statuses$([]));
    observe('all', pool.statuses$(ids$));
    at(1_000, () => ids$.next('a'));
    at(5_000, () => ids$.complete());
    const { received } = run();
    expect(received('none')).toEqual(['0 none: complete']);
    expect(received('all')).toEqual(['1100 all: a finished', '5000 all: complete']);
  });

  test('a task that comes again is not watched after its subscriber has unsubscribed', () => {
    const { pool, observe, at, run } = createPoolHarness({ a: ['running', 'finished'] });
    const ids$ = new Subject<string>();
    // the first to get the completion ends the other, who has just asked for the task again
    pool.status$('a').subscribe({ complete: () => all.unsubscribe() });
    const again$ = pool
      .statuses$(ids$)
      .pipe(tap(({ status }) => status === 'finished' && ids$.next('a')));
    const all = observe('all', again$);
    at(0, () => ids$.next('a'));
    const { received, requests } = run();
    expect(received('all')).toEqual(['100 all: a running', '1200 all: a finished']);
    expect(requests()).toEqual(['0 request a', '1100 request a']);
  });

  prop.prop(
    [
      fc.array(fc.constantFrom<Reply>('finished', 'failed', 404, 422, 401, 500), { maxLength: 12 }),
      fc.array(fc.nat({ max: 11 }), { maxLength: 20 }),
    ],
    runs(100),
  )(
    "a task's error is an element and ends only that task; repeated ids are watched once",
    (ends, drawn) => {
      const ids = drawn.filter((task) => task < ends.length).map(String);
      const { pool, run, requests } = createPoolHarness(
        (task, nth) => (nth === 0 ? 'running' : (ends[Number(task)] ?? 'finished')),
        { retry: false },
      );
      const received: Record<string, unknown[]> = {};
      let completed = false;
      pool.statuses$(ids).subscribe({
        next: ({ taskId, status, error }) => {
          (received[taskId] ??= []).push(
            status ?? (Reflect.get(Object(error), 'status') as unknown),
          );
        },
        complete: () => (completed = true),
      });
      run();
      const expected = [...new Set(ids)].map((id) => [id, ['running', ends[Number(id)]]]);
      expect(received).toEqual(Object.fromEntries(expected));
      expect(requests()).toHaveLength(new Set(ids).size * 2);
      expect(completed).toBe(true);
    },
  );

  test('an invalid id is an element with an error, without a request', () => {
    const { pool, run } = createPoolHarness({});
    const received: unknown[] = [];
    pool.statuses$(['', 'a', '..', 7 as never]).subscribe((what) => received.push(what));
    expect(run().requests()).toEqual(['0 request a']);
    expect(received).toEqual([
      { taskId: '', error: expect.any(TypeError) as unknown },
      { taskId: '..', error: expect.any(TypeError) as unknown },
      { taskId: 7, error: expect.any(TypeError) as unknown },
      { taskId: 'a', status: 'finished' },
    ]);
  });

  test('a task that has failed can be watched again by another subscriber', () => {
    const { pool, observe, at, run } = createPoolHarness({ a: [404, 'finished'], b: ['running'] });
    observe('all', pool.statuses$(['a', 'b']));
    at(500, () => observe('again', pool.status$('a')));
    const { received } = run();
    expect(received('again')[0]).toBe('600 again: finished');
    expect(received('all').filter((line) => line.includes(' a '))).toEqual([
      '100 all: a not-found',
    ]);
  });

  test('errors with the ids, and every watch stops', () => {
    const { pool, observe, at, run } = createPoolHarness({});
    const ids$ = new Subject<string>();
    observe('all', pool.statuses$(ids$));
    at(10, () => ids$.next('a'));
    at(20, () => ids$.error(new Error('no more')));
    observe('none', pool.statuses$(throwError(() => new Error('nothing'))));
    expect(run().log).toEqual([
      '0 none: error Error: nothing',
      '10 request a',
      '20 all: error Error: no more',
      '20 abort a',
    ]);
  });

  test('subscriptions share the watches of their tasks', () => {
    const { pool, observe, at, run } = createPoolHarness({ a: ['running', 'finished'] });
    const all$ = pool.statuses$(['a']);
    observe('one', all$);
    at(600, () => observe('two', all$));
    expect(run().received('two')).toEqual([
      '600 two: a running',
      '1200 two: a finished',
      '1200 two: complete',
    ]);
  });

  test('takes no more ids from an iterable than its subscriber wants', () => {
    let pulled = 0;
    const endless = {
      *[Symbol.iterator]() {
        for (;;) yield `task_${pulled++}`;
      },
    };
    const { pool, observe, run } = createPoolHarness(() => ({ answer: 'finished', latency: -1 }));
    observe('three', pool.statuses$(endless).pipe(take(3)));
    expect(run().received('three')).toHaveLength(4);
    expect(pulled).toBe(3);
  });
});

describe('open ids', () => {
  /** Adds an id when a notification matches. */
  const addOn = (
    { pool, observe }: ReturnType<typeof createPoolHarness>,
    ids$: Subject<string>,
    matches: (value: PooledStatus, count: number) => boolean,
  ) => {
    let count = 0;
    return observe(
      'all',
      pool.statuses$(ids$).pipe(
        tap((value) => {
          if (matches(value, ++count)) ids$.next(value.taskId);
        }),
      ),
    );
  };

  test('that repeat while the task is being watched change nothing', () => {
    const { pool, observe, at, run } = createPoolHarness({ a: ['running', 'finished'] });
    const ids$ = new Subject<string>();
    observe('all', pool.statuses$(ids$));
    for (const ms of [0, 0, 50, 600, 1_150]) at(ms, () => ids$.next('a'));
    at(1_150, () => ids$.complete());
    expect(run().log).toEqual([
      '0 request a',
      '100 all: a running',
      '1100 request a',
      '1200 all: a finished',
      '1200 all: complete',
    ]);
  });

  test.each<[string, Reply, string]>([
    ['finished', 'finished', 'finished'],
    ['failed', 'failed', 'failed'],
    ['was not found', 404, 'not-found'],
    ['was unauthorized', 401, 'unauthorized'],
  ])('that repeat after the task %s are watched again', (_, reply, code) => {
    const { pool, observe, at, run } = createPoolHarness({ a: [reply, 'running', 'finished'] });
    const ids$ = new Subject<string>();
    observe('all', pool.statuses$(ids$));
    at(0, () => ids$.next('a'));
    at(500, () => ids$.next('a'));
    expect(run().log).toEqual([
      '0 request a',
      `100 all: a ${code}`,
      '500 request a',
      '600 all: a running',
      '1600 request a',
      '1700 all: a finished',
    ]);
  });

  test.each<[string, Reply]>([
    ['status', 'failed'],
    ['error', 404],
  ])('that repeat inside the callback of the last %s are watched again', (_, reply) => {
    const harness = createPoolHarness({ a: [reply, 'finished'] });
    const ids$ = new Subject<string>();
    addOn(harness, ids$, (__, count) => count === 1);
    harness.at(0, () => ids$.next('a'));
    harness.at(5_000, () => ids$.complete());
    expect(harness.run().requests()).toEqual(['0 request a', '100 request a']);
    expect(harness.received('all').slice(1)).toEqual(['200 all: a finished', '5000 all: complete']);
  });

  test('that repeat inside the callback of another status change nothing', () => {
    const harness = createPoolHarness({ a: ['running', 'finished'] });
    const ids$ = new Subject<string>();
    addOn(harness, ids$, ({ status }) => status === 'running');
    harness.at(0, () => ids$.next('a'));
    expect(harness.run().requests()).toEqual(['0 request a', '1100 request a']);
  });

  test('that repeat share a watch that has been started meanwhile', () => {
    const harness = createPoolHarness({ a: ['failed', 'running', 'finished'] });
    const { pool, observe, at } = harness;
    const ids$ = new Subject<string>();
    observe('one', pool.status$('a').pipe(repeat(2)));
    addOn(harness, ids$, ({ status }) => status === 'failed');
    at(0, () => ids$.next('a'));
    expect(harness.run().requests()).toEqual(['0 request a', '100 request a', '1200 request a']);
    expect(harness.received('all')).toEqual([
      '100 all: a failed',
      '200 all: a running',
      '1300 all: a finished',
    ]);
  });

  test('that repeat start a new watch although an array of ids keeps the end', () => {
    const harness = createPoolHarness({ a: ['failed', 'finished'], b: ['running', 'running'] });
    const ids$ = new Subject<string>();
    harness.observe('array', harness.pool.statuses$(['a', 'b']));
    addOn(harness, ids$, ({ status }) => status === 'failed');
    harness.at(0, () => ids$.next('a'));
    const { received, requests } = harness.run();
    expect(requests().slice(2, 3)).toEqual(['100 request a']);
    expect(received('all')).toEqual(['100 all: a failed', '200 all: a finished']);
    expect(received('array').filter((line) => line.includes(' a '))).toHaveLength(1);
  });

  test('complete the stream after the last repeated task', () => {
    const harness = createPoolHarness({ a: ['failed', 'running', 'finished'] });
    const ids$ = new Subject<string>();
    addOn(harness, ids$, ({ status }) => status === 'failed');
    harness.at(0, () => ids$.next('a'));
    harness.at(50, () => harness.at(100, () => ids$.complete()));
    expect(harness.run().received('all').at(-1)).toBe('1300 all: complete');
  });

  test('an array of ids that comes late keeps the end as well', () => {
    const { pool, observe, at, run } = createPoolHarness({ b: Array<Reply>(3).fill('running') });
    const first = observe('first', pool.statuses$(['a', 'b']));
    at(300, () => observe('second', pool.statuses$(['a', 'b'])));
    at(400, () => first.unsubscribe());
    at(500, () => observe('late', pool.status$('a')));
    const { received, requests } = run();
    expect(received('late')).toEqual(['500 late: finished', '500 late: complete']);
    expect(requests().filter((line) => line.endsWith('request a'))).toEqual(['0 request a']);
  });

  test('a late subscriber of an ended task starts a new watch: nothing is kept', () => {
    const { pool, observe, at, run } = createPoolHarness({ b: ['running', 'running'] });
    const ids$ = new Subject<string>();
    observe('all', pool.statuses$(ids$));
    at(0, () => ids$.next('a'));
    at(0, () => ids$.next('b'));
    at(500, () => observe('late', pool.status$('a')));
    expect(run().requests()).toContain('500 request a');
  });

  test('an invalid id may repeat', () => {
    const { pool, observe } = createPoolHarness({});
    const ids$ = new Subject<string>();
    let errors = 0;
    observe('all', pool.statuses$(ids$).pipe(tap(({ error }) => error !== undefined && errors++)));
    ids$.next('');
    ids$.next('');
    expect(errors).toBe(2);
  });

  test('that repeat are no longer watched after unsubscribing', () => {
    const harness = createPoolHarness({ a: ['failed', 'finished'] });
    const ids$ = new Subject<string>();
    const all = addOn(harness, ids$, ({ status }) => status === 'failed');
    harness.at(0, () => ids$.next('a'));
    harness.at(150, () => all.unsubscribe());
    expect(harness.run().log).toEqual([
      '0 request a',
      '100 all: a failed',
      '100 request a',
      '150 abort a',
    ]);
  });
});

/** An async iterable that counts the ids pulled from it, and whether it was closed. */
function asyncIds(ids: Iterable<string>) {
  const state = { pulled: 0, closed: 0 };
  const iterator = ids[Symbol.iterator]();
  return {
    state,
    ids: {
      [Symbol.asyncIterator]: () => ({
        next: () => {
          state.pulled++;
          return Promise.resolve(iterator.next());
        },
        return: () => {
          state.closed++;
          return Promise.resolve({ done: true as const, value: undefined });
        },
      }),
    },
  };
}

describe('an async iterable of ids', () => {
  const many = Array.from({ length: 100 }, (_, task) => `task_${task}`);

  test('is pulled only as fast as requests can be sent', async () => {
    const { ids, state } = asyncIds(many);
    const { pool, observe, requests, scheduler } = createPoolHarness(() => 'running', {
      maxConcurrent: 4,
    });
    const all = observe('all', pool.statuses$(ids));
    await settle();
    expect(state.pulled).toBe(4);
    expect(requests()).toHaveLength(4);
    // at 100 ms four requests are answered
    scheduler.maxFrames = 100;
    scheduler.flush();
    await settle();
    expect(state.pulled).toBe(8);
    expect(requests()).toHaveLength(8);
    all.unsubscribe();
  });

  test('is pulled also if it is an iterable as well', async () => {
    const { ids, state } = asyncIds(many);
    const both = Object.assign(ids, { [Symbol.iterator]: () => ['other'].values() });
    const { pool, observe, requests } = createPoolHarness(() => 'silence', { maxConcurrent: 4 });
    observe('all', pool.statuses$(both));
    await settle();
    expect(requests()).toHaveLength(4);
    expect(state.pulled).toBe(4);
  });

  test('is not pulled during a cooldown', async () => {
    const { ids, state } = asyncIds(many);
    const { pool, observe, scheduler } = createPoolHarness(
      () => ({ answer: 429, retryAfter: 10_000 }),
      {
        maxConcurrent: 1,
      },
    );
    const all = observe('all', pool.statuses$(ids));
    await settle();
    scheduler.maxFrames = 10_099;
    scheduler.flush();
    await settle();
    expect(state.pulled).toBe(1);
    all.unsubscribe();
  });

  test('is not pulled before queued requests are sent', async () => {
    const { ids } = asyncIds(['late']);
    const { pool, observe, at, scheduler, requests } = createPoolHarness(
      { a: ['running', 'finished'], b: [{ answer: 'finished', latency: 1_200 }] },
      { maxConcurrent: 1 },
    );
    observe('a', pool.status$('a'));
    at(150, () => observe('b', pool.status$('b')));
    at(160, () => observe('late', pool.statuses$(ids)));
    scheduler.flush();
    await settle();
    scheduler.flush();
    expect(requests()).toEqual([
      '0 request a',
      '150 request b',
      '1350 request a',
      '1450 request late',
    ]);
  });

  test('is closed by unsubscribing, also during a pull', async () => {
    const { ids, state } = asyncIds(many);
    const { pool, observe, run } = createPoolHarness(() => 'silence', { maxConcurrent: 2 });
    const waiting = observe('all', pool.statuses$(ids));
    await settle();
    waiting.unsubscribe();
    expect(state).toEqual({ pulled: 2, closed: 1 });
    const pulling = observe('all', pool.statuses$(ids));
    pulling.unsubscribe();
    await settle();
    expect(state).toEqual({ pulled: 3, closed: 2 });
    // an id that comes after that is not watched
    expect(run().requests()).toHaveLength(4);
  });

  test('is not closed after its own end', async () => {
    const { ids, state } = asyncIds(['a']);
    const { pool, observe, run } = createPoolHarness({});
    observe('all', pool.statuses$(ids));
    await settle();
    run();
    expect(state).toEqual({ pulled: 2, closed: 0 });
  });

  test.each([
    ['rejects', () => Promise.reject(new Error('lost'))],
    [
      'throws',
      () => {
        throw new Error('lost');
      },
    ],
  ])('that %s is the error of the stream and is not closed', async (_, next) => {
    const { pool, observe, received } = createPoolHarness({});
    let closed = 0;
    const close = () => {
      closed++;
      return Promise.resolve({ done: true as const, value: undefined });
    };
    const ids = { [Symbol.asyncIterator]: () => ({ next, return: close }) };
    observe('all', pool.statuses$(ids));
    await settle();
    expect(received('all')).toEqual(['0 all: error Error: lost']);
    expect(closed).toBe(0);
  });

  test('that is an Observable as well is subscribed to', () => {
    const { pool, observe, run } = createPoolHarness({});
    const pull = () => {
      throw new Error('pulled');
    };
    observe('all', pool.statuses$(Object.assign(of('a'), { [Symbol.asyncIterator]: pull })));
    expect(run().received('all')).toEqual(['100 all: a finished', '100 all: complete']);
  });

  test.each([
    ['rejects', () => Promise.reject(new Error('not now'))],
    [
      'throws',
      () => {
        throw new Error('not now');
      },
    ],
    ['is missing', undefined],
  ])('can be unsubscribed from if its return() %s', async (_, close) => {
    const { pool, observe } = createPoolHarness(() => 'silence');
    const next = () => new Promise<IteratorResult<string>>(() => undefined);
    const ids = { [Symbol.asyncIterator]: () => ({ next, ...(close && { return: close }) }) };
    observe('all', pool.statuses$(ids)).unsubscribe();
    // an unhandled rejection would fail the run
    await settle();
  });

  test('of 100,000 ids with a synchronous transport is watched to its end', async () => {
    const ids = Array.from({ length: 100_000 }, (_, task) => `task_${task}`);
    const { pool } = createPoolHarness(() => ({ answer: 'finished', latency: -1 }));
    let finished = 0;
    await pool.statuses$(asyncIds(ids).ids).forEach(() => finished++);
    expect(finished).toBe(100_000);
  });
});

test('a string of ids is a TypeError: it would be split into letters', () => {
  const { pool } = createPoolHarness({});
  expect(() => pool.statuses$('task_1')).toThrow(/taskIds .* "task_1"/);
  expect(() => pool.statuses$(from(['task_1']))).not.toThrow();
});

test.each<[string, unknown]>([
  ['nothing', undefined],
  ['a number', 1],
  ['an object', { task_1: true }],
  ['a function', () => ['task_1']],
  [
    'an object that throws',
    {
      get then() {
        throw new Error('not me');
      },
    },
  ],
])('%s instead of ids is a TypeError at the call', (_, ids) => {
  const { pool } = createPoolHarness({});
  expect(() => pool.statuses$(ids as never)).toThrow(TypeError);
  expect(() => pool.statuses$(ids as never)).toThrow(/^taskIds must be/);
});
