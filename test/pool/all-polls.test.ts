import { config, Subject, type Subscription } from 'rxjs';
import type { TaskPoll } from 'rxjs-task-status';
import { expect, onTestFinished, test } from 'vitest';
import { createPoolHarness } from '../support/pool-harness.js';

test('allPolls$ emits every poll of every task once, however many subscribers a task has', () => {
  const { pool, observe, run } = createPoolHarness({
    a: ['created', 503, 'finished'],
    b: ['running', 404],
  });
  observe('all', pool.allPolls$);
  for (const name of ['one', 'two']) {
    observe(name, pool.status$('a'));
    observe(name, pool.polls$('a'));
  }
  observe('many', pool.statuses$(['a', 'b']));
  expect(run().received('all')).toEqual([
    '100 all: a 1 created',
    '100 all: b 1 running',
    '1200 all: a 2 http',
    '1200 all: b 2 not-found',
    '1500 all: a 3 finished',
  ]);
});

test('allPolls$ emits the polls of tasks that are added later, and of a task that is watched again', () => {
  const { pool, observe, at, run } = createPoolHarness(() => 'finished');
  const ids$ = new Subject<string>();
  observe('all', pool.allPolls$);
  observe('many', pool.statuses$(ids$));
  for (const [ms, id] of [
    [0, 'a'],
    [500, 'b'],
    [1_000, 'a'],
  ] as const) {
    at(ms, () => ids$.next(id));
  }
  expect(run().received('all')).toEqual([
    '100 all: a 1 finished',
    '600 all: b 1 finished',
    '1100 all: a 1 finished',
  ]);
});

test('allPolls$ starts no watch, and does not keep one alive', () => {
  const { pool, observe, at, run, scheduler } = createPoolHarness(() => 'running');
  observe('all', pool.allPolls$);
  expect(run().requests()).toEqual([]);
  const one = observe('one', pool.status$('a'));
  at(150, () => {
    one.unsubscribe();
    expect(scheduler.actions).toHaveLength(0);
  });
  expect(run().requests()).toEqual(['0 request a']);
});

test('`changed` in allPolls$ is relative to the watch, whatever its subscribers know', () => {
  const { pool, run } = createPoolHarness(
    { a: ['running', 'running', 'finished'] },
    { knownStatus: 'running' },
  );
  const changes: boolean[] = [];
  pool.allPolls$.subscribe(({ changed }) => changes.push(changed));
  pool.status$('a', { knownStatus: 'finished' }).subscribe();
  pool.status$('a').subscribe();
  run();
  expect(changes).toEqual([true, false, true]);
});

test('all subscribers of allPolls$ and of the task get the same object', () => {
  const { pool, run } = createPoolHarness({});
  const polls: TaskPoll[] = [];
  pool.allPolls$.subscribe((poll) => polls.push(poll));
  pool.allPolls$.subscribe((poll) => polls.push(poll));
  pool.polls$('a').subscribe((poll) => polls.push(poll));
  run();
  expect(polls).toHaveLength(3);
  expect(new Set(polls).size).toBe(1);
});

test('allPolls$ continues after the error, the timeout and the abort of watches', () => {
  const controller = new AbortController();
  const { pool, observe, at, run } = createPoolHarness(
    (task) => (task === 'missing' ? 404 : 'running'),
    { signal: controller.signal },
  );
  observe('all', pool.allPolls$);
  observe('missing', pool.status$('missing'));
  observe('slow', pool.status$('slow', { timeout: 500 }));
  observe('own', pool.status$('own', { signal: AbortSignal.abort('own') }));
  observe('late', pool.status$('late'));
  at(700, () => controller.abort('over'));
  const { received } = run();
  expect(received('slow').at(-1)).toBe('600 slow: error timeout');
  expect(received('late').at(-1)).toBe('700 late: error over');
  expect(received('all')).toEqual([
    '100 all: missing 1 not-found',
    '100 all: slow 1 running',
    '100 all: late 1 running',
    '600 all: slow 2 running',
  ]);
});

test('allPolls$ completes on close(), and at once on a closed pool', () => {
  const { pool, observe, at, run } = createPoolHarness(() => 'running');
  observe('all', pool.allPolls$);
  observe('one', pool.status$('a'));
  at(500, () => {
    pool.close();
    observe('late', pool.allPolls$);
  });
  const { received } = run();
  expect(received('all')).toEqual(['100 all: a 1 running', '500 all: complete']);
  expect(received('late')).toEqual(['500 late: complete']);
});

test('allPolls$ emits a poll before the subscribers of the task get it, and stats() counts it', () => {
  const { pool, observe, run, log } = createPoolHarness({ a: ['running', 404] });
  const counted: object[] = [];
  observe('one', pool.status$('a'));
  observe('all', pool.allPolls$);
  pool.allPolls$.subscribe(() => {
    const { watching, inFlight, errors, failing, lastAnswerAt } = pool.stats();
    counted.push({ watching, inFlight, errors, failing, lastAnswerAt });
  });
  run();
  expect(log.filter((line) => line.includes(':'))).toEqual([
    '100 all: a 1 running',
    '100 one: running',
    '1200 all: a 2 not-found',
    '1200 one: error not-found',
  ]);
  expect(counted).toEqual([
    { watching: 1, inFlight: 0, errors: 0, failing: 0, lastAnswerAt: 100 },
    { watching: 1, inFlight: 0, errors: 1, failing: 1, lastAnswerAt: 100 },
  ]);
});

test('a subscriber that is added inside allPolls$ gets the poll once', () => {
  const { pool, observe, run } = createPoolHarness({ a: ['running', 'finished'] });
  let added = false;
  pool.allPolls$.subscribe(() => {
    if (!added) observe('added', pool.polls$('a'));
    added = true;
  });
  observe('one', pool.status$('a'));
  expect(run().received('added')).toEqual([
    '100 added: a 1 running',
    '1200 added: a 2 finished',
    '1200 added: complete',
  ]);
});

test('a subscriber of allPolls$ may unsubscribe from the task and may close the pool', () => {
  const { pool, observe, run } = createPoolHarness(() => 'running');
  const watches = new Map<string, Subscription>();
  pool.allPolls$.subscribe(({ taskId }) => {
    if (taskId === 'a') watches.get(taskId)?.unsubscribe();
    else pool.close();
  });
  observe('all', pool.allPolls$);
  for (const id of ['a', 'b', 'c']) watches.set(id, observe(id, pool.polls$(id)));
  const { received, requests } = run();
  expect(requests()).toEqual(['0 request a', '0 request b', '0 request c', '100 abort c']);
  expect(received('a')).toEqual([]);
  expect(received('b')).toEqual(['100 b: complete']);
  expect(received('all')).toEqual(['100 all: a 1 running', '100 all: complete']);
});

test('an exception in a subscriber of allPolls$ is reported as RxJS does, and changes nothing', async () => {
  const reported: unknown[] = [];
  config.onUnhandledError = (error) => reported.push(error);
  onTestFinished(() => {
    config.onUnhandledError = null;
  });
  const { pool, observe, run } = createPoolHarness({ a: ['running', 'finished'] });
  pool.allPolls$.subscribe(() => {
    throw new Error('mistake');
  });
  observe('all', pool.allPolls$);
  observe('one', pool.status$('a'));
  const { received } = run();
  expect(received('one')).toEqual(['100 one: running', '1200 one: finished', '1200 one: complete']);
  expect(received('all')).toHaveLength(2);
  await new Promise((resolve) => setTimeout(resolve));
  expect(reported).toEqual([new Error('mistake'), new Error('mistake')]);
});

test('the request of a result is not a poll', () => {
  const { pool, observe, run } = createPoolHarness({ a: ['finished', 503, 'the result'] });
  observe('all', pool.allPolls$);
  observe('result', pool.result$('a'));
  const { received, requests } = run();
  expect(requests()).toHaveLength(3);
  expect(received('result').at(-1)).toBe('500 result: complete');
  expect(received('all')).toEqual(['100 all: a 1 finished']);
});
