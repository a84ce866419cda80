import { Subscription, VirtualTimeScheduler } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import {
  createTaskStatusPool,
  isTaskStatusError,
  taskPolls$,
  taskStatus$,
  type TaskStatusOptions,
} from 'rxjs-task-status';
import { fakeTaskApi, type FakeTaskApi, type FakeTimeline } from 'rxjs-task-status/testing';
import { afterEach, describe, expect, test, vi } from 'vitest';

const tasks: Record<string, FakeTimeline> = {
  task_1: [
    ['created', 0],
    ['running', 2_000],
    ['finished', 60_000],
  ],
};

const MOVED_BACK =
  /^fakeTaskApi: its clock moved back from [\d.]+ to [\d.]+ ms\. Call fakeTaskApi\(\)/;
const JUMPED = /^fakeTaskApi: its clock jumped forward from 0 to \d+ ms\. Call fakeTaskApi\(\)/;
const STANDS_STILL = /^fakeTaskApi: 1000 requests for task "task_1" at one instant of its clock/;

/** What a subscriber of `task_1` gets. */
interface Outcome {
  readonly values: string[];
  error?: unknown;
}

function watch(options: TaskStatusOptions): Outcome {
  const outcome: Outcome = { values: [] };
  taskStatus$('task_1', options).subscribe({
    next: (status) => outcome.values.push(status),
    error: (error: unknown) => (outcome.error = error),
  });
  return outcome;
}

type Path = 'transport' | 'fetch';

function through(path: Path, { transport, fetch }: FakeTaskApi): TaskStatusOptions {
  return path === 'transport' ? { transport } : { fetch };
}

function expectMisuse({ error }: Outcome, message: RegExp): void {
  expect(error).toHaveProperty('message', expect.stringMatching(message));
  // unchanged, and not a NetworkError that is retried
  expect(isTaskStatusError(error)).toBe(false);
}

function inRun<T>(act: () => T): T {
  let result: T | undefined;
  new TestScheduler(() => undefined).run(() => (result = act()));
  return result!;
}

/** A clock that only the test moves. */
function manualClock() {
  const clock = { time: 0, now: () => clock.time, schedule: () => Subscription.EMPTY };
  return clock;
}

afterEach(() => {
  vi.useRealTimers();
});

describe.each<Path>(['transport', 'fetch'])('a fake of another clock, used by %s', (path) => {
  test('made before fake timers that start at 0, ends the watch at its first request', async () => {
    const api = fakeTaskApi(tasks);
    vi.useFakeTimers({ now: 0 });
    const outcome = watch(through(path, api));
    await vi.advanceTimersByTimeAsync(100_000);
    expectMisuse(outcome, MOVED_BACK);
    expect(outcome.values).toEqual([]);
    expect(api.requests).toHaveLength(1);
  });

  test('made before fake timers that start years ahead, ends the watch too', async () => {
    vi.useFakeTimers({ now: 0 });
    const api = fakeTaskApi(tasks);
    vi.useFakeTimers({ now: new Date('2030-01-01') });
    const outcome = watch(through(path, api));
    await vi.advanceTimersByTimeAsync(100_000);
    expectMisuse(outcome, JUMPED);
    expect(api.requests).toHaveLength(1);
  });

  test('ends a watch when the clock is set back between its polls', async () => {
    vi.useFakeTimers({ now: 1_000_000 });
    const api = fakeTaskApi(tasks);
    const outcome = watch(through(path, api));
    await vi.advanceTimersByTimeAsync(100);
    vi.setSystemTime(500_000);
    await vi.advanceTimersByTimeAsync(100_000);
    expectMisuse(outcome, MOVED_BACK);
    expect(outcome.values).toEqual(['created']);
    expect(api.requests).toHaveLength(2);
  });

  test('ends a watch when the clock is set back while a request is in flight', async () => {
    vi.useFakeTimers({ now: 1_000_000 });
    const outcome = watch(through(path, fakeTaskApi(tasks, { latency: 100 })));
    await vi.advanceTimersByTimeAsync(50);
    vi.setSystemTime(500_000);
    await vi.advanceTimersByTimeAsync(100_000);
    expectMisuse(outcome, MOVED_BACK);
  });
});

test('a fake made before fake timers that start now works', () => {
  const { transport } = fakeTaskApi(tasks);
  vi.useFakeTimers();
  const outcome = watch({ transport });
  vi.advanceTimersByTime(100_000);
  expect(outcome).toEqual({ values: ['created', 'running', 'finished'] });
});

describe('testScheduler.run()', () => {
  test('with a fake made outside ends the watch', () => {
    const { transport, requests } = fakeTaskApi(tasks);
    const outcome = inRun(() => watch({ transport }));
    expectMisuse(outcome, MOVED_BACK);
    expect(requests).toHaveLength(1);
  });

  test('with a fake of an earlier run ends the watch', () => {
    const { transport } = inRun(() => {
      const api = fakeTaskApi(tasks);
      watch({ transport: api.transport });
      return api;
    });
    const outcome = inRun(() => watch({ transport }));
    expectMisuse(outcome, MOVED_BACK);
  });

  test('with a fake that is used after it ends the watch', () => {
    const { transport } = inRun(() => fakeTaskApi(tasks));
    expectMisuse(watch({ transport }), JUMPED);
  });

  test.each(['the watch', 'the fake', 'both', 'neither'])(
    'works with its scheduler given to %s',
    (who) => {
      const scheduler = new TestScheduler(() => undefined);
      let outcome: Outcome | undefined;
      scheduler.run(() => {
        const { transport } = fakeTaskApi(tasks, who === 'the watch' ? {} : { scheduler });
        outcome = watch({ transport, ...(who === 'the fake' ? {} : { scheduler }) });
      });
      expect(outcome).toEqual({ values: ['created', 'running', 'finished'] });
    },
  );
});

describe('a poller that does not advance the clock of the fake', () => {
  test('is a watch with a scheduler that the fake does not have: it ends and does not loop forever', () => {
    const scheduler = new VirtualTimeScheduler();
    const { transport } = fakeTaskApi(tasks);
    const outcome = watch({ transport, scheduler });
    scheduler.flush();
    expectMisuse(outcome, STANDS_STILL);
    expect(outcome.values).toEqual(['created']);
    expect(outcome.error).toHaveProperty(
      'message',
      expect.stringContaining('Give both the same scheduler: fakeTaskApi(tasks, { scheduler })'),
    );
  });

  test('ends in a pool and in taskPolls$ too', () => {
    const scheduler = new VirtualTimeScheduler();
    const { transport } = fakeTaskApi(tasks);
    const errors: unknown[] = [];
    const error = (reason: unknown) => errors.push(reason);
    const pool = createTaskStatusPool({ transport, scheduler });
    pool.status$('task_1').subscribe({ error });
    scheduler.flush();
    taskPolls$('task_1', { transport, scheduler }).subscribe({ error });
    scheduler.flush();
    for (const reason of errors) expectMisuse({ values: [], error: reason }, STANDS_STILL);
    expect(errors).toHaveLength(2);
  });

  test('is a fake with a scheduler that the watch does not have, under fake timers', () => {
    vi.useFakeTimers();
    const { transport, requests } = fakeTaskApi(tasks, { scheduler: new VirtualTimeScheduler() });
    const outcome = watch({ transport });
    vi.runAllTimers();
    expectMisuse(outcome, STANDS_STILL);
    expect(requests).toHaveLength(1_000);
  });

  test('is a watch under fake timers without a fake Date', () => {
    vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout', 'setInterval', 'clearInterval'] });
    const outcome = watch({ transport: fakeTaskApi(tasks).transport });
    vi.runAllTimers();
    expectMisuse(outcome, STANDS_STILL);
  });

  test('is a loop around fetch under fake timers', async () => {
    vi.useFakeTimers();
    const { fetch, requests } = fakeTaskApi(tasks);
    const poll = async () => {
      for (;;) await fetch('https://x.example/task/task_1/status');
    };
    await expect(poll()).rejects.toThrow(STANDS_STILL);
    expect(requests).toHaveLength(1_000);
  });
});

describe('the same clock is right', () => {
  test('for 10,000 polls, 1 ms apart', () => {
    const scheduler = new VirtualTimeScheduler();
    const { transport, requests } = fakeTaskApi(
      {
        task_1: [
          ['running', 0],
          ['finished', 10_000],
        ],
      },
      { scheduler },
    );
    const outcome = watch({ transport, scheduler, backoff: { initialDelay: 0 } });
    scheduler.flush();
    expect(outcome).toEqual({ values: ['running', 'finished'] });
    expect(requests).toHaveLength(10_001);
  });

  test('for 2,000 tasks at one instant', () => {
    const { transport } = fakeTaskApi(
      Object.fromEntries(Array.from({ length: 2_000 }, (_, i) => [`${i}`, [['finished', 0]]])),
    );
    let finished = 0;
    for (let i = 0; i < 2_000; i++) {
      taskStatus$(`${i}`, { transport }).subscribe({ complete: () => (finished += 1) });
    }
    expect(finished).toBe(2_000);
  });

  test('for 100 requests a millisecond for one task, if they are not in one loop', async () => {
    const scheduler = manualClock();
    const { fetch, requests } = fakeTaskApi(tasks, { scheduler });
    for (let i = 0; i < 5_000; i++) {
      scheduler.time = Math.floor(i / 100);
      await fetch('https://x.example/task/task_1/status');
    }
    expect(requests).toHaveLength(5_000);
  });

  test('for a month between two requests', () => {
    const scheduler = manualClock();
    const { transport } = fakeTaskApi(tasks, { scheduler });
    scheduler.time = 30 * 86_400_000;
    expect(watch({ transport })).toEqual({ values: ['finished'] });
  });
});
