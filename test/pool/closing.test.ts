import { Subject } from 'rxjs';
import { expect, test } from 'vitest';
import { poolDesk } from '../support/pool-desk.js';

test('close() completes everything, aborts what is on its way, and asks for nothing more', () => {
  const { pool, listen, at, run, scheduler } = poolDesk(
    { a: ['running'], b: ['silence'], c: ['silence'] },
    { maxConcurrent: 2 },
  );
  listen('status', pool.status$('a'));
  listen('polls', pool.polls$('b'));
  listen('many', pool.statuses$(['b', 'c', 'd']));
  listen('ids', pool.statuses$(new Subject<string>()));
  pool.stats$.subscribe({ complete: () => listen('after', pool.status$('a')) });
  at(200, () => {
    pool.close();
    expect(scheduler.actions).toHaveLength(0);
  });
  expect(run().log).toEqual([
    '0 asks a',
    '0 asks b',
    '100 status: running',
    '100 asks c',
    '200 many: complete',
    '200 aborts c',
    '200 ids: complete',
    '200 aborts b',
    '200 status: complete',
    '200 polls: complete',
    '200 after: complete',
  ]);
});

test('the last stats$ are those of a pool at rest', () => {
  const { pool, listen, at, run } = poolDesk(() => 'silence', { maxConcurrent: 1 });
  listen('all', pool.statuses$(['a', 'b', 'c']));
  listen('stats', pool.stats$);
  at(50, () => pool.close());
  expect(run().told('stats').slice(-2)).toEqual([
    '50 stats: {"watching":0,"queued":0,"inFlight":0,"requests":1,"errors":0}',
    '50 stats: complete',
  ]);
});

test('the last stats$ tell nothing of a hold that is over in that very moment', () => {
  const { pool, listen, at, run } = poolDesk(() => ({ say: 429, retryAfter: 400 }), {
    retry: { maxRetries: 0 },
  });
  at(500, () => pool.close());
  listen('stats', pool.stats$);
  listen('one', pool.status$('a'));
  expect(run().told('stats').slice(-2)).toEqual([
    '500 stats: {"watching":0,"queued":0,"inFlight":0,"requests":1,"errors":1}',
    '500 stats: complete',
  ]);
});

test('close() is idempotent, also from inside of what it completes', () => {
  const { pool, listen, at, run } = poolDesk(() => 'silence');
  pool.status$('a').subscribe({ complete: () => pool.close() });
  listen('two', pool.status$('b'));
  at(50, () => {
    pool.close();
    pool.close();
  });
  expect(run().told('two')).toEqual(['50 two: complete']);
});

test('a closed pool gives what completes at once, and still refuses misuse', () => {
  const { pool, listen, run } = poolDesk({});
  pool.close();
  listen('status', pool.status$('a'));
  listen('polls', pool.polls$('a'));
  listen('many', pool.statuses$(['a']));
  expect(run().log).toEqual(['0 status: complete', '0 polls: complete', '0 many: complete']);
  expect(() => pool.status$('')).toThrow(TypeError);
});

test('closing inside of what a subscriber is told, nothing more is told', () => {
  const { pool, listen, run } = poolDesk({ a: ['running'] });
  pool.status$('a').subscribe(() => pool.close());
  listen('two', pool.status$('a'));
  listen('many', pool.statuses$(['a', 'b']));
  const { told, requests } = run();
  expect(told('two')).toEqual(['100 two: complete']);
  expect(told('many')).toEqual(['100 many: complete']);
  expect(requests()).toEqual(['0 asks a', '0 asks b', '100 aborts b']);
});

test('a pool is disposed of at the end of a block', () => {
  const desk = poolDesk(() => 'silence');
  {
    using pool = desk.pool;
    desk.listen('one', pool.status$('a'));
  }
  expect(desk.log).toEqual(['0 asks a', '0 aborts a', '0 one: complete']);
});
