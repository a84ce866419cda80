import { lastValueFrom, Subject, takeUntil, type Observable } from 'rxjs';
import { requireFinished, type TaskStatus } from 'rxjs-task-status';
import { describe, expect, test } from 'vitest';
import { createPoolHarness } from '../support/pool-harness.js';

test('close() completes everything and aborts every request', () => {
  const { pool, observe, at, run, scheduler } = createPoolHarness(
    { a: ['running'], b: ['silence'], c: ['silence'] },
    { maxConcurrent: 2 },
  );
  observe('status', pool.status$('a'));
  observe('polls', pool.polls$('b'));
  observe('many', pool.statuses$(['b', 'c', 'd']));
  observe('ids', pool.statuses$(new Subject<string>()));
  pool.stats$.subscribe({ complete: () => observe('after', pool.status$('a')) });
  at(200, () => {
    pool.close();
    expect(scheduler.actions).toHaveLength(0);
  });
  expect(run().log).toEqual([
    '0 request a',
    '0 request b',
    '100 status: running',
    '100 request c',
    '200 many: complete',
    '200 abort c',
    '200 ids: complete',
    '200 abort b',
    '200 status: complete',
    '200 polls: complete',
    '200 after: complete',
  ]);
});

test('the last stats$ have nothing queued and nothing in flight', () => {
  const { pool, observe, at, run } = createPoolHarness(() => 'silence', { maxConcurrent: 1 });
  observe('all', pool.statuses$(['a', 'b', 'c']));
  observe('stats', pool.stats$);
  at(50, () => pool.close());
  expect(run().received('stats').slice(-2)).toEqual([
    '50 stats: {"watching":0,"queued":0,"inFlight":0,"requests":1,"errors":0,"failing":0}',
    '50 stats: complete',
  ]);
});

test('the last stats$ have no heldUntil if the cooldown ends at that instant', () => {
  const { pool, observe, at, run } = createPoolHarness(() => ({ answer: 429, retryAfter: 400 }), {
    retry: { maxRetries: 0 },
  });
  at(500, () => pool.close());
  observe('stats', pool.stats$);
  observe('one', pool.status$('a'));
  expect(run().received('stats').slice(-2)).toEqual([
    '500 stats: {"watching":0,"queued":0,"inFlight":0,"requests":1,"errors":1,"failing":0}',
    '500 stats: complete',
  ]);
});

test('close() is idempotent, also inside a complete callback', () => {
  const { pool, observe, at, run } = createPoolHarness(() => 'silence');
  pool.status$('a').subscribe({ complete: () => pool.close() });
  observe('two', pool.status$('b'));
  at(50, () => {
    pool.close();
    pool.close();
  });
  expect(run().received('two')).toEqual(['50 two: complete']);
});

test('streams of a closed pool complete at once; misuse still throws', () => {
  const { pool, observe, run } = createPoolHarness({});
  pool.close();
  observe('status', pool.status$('a'));
  observe('polls', pool.polls$('a'));
  observe('many', pool.statuses$(['a']));
  expect(run().log).toEqual(['0 status: complete', '0 polls: complete', '0 many: complete']);
  expect(() => pool.status$('')).toThrow(TypeError);
});

test('close() inside a next callback: nothing more is emitted', () => {
  const { pool, observe, run } = createPoolHarness({ a: ['running'] });
  pool.status$('a').subscribe(() => pool.close());
  observe('two', pool.status$('a'));
  observe('many', pool.statuses$(['a', 'b']));
  const { received, requests } = run();
  expect(received('two')).toEqual(['100 two: complete']);
  expect(received('many')).toEqual(['100 many: complete']);
  expect(requests()).toEqual(['0 request a', '0 request b', '100 abort b']);
});

test('`using` closes the pool at the end of the block', () => {
  const harness = createPoolHarness(() => 'silence');
  {
    using pool = harness.pool;
    harness.observe('one', pool.status$('a'));
  }
  expect(harness.log).toEqual(['0 request a', '0 abort a', '0 one: complete']);
});

describe('a script that awaits a task', () => {
  /** What the promise of the last status does when `stop` is called at 500 ms. */
  const awaitUntil = async (
    words: readonly string[],
    from: (pool: ReturnType<typeof createPoolHarness>['pool']) => Observable<TaskStatus>,
    stop: (pool: ReturnType<typeof createPoolHarness>['pool']) => void,
  ) => {
    const { pool, at, run } = createPoolHarness({ a: words, b: ['running'] });
    const result = lastValueFrom(from(pool).pipe(requireFinished('a'))).then(
      (status) => ({ status }),
      (error: unknown) => ({ error }),
    );
    at(500, () => stop(pool));
    run();
    return result;
  };
  const closed = { code: 'unsuccessful', taskId: 'a', taskStatus: 'running' };

  test('gets an error when the pool is closed before the end', async () => {
    const result = await awaitUntil(
      ['running'],
      (pool) => pool.status$('a'),
      (pool) => pool.close(),
    );
    expect(result).toMatchObject({ error: closed });
  });

  test('gets an error also as a late subscriber, and with Symbol.dispose', async () => {
    const result = await awaitUntil(
      ['running'],
      (pool) => {
        pool.status$('a').subscribe();
        return pool.status$('a');
      },
      (pool) => pool[Symbol.dispose](),
    );
    expect(result).toMatchObject({ error: closed });
  });

  test('gets an error when takeUntil() completes the stream', async () => {
    const stop$ = new Subject<void>();
    const result = await awaitUntil(
      ['running'],
      (pool) => pool.status$('a').pipe(takeUntil(stop$)),
      () => stop$.next(),
    );
    expect(result).toMatchObject({ error: closed });
  });

  test('gets an error when the pool is closed before the first status', async () => {
    const { pool } = createPoolHarness({ a: ['silence'] });
    const promise = lastValueFrom(pool.status$('a').pipe(requireFinished('a')));
    pool.close();
    await expect(promise).rejects.toThrow();
  });

  test('gets an error from a closed pool', async () => {
    const { pool } = createPoolHarness({});
    pool.close();
    const promise = lastValueFrom(pool.status$('a').pipe(requireFinished('a')));
    await expect(promise).rejects.toThrow();
  });

  test('gets `finished` if the task has ended before the pool is closed', async () => {
    const result = await awaitUntil(
      ['finished'],
      (pool) => pool.status$('a'),
      (pool) => pool.close(),
    );
    expect(result).toEqual({ status: 'finished' });
  });

  test('gets an error if another subscriber closes the pool before this one gets the end', async () => {
    const { pool, run } = createPoolHarness({ a: ['finished'] });
    pool.status$('a').subscribe(() => pool.close());
    const promise = lastValueFrom(pool.status$('a').pipe(requireFinished('a')));
    run();
    await expect(promise).rejects.toThrow();
  });
});
