// #region recipe
import { VirtualTimeScheduler } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { taskStatus$ } from 'rxjs-task-status';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { expect, test } from 'vitest';

test('a task that runs for a minute, as a marble diagram', () => {
  const scheduler = new TestScheduler((actual, expected) => {
    expect(actual).toEqual(expected);
  });
  scheduler.run(({ expectObservable }) => {
    const { transport } = fakeTaskApi({
      task_1: [
        ['created', 0],
        ['running', 2_000],
        ['finished', 60_000],
      ],
    });
    // polls at 0, 1000, 2500, 3500, 5000, 7250, 10625 ms, then every 5 s
    const status$ = taskStatus$('task_1', { transport, backoff: { jitter: 0 } });
    expectObservable(status$).toBe('c 2499ms r 58124ms (f|)', {
      c: 'created',
      r: 'running',
      f: 'finished',
    });
  });
});

test('an outage of half a minute is lived through', () => {
  const scheduler = new VirtualTimeScheduler();
  const { transport, requests } = fakeTaskApi(
    {
      task_1: [
        ['running', 0],
        [{ status: 503 }, 10_000],
        ['finished', 40_000],
      ],
    },
    { scheduler },
  );
  const seen: string[] = [];
  taskStatus$('task_1', { transport, scheduler }).subscribe((status) => seen.push(status));
  scheduler.flush();
  expect(seen).toEqual(['running', 'finished']);
  expect(requests.length).toBeLessThan(20);
});
// #endregion
