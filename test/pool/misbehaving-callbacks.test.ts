import { Subject, Subscription, VirtualTimeScheduler } from 'rxjs';
import {
  createTaskStatusPool,
  type StatusRequest,
  type TaskStatusPoolOptions,
  type TaskStatusPoolStats,
} from 'rxjs-task-status';
import { expect, test } from 'vitest';

// A caller's function may throw; the pool goes on for all other tasks.

/** A pool whose requests are never answered; unsubscribing from some of them throws. */
function createPool(throwing: readonly string[], options: TaskStatusPoolOptions = {}) {
  const scheduler = new VirtualTimeScheduler();
  const inFlight = new Set<string>();
  const transport = ({ taskId }: StatusRequest) => ({
    subscribe() {
      inFlight.add(taskId);
      return {
        unsubscribe() {
          inFlight.delete(taskId);
          if (throwing.includes(taskId)) throw new Error(`cannot unsubscribe from ${taskId}`);
        },
      };
    },
  });
  const pool = createTaskStatusPool({ transport, scheduler, ...options });
  let latest: TaskStatusPoolStats | undefined;
  pool.stats$.subscribe((stats) => (latest = stats));
  return { pool, inFlight, scheduler, stats: () => latest };
}

const IDS = ['a', 'b', 'c', 'd', 'e'];
const IDLE = { watching: 0, queued: 0, inFlight: 0 };

test('an exception in a teardown is thrown by unsubscribe(), and the watch stops', () => {
  const { pool, inFlight, stats } = createPool(['a']);
  const one = pool.status$('a').subscribe();
  expect(() => one.unsubscribe()).toThrow();
  expect([...inFlight]).toEqual([]);
  expect(stats()).toMatchObject(IDLE);
});

test('unsubscribing from many tasks stops all of them, although one throws', () => {
  const { pool, inFlight, stats, scheduler } = createPool(['a', 'c'], { maxConcurrent: 3 });
  const many = pool.statuses$(IDS).subscribe();
  expect(() => many.unsubscribe()).toThrow();
  expect([...inFlight]).toEqual([]);
  expect(stats()).toMatchObject(IDLE);
  expect(scheduler.actions).toHaveLength(0);
});

test('close() completes everything, although one throws', () => {
  const { pool, inFlight, scheduler } = createPool(['a', 'c'], { maxConcurrent: 3 });
  const received: string[] = [];
  pool.statuses$(['a', 'b']).subscribe({ complete: () => received.push('many') });
  pool.statuses$(new Subject<string>()).subscribe({ complete: () => received.push('ids') });
  for (const id of ['c', 'd', 'e']) {
    pool.status$(id).subscribe({ complete: () => received.push(id) });
  }
  pool.stats$.subscribe({ complete: () => received.push('stats') });
  expect(() => pool.close()).toThrow();
  expect(received).toEqual(['many', 'ids', 'c', 'd', 'e', 'stats']);
  expect([...inFlight]).toEqual([]);
  expect(scheduler.actions).toHaveLength(0);
  expect(() => pool.close()).not.toThrow();
});

test("the pool's signal ends every watch, although one throws", () => {
  // what a listener of a real signal throws is an uncaught exception
  const thrown: unknown[] = [];
  const listeners: (() => void)[] = [];
  const signal = Object.assign(new EventTarget(), { aborted: false, reason: 'over' });
  signal.addEventListener = (_: string, listener: unknown) =>
    void listeners.push(listener as () => void);
  const { pool, inFlight, stats } = createPool(['a'], {
    maxConcurrent: 2,
    signal: signal as unknown as AbortSignal,
  });
  const received: unknown[] = [];
  for (const id of IDS)
    pool.status$(id).subscribe({ error: (error: unknown) => received.push(id, error) });
  for (const listener of listeners) {
    try {
      listener();
    } catch (error) {
      thrown.push(error);
    }
  }
  expect(received).toEqual(IDS.flatMap((id) => [id, 'over']));
  expect([...inFlight]).toEqual([]);
  expect(stats()).toMatchObject(IDLE);
  expect(thrown).toEqual([]);
});

test('an exception at the start of a watch is the error of that task only', () => {
  const mistake = new Error('cannot be subscribed to');
  let times = 0;
  const pauseWhile = {
    subscribe: () => {
      times++;
      if (times === 2) throw mistake;
      return new Subscription();
    },
  };
  const { pool, inFlight, stats } = createPool([], { pauseWhile });
  const received: unknown[] = [];
  pool.statuses$(['a', 'b', 'c']).subscribe({
    next: (value) => received.push(value),
    error: (error: unknown) => received.push(error),
  });
  expect(received).toEqual([{ taskId: 'b', error: mistake }]);
  expect([...inFlight]).toEqual(['a', 'c']);
  expect(stats()).toMatchObject({ watching: 2, inFlight: 2 });
});

test('an exception at the start of a watch reaches all its subscribers, and the next one starts a new watch', () => {
  const mistake = new Error('cannot be subscribed to');
  const received: unknown[] = [];
  let first = true;
  const pauseWhile = {
    subscribe: () => {
      if (first) {
        first = false;
        pool.status$('a').subscribe({ error: (error: unknown) => received.push('inner', error) });
        throw mistake;
      }
      return new Subscription();
    },
  };
  const { pool, inFlight, stats } = createPool([], { pauseWhile });
  pool.status$('a').subscribe({ error: (error: unknown) => received.push('outer', error) });
  expect(received).toEqual(['outer', mistake, 'inner', mistake]);
  expect(stats()).toMatchObject(IDLE);
  pool.status$('a').subscribe();
  expect([...inFlight]).toEqual(['a']);
});
