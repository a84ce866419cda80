// #region recipe
import { TestScheduler } from 'rxjs/testing';
import { taskStatus$ } from 'rxjs-task-status';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { expect, test } from 'vitest';

test('a marble test', () => {
  const testScheduler = new TestScheduler((actual, expected) => expect(actual).toEqual(expected));
  testScheduler.run(({ expectObservable }) => {
    const { transport } = fakeTaskApi({
      task_1: [
        ['running', 0],
        ['finished', 4_000],
      ],
    });
    // polls at 0, 1000, 2500 and 4750 ms
    const status$ = taskStatus$('task_1', { transport, backoff: { jitter: 0 } });
    expectObservable(status$).toBe('r 4749ms (f|)', { r: 'running', f: 'finished' });
  });
});
// #endregion
import { VirtualTimeScheduler } from 'rxjs';
import { describe } from 'vitest';

const TASKS = {
  task_1: [
    ['created', 0],
    ['running', 2_000],
    ['finished', 60_000],
  ],
};
const NAMES = { c: 'created', r: 'running', f: 'finished' };
const backoff = { jitter: 0 };

/** Runs a marble test. */
function run(test) {
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(test);
}

/** What a watch emits, and how it ends. */
function watch(options) {
  const seen = [];
  taskStatus$('task_1', options).subscribe({
    next: (status) => seen.push(status),
    error: (error) => seen.push(String(error)),
    complete: () => seen.push('complete'),
  });
  return seen;
}

describe('works', () => {
  test('testScheduler.run(() => { fakeTaskApi(tasks).transport })', () => {
    run(({ expectObservable }) => {
      const { transport } = fakeTaskApi(TASKS);
      const status$ = taskStatus$('task_1', { transport, backoff });
      // polls at 0, 1000, 2500, 3500, 5000, 7250, 10625 ms, then every 5 s
      expectObservable(status$).toBe('c 2499ms r 58124ms (f|)', NAMES);
    });
  });

  test('fakeTaskApi(tasks, { scheduler }); scheduler.flush()', () => {
    const scheduler = new VirtualTimeScheduler();
    const { transport } = fakeTaskApi(TASKS, { scheduler });
    const seen = watch({ transport, scheduler });
    scheduler.flush();
    expect(seen).toEqual(['created', 'running', 'finished', 'complete']);
  });
});

describe('does not work', () => {
  test('testScheduler.run(() => { fakeTaskApi(tasks).fetch })', () => {
    run(({ expectObservable }) => {
      const { fetch } = fakeTaskApi(TASKS);
      expectObservable(taskStatus$('task_1', { fetch, backoff }), '60s !').toBe('');
    });
  });

  test('fakeTaskApi(tasks); testScheduler.run(() => { … })', () => {
    const { transport } = fakeTaskApi(TASKS);
    run(({ flush }) => {
      const seen = watch({ transport, backoff });
      flush();
      expect(seen.join()).toMatch(/clock moved back/);
    });
  });

  test('fakeTaskApi(tasks); scheduler.flush()', () => {
    const scheduler = new VirtualTimeScheduler();
    const { transport } = fakeTaskApi(TASKS);
    const seen = watch({ transport, scheduler });
    scheduler.flush();
    expect(seen.join()).toMatch(/^created,Error: fakeTaskApi/);
  });
});
