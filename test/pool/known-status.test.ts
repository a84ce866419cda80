import { skipWhile, toArray, type Observable } from 'rxjs';
import {
  toStatus,
  type TaskPoll,
  type TaskStatus,
  type TaskStatusOptions,
  type TaskStatusPool,
} from 'rxjs-task-status';
import { describe, expect, test } from 'vitest';
import { createPoolHarness } from '../support/pool-harness.js';
import { fc, test as prop } from '../support/property.js';
import { runs } from '../support/runs.js';

const RUNNING = { knownStatus: 'running' } as const;

describe('knownStatus', () => {
  test('of the first subscriber does not affect a second one', () => {
    const { pool, observe, at, run } = createPoolHarness({ a: ['running', 'paused', 'finished'] });
    observe('first', pool.status$('a', RUNNING));
    at(500, () => observe('second', pool.status$('a')));
    at(600, () => observe('many', pool.statuses$(['a'])));
    const { received } = run();
    expect(received('first')).toEqual([
      '1200 first: paused',
      '2300 first: finished',
      '2300 first: complete',
    ]);
    expect(received('second')[0]).toBe('500 second: running');
    expect(received('many')[0]).toBe('600 many: a running');
  });

  test('of a late subscriber skips the latest status for this subscriber only, until it changes', () => {
    const { pool, observe, at, run } = createPoolHarness({ a: ['running', 'running', 'paused'] });
    observe('first', pool.status$('a'));
    at(500, () => observe('late', pool.status$('a', RUNNING)));
    at(600, () => observe('other', pool.status$('a', { knownStatus: 'created' })));
    const { received } = run();
    expect(received('first')[0]).toBe('100 first: running');
    expect(received('late')[0]).toBe('2300 late: paused');
    expect(received('other')[0]).toBe('600 other: running');
  });

  test('is emitted when the task returns to it', () => {
    const { pool, observe, run } = createPoolHarness({
      a: ['running', 'paused', 'running', 'finished'],
    });
    observe('one', pool.status$('a', RUNNING));
    expect(
      run()
        .received('one')
        .map((line) => line.split(': ')[1]),
    ).toEqual(['paused', 'running', 'finished', 'complete']);
  });

  test('that is terminal and confirmed completes without emitting; other subscribers get the status', () => {
    const { pool, observe, run } = createPoolHarness({ a: ['failed'] });
    observe('one', pool.status$('a', { knownStatus: 'failed' }));
    observe('two', pool.status$('a'));
    const { received } = run();
    expect(received('one')).toEqual(['100 one: complete']);
    expect(received('two')).toEqual(['100 two: failed', '100 two: complete']);
  });

  test('that is terminal completes from memory without emitting', () => {
    const { pool, observe, at, run } = createPoolHarness({ b: ['running'] });
    observe('many', pool.statuses$(['a', 'b']));
    at(500, () => observe('late', pool.status$('a', { knownStatus: 'finished' })));
    at(600, () => observe('polls', pool.polls$('a', { knownStatus: 'finished' })));
    const { received, requests } = run();
    expect(received('late')).toEqual(['500 late: complete']);
    expect(received('polls')).toEqual(['600 polls: a 1 finished', '600 polls: complete']);
    expect(requests().filter((line) => line.endsWith(' a'))).toHaveLength(1);
  });

  test('of the pool is for each subscriber and each task; overrides replace it', () => {
    const { pool, observe, at, run } = createPoolHarness(
      { a: ['running', 'finished'], b: ['created', 'finished'] },
      { knownStatus: 'running' },
    );
    observe('a', pool.status$('a'));
    observe('many', pool.statuses$(['a', 'b']));
    at(500, () => observe('own', pool.status$('a', { knownStatus: 'created' })));
    const { received } = run();
    expect(received('a')[0]).toBe('1200 a: finished');
    expect(received('many').slice(0, 2)).toEqual(['100 many: b created', '1200 many: a finished']);
    expect(received('own')[0]).toBe('500 own: running');
  });

  test('does not count for the backoff, nor for the poll after it', () => {
    const seen: unknown[] = [];
    const { pool, observe, run } = createPoolHarness({ a: ['running', 'running'] });
    const delay = (count: number, status: string | undefined) => {
      seen.push([count, status]);
      return 1_000;
    };
    observe('one', pool.status$('a', { ...RUNNING, backoff: { delay } }));
    run();
    expect(seen).toEqual([
      [1, 'running'],
      [2, 'running'],
    ]);
  });

  test('makes `changed` relative to it, in the polls of this subscriber only', () => {
    const { pool, at, run } = createPoolHarness({
      a: [503, 'running', 'running', 'paused', 'finished'],
    });
    const changes = (options?: TaskStatusOptions): [attempt: number, changed: boolean][] => {
      const seen: [number, boolean][] = [];
      pool.polls$('a', options).subscribe(({ attempt, changed }) => seen.push([attempt, changed]));
      return seen;
    };
    const known = changes(RUNNING);
    const unknown = changes();
    let late: unknown;
    let lateKnown: unknown;
    // attempt 3 is the latest poll, and its status is that of attempt 2
    at(2_000, () => {
      late = changes();
      lateKnown = changes(RUNNING);
    });
    run();
    expect(known).toEqual([
      [1, false],
      [2, false],
      [3, false],
      [4, true],
      [5, true],
    ]);
    expect(unknown).toEqual([
      [1, false],
      [2, true],
      [3, false],
      [4, true],
      [5, true],
    ]);
    expect(late).toEqual([
      [3, true],
      [4, true],
      [5, true],
    ]);
    expect(lateKnown).toEqual([
      [3, false],
      [4, true],
      [5, true],
    ]);
  });

  test('that is unknown to the API throws at the call', () => {
    const { pool } = createPoolHarness({});
    const knownStatus = 'archived' as never;
    expect(() => pool.status$('a', { knownStatus })).toThrow(/knownStatus/);
    expect(() => createPoolHarness({}, { knownStatus })).toThrow(/knownStatus/);
  });
});

describe('law 4 for any subscriber of a shared watch', () => {
  const word = fc.constantFrom('created', 'running', 'paused', 'finished', 'failed');
  const subscriber = fc.record({
    at: fc.nat({ max: 80 }).map((n) => n * 50),
    knownStatus: fc.option(word, { nil: undefined }),
  });

  prop.prop(
    [
      fc.array(fc.oneof(word, fc.constant(503)), { maxLength: 6 }),
      subscriber,
      fc.array(subscriber, { maxLength: 3 }),
    ],
    runs(300),
  )(
    'with knownStatus it is the stream of a subscriber without it, piped through skipWhile()',
    (replies, one, others) => {
      const results = new Map<string, unknown>();
      const collect = (name: string, source$: Observable<unknown>) =>
        source$.pipe(toArray()).subscribe((all) => results.set(name, all));
      const { pool, at, run } = createPoolHarness({ a: replies });
      const status$ = (status: string | undefined, of: TaskStatusPool = pool) =>
        of.status$('a', { knownStatus: status as TaskStatus | undefined });
      for (const { at: ms, knownStatus } of others) at(ms, () => status$(knownStatus).subscribe());
      at(one.at, () => {
        collect('known', status$(one.knownStatus));
        collect('plain', pool.status$('a').pipe(skipWhile((x) => x === one.knownStatus)));
      });
      run();
      expect(results.get('known')).toEqual(results.get('plain'));
    },
  );

  prop.prop(
    [fc.array(word, { maxLength: 6 }), subscriber, fc.array(subscriber, { maxLength: 3 })],
    runs(300),
  )('status$ equals polls$ piped through toStatus()', (words, one, others) => {
    const results = new Map<string, unknown>();
    const { pool, at, run } = createPoolHarness({ a: words });
    const collect = (name: string, source$: Observable<unknown>) =>
      source$.pipe(toArray()).subscribe((all) => results.set(name, all));
    const options = { knownStatus: one.knownStatus as TaskStatus | undefined };
    for (const { at: ms } of others) at(ms, () => pool.status$('a').subscribe());
    at(one.at, () => {
      collect('status', pool.status$('a', options));
      const polls$: Observable<TaskPoll> = pool.polls$('a', options);
      collect('polls', polls$.pipe(toStatus()));
    });
    run();
    expect(results.get('polls')).toEqual(results.get('status'));
  });
});
