import { from, of, Subject, take, throwError, type ObservableInput } from 'rxjs';
import { describe, expect, test } from 'vitest';
import { poolDesk, type Reply } from '../support/pool-desk.js';
import { fc, test as prop } from '../support/property.js';
import { runs } from '../support/runs.js';

function* generated(...ids: string[]) {
  yield* ids;
}

/** Lets everything happen that waits for nothing but promises. */
const settled = () => new Promise<void>((resolve) => setImmediate(resolve));

describe('statuses$', () => {
  test.each<[string, () => ObservableInput<string>]>([
    ['an array', () => ['a', 'b']],
    ['an iterable', () => new Set(['a', 'b'])],
    ['a generator', () => generated('a', 'b')],
    ['an Observable', () => of('a', 'b')],
  ])('takes %s', (_, ids) => {
    const { pool, listen, run } = poolDesk({ a: ['running', 'finished'] });
    listen('all', pool.statuses$(ids()));
    expect(run().told('all')).toEqual([
      '100 all: a running',
      '100 all: b finished',
      '1200 all: a finished',
      '1200 all: complete',
    ]);
  });

  test('takes a promise of an id', async () => {
    const { pool, listen, run } = poolDesk({});
    listen('all', pool.statuses$(Promise.resolve('a')));
    await settled();
    expect(run().told('all')).toEqual(['100 all: a finished', '100 all: complete']);
  });

  test('takes an async iterable', async () => {
    const { pool, listen, run } = poolDesk({});
    listen('all', pool.statuses$(asyncIds(['a', 'b']).ids));
    await settled();
    expect(run().told('all')).toEqual([
      '100 all: a finished',
      '100 all: b finished',
      '100 all: complete',
    ]);
  });

  test('ids may come at any time; it completes when they have and every task has ended', () => {
    const { pool, listen, at, run } = poolDesk({});
    const ids$ = new Subject<string>();
    listen('all', pool.statuses$(ids$));
    at(1_000, () => ids$.next('a'));
    at(3_000, () => ids$.next('b'));
    at(3_050, () => ids$.complete());
    expect(run().told('all')).toEqual([
      '1100 all: a finished',
      '3100 all: b finished',
      '3100 all: complete',
    ]);
  });

  test('completes with the ids where every task has ended before, and at once without any', () => {
    const { pool, listen, at, run } = poolDesk({});
    const ids$ = new Subject<string>();
    listen('none', pool.statuses$([]));
    listen('all', pool.statuses$(ids$));
    at(1_000, () => ids$.next('a'));
    at(5_000, () => ids$.complete());
    const { told } = run();
    expect(told('none')).toEqual(['0 none: complete']);
    expect(told('all')).toEqual(['1100 all: a finished', '5000 all: complete']);
  });

  prop.prop(
    [
      fc.array(fc.constantFrom<Reply>('finished', 'failed', 404, 422, 401, 500), { maxLength: 12 }),
      fc.array(fc.nat({ max: 11 }), { maxLength: 20 }),
    ],
    runs(100),
  )(
    "one task's error is an element and ends that task alone; duplicates are watched once",
    (ends, drawn) => {
      const ids = drawn.filter((task) => task < ends.length).map(String);
      const { pool, run, requests } = poolDesk(
        (task, nth) => (nth === 0 ? 'running' : (ends[Number(task)] ?? 'finished')),
        { retry: false },
      );
      const told: Record<string, unknown[]> = {};
      let completed = false;
      pool.statuses$(ids).subscribe({
        next: ({ taskId, status, error }) => {
          (told[taskId] ??= []).push(status ?? (Reflect.get(Object(error), 'status') as unknown));
        },
        complete: () => (completed = true),
      });
      run();
      const expected = [...new Set(ids)].map((id) => [id, ['running', ends[Number(id)]]]);
      expect(told).toEqual(Object.fromEntries(expected));
      expect(requests()).toHaveLength(new Set(ids).size * 2);
      expect(completed).toBe(true);
    },
  );

  test('an id that cannot be one is the error of that element, and no request', () => {
    const { pool, run } = poolDesk({});
    const told: unknown[] = [];
    pool.statuses$(['', 'a', '..', 7 as never]).subscribe((what) => told.push(what));
    expect(run().requests()).toEqual(['0 asks a']);
    expect(told).toEqual([
      { taskId: '', error: expect.any(TypeError) as unknown },
      { taskId: '..', error: expect.any(TypeError) as unknown },
      { taskId: 7, error: expect.any(TypeError) as unknown },
      { taskId: 'a', status: 'finished' },
    ]);
  });

  test('a task that has failed may be watched anew by others', () => {
    const { pool, listen, at, run } = poolDesk({ a: [404, 'finished'], b: ['running'] });
    listen('all', pool.statuses$(['a', 'b']));
    at(500, () => listen('again', pool.status$('a')));
    const { told } = run();
    expect(told('again')[0]).toBe('600 again: finished');
    expect(told('all').filter((line) => line.includes(' a '))).toEqual(['100 all: a not-found']);
  });

  test('an error of the ids is the error of the stream, and every watch stops', () => {
    const { pool, listen, at, run } = poolDesk({});
    const ids$ = new Subject<string>();
    listen('all', pool.statuses$(ids$));
    at(10, () => ids$.next('a'));
    at(20, () => ids$.error(new Error('no more')));
    listen('none', pool.statuses$(throwError(() => new Error('nothing'))));
    expect(run().log).toEqual([
      '0 none: error Error: nothing',
      '10 asks a',
      '20 all: error Error: no more',
      '20 aborts a',
    ]);
  });

  test('each subscription watches on its own, and the tasks are shared', () => {
    const { pool, listen, at, run } = poolDesk({ a: ['running', 'finished'] });
    const all$ = pool.statuses$(['a']);
    listen('one', all$);
    at(600, () => listen('two', all$));
    expect(run().told('two')).toEqual([
      '600 two: a running',
      '1200 two: a finished',
      '1200 two: complete',
    ]);
  });

  test('takes no more from a list than its subscriber wants', () => {
    let pulled = 0;
    const endless = {
      *[Symbol.iterator]() {
        for (;;) yield `task_${pulled++}`;
      },
    };
    const { pool, listen, run } = poolDesk(() => ({ say: 'finished', after: -1 }));
    listen('three', pool.statuses$(endless).pipe(take(3)));
    expect(run().told('three')).toHaveLength(4);
    expect(pulled).toBe(3);
  });
});

/** An async iterable that counts what is pulled of it, and whether it was closed. */
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

  test('is pulled as far as the pool can start, and no further', async () => {
    const { ids, state } = asyncIds(many);
    const { pool, listen, requests, scheduler } = poolDesk(() => 'running', { maxConcurrent: 4 });
    const all = listen('all', pool.statuses$(ids));
    await settled();
    expect(state.pulled).toBe(4);
    expect(requests()).toHaveLength(4);
    // at 100 ms four answers make room
    scheduler.maxFrames = 100;
    scheduler.flush();
    await settled();
    expect(state.pulled).toBe(8);
    expect(requests()).toHaveLength(8);
    all.unsubscribe();
  });

  test('is pulled so where it is a list as well', async () => {
    const { ids, state } = asyncIds(many);
    const both = Object.assign(ids, { [Symbol.iterator]: () => ['other'].values() });
    const { pool, listen, requests } = poolDesk(() => 'silence', { maxConcurrent: 4 });
    listen('all', pool.statuses$(both));
    await settled();
    expect(requests()).toHaveLength(4);
    expect(state.pulled).toBe(4);
  });

  test('is not pulled during a hold', async () => {
    const { ids, state } = asyncIds(many);
    const { pool, listen, scheduler } = poolDesk(() => ({ say: 429, retryAfter: 10_000 }), {
      maxConcurrent: 1,
    });
    const all = listen('all', pool.statuses$(ids));
    await settled();
    scheduler.maxFrames = 10_099;
    scheduler.flush();
    await settled();
    expect(state.pulled).toBe(1);
    all.unsubscribe();
  });

  test('gives way to the polls of the tasks that are there', async () => {
    const { ids } = asyncIds(['late']);
    const { pool, listen, at, scheduler, requests } = poolDesk(
      { a: ['running', 'finished'], b: [{ say: 'finished', after: 1_200 }] },
      { maxConcurrent: 1 },
    );
    listen('a', pool.status$('a'));
    at(150, () => listen('b', pool.status$('b')));
    at(160, () => listen('late', pool.statuses$(ids)));
    scheduler.flush();
    await settled();
    scheduler.flush();
    expect(requests()).toEqual(['0 asks a', '150 asks b', '1350 asks a', '1450 asks late']);
  });

  test('is closed when the subscriber leaves, with a pull on its way too', async () => {
    const { ids, state } = asyncIds(many);
    const { pool, listen, run } = poolDesk(() => 'silence', { maxConcurrent: 2 });
    const waiting = listen('all', pool.statuses$(ids));
    await settled();
    waiting.unsubscribe();
    expect(state).toEqual({ pulled: 2, closed: 1 });
    const pulling = listen('all', pool.statuses$(ids));
    pulling.unsubscribe();
    await settled();
    expect(state).toEqual({ pulled: 3, closed: 2 });
    // what came too late is not watched
    expect(run().requests()).toHaveLength(4);
  });

  test('is not closed when it has come to its own end', async () => {
    const { ids, state } = asyncIds(['a']);
    const { pool, listen, run } = poolDesk({});
    listen('all', pool.statuses$(ids));
    await settled();
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
  ])('that %s is the error of the stream, and is not closed', async (_, next) => {
    const { pool, listen, told } = poolDesk({});
    let closed = 0;
    const close = () => {
      closed++;
      return Promise.resolve({ done: true as const, value: undefined });
    };
    const ids = { [Symbol.asyncIterator]: () => ({ next, return: close }) };
    listen('all', pool.statuses$(ids));
    await settled();
    expect(told('all')).toEqual(['0 all: error Error: lost']);
    expect(closed).toBe(0);
  });

  test('that is an Observable as well is subscribed to, and not pulled', () => {
    const { pool, listen, run } = poolDesk({});
    const pull = () => {
      throw new Error('pulled');
    };
    listen('all', pool.statuses$(Object.assign(of('a'), { [Symbol.asyncIterator]: pull })));
    expect(run().told('all')).toEqual(['100 all: a finished', '100 all: complete']);
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
  ])('may be left where its return() %s', async (_, close) => {
    const { pool, listen } = poolDesk(() => 'silence');
    const next = () => new Promise<IteratorResult<string>>(() => undefined);
    const ids = { [Symbol.asyncIterator]: () => ({ next, ...(close && { return: close }) }) };
    listen('all', pool.statuses$(ids)).unsubscribe();
    // an unhandled rejection would fail the run
    await settled();
  });

  test('of 100,000 ids, all answered at once, is watched to its end', async () => {
    const ids = Array.from({ length: 100_000 }, (_, task) => `task_${task}`);
    const { pool } = poolDesk(() => ({ say: 'finished', after: -1 }));
    let finished = 0;
    await pool.statuses$(asyncIds(ids).ids).forEach(() => finished++);
    expect(finished).toBe(100_000);
  });
});

test('a string is refused: it would be taken for its letters', () => {
  const { pool } = poolDesk({});
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
])('%s is refused at the call, for it holds no ids', (_, ids) => {
  const { pool } = poolDesk({});
  expect(() => pool.statuses$(ids as never)).toThrow(TypeError);
  expect(() => pool.statuses$(ids as never)).toThrow(/^taskIds must be/);
});
