import { Subject, Subscription, VirtualTimeScheduler } from 'rxjs';
import {
  createTaskStatusPool,
  type StatusRequest,
  type TaskStatusPoolOptions,
  type TaskStatusPoolStats,
} from 'rxjs-task-status';
import { expect, test } from 'vitest';

// What the caller hands over may throw, and the pool goes on for all the others.

/** A pool whose requests are never answered; to let go of one of these tasks throws. */
function ground(throwing: readonly string[], options: TaskStatusPoolOptions = {}) {
  const scheduler = new VirtualTimeScheduler();
  const away = new Set<string>();
  const transport = ({ taskId }: StatusRequest) => ({
    subscribe() {
      away.add(taskId);
      return {
        unsubscribe() {
          away.delete(taskId);
          if (throwing.includes(taskId)) throw new Error(`cannot let go of ${taskId}`);
        },
      };
    },
  });
  const pool = createTaskStatusPool({ transport, scheduler, ...options });
  let stats: TaskStatusPoolStats | undefined;
  pool.stats$.subscribe((now) => (stats = now));
  return { pool, away, scheduler, figures: () => stats };
}

const IDS = ['a', 'b', 'c', 'd', 'e'];
const AT_REST = { watching: 0, queued: 0, inFlight: 0 };

test('a teardown that throws is received to who leaves, and counted as one that has left', () => {
  const { pool, away, figures } = ground(['a']);
  const one = pool.status$('a').subscribe();
  expect(() => one.unsubscribe()).toThrow();
  expect([...away]).toEqual([]);
  expect(figures()).toMatchObject(AT_REST);
});

test('who leaves many tasks leaves all of them, whatever one throws', () => {
  const { pool, away, figures, scheduler } = ground(['a', 'c'], { maxConcurrent: 3 });
  const many = pool.statuses$(IDS).subscribe();
  expect(() => many.unsubscribe()).toThrow();
  expect([...away]).toEqual([]);
  expect(figures()).toMatchObject(AT_REST);
  expect(scheduler.actions).toHaveLength(0);
});

test('close() completes everything, whatever one throws', () => {
  const { pool, away, scheduler } = ground(['a', 'c'], { maxConcurrent: 3 });
  const received: string[] = [];
  pool.statuses$(['a', 'b']).subscribe({ complete: () => received.push('many') });
  pool.statuses$(new Subject<string>()).subscribe({ complete: () => received.push('ids') });
  for (const id of ['c', 'd', 'e']) {
    pool.status$(id).subscribe({ complete: () => received.push(id) });
  }
  pool.stats$.subscribe({ complete: () => received.push('stats') });
  expect(() => pool.close()).toThrow();
  expect(received).toEqual(['many', 'ids', 'c', 'd', 'e', 'stats']);
  expect([...away]).toEqual([]);
  expect(scheduler.actions).toHaveLength(0);
  expect(() => pool.close()).not.toThrow();
});

test("the pool's signal ends every watch, whatever one throws", () => {
  // as a signal does: what its listener throws is nobody's who aborts
  const thrown: unknown[] = [];
  const heard: (() => void)[] = [];
  const signal = Object.assign(new EventTarget(), { aborted: false, reason: 'over' });
  signal.addEventListener = (_: string, listener: unknown) =>
    void heard.push(listener as () => void);
  const { pool, away, figures } = ground(['a'], {
    maxConcurrent: 2,
    signal: signal as unknown as AbortSignal,
  });
  const received: unknown[] = [];
  for (const id of IDS)
    pool.status$(id).subscribe({ error: (error: unknown) => received.push(id, error) });
  for (const hear of heard) {
    try {
      hear();
    } catch (error) {
      thrown.push(error);
    }
  }
  expect(received).toEqual(IDS.flatMap((id) => [id, 'over']));
  expect([...away]).toEqual([]);
  expect(figures()).toMatchObject(AT_REST);
  expect(thrown).toHaveLength(1);
});

test('what throws when a watch starts is the error of that task alone', () => {
  const mistake = new Error('cannot be followed');
  let times = 0;
  const pauseWhile = {
    subscribe: () => {
      times++;
      if (times === 2) throw mistake;
      return new Subscription();
    },
  };
  const { pool, away, figures } = ground([], { pauseWhile });
  const received: unknown[] = [];
  pool.statuses$(['a', 'b', 'c']).subscribe({
    next: (value) => received.push(value),
    error: (error: unknown) => received.push(error),
  });
  expect(received).toEqual([{ taskId: 'b', error: mistake }]);
  expect([...away]).toEqual(['a', 'c']);
  expect(figures()).toMatchObject({ watching: 2, inFlight: 2 });
});

test('what throws when a watch starts reaches all who look at it, and the next starts anew', () => {
  const mistake = new Error('cannot be followed');
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
  const { pool, away, figures } = ground([], { pauseWhile });
  pool.status$('a').subscribe({ error: (error: unknown) => received.push('outer', error) });
  expect(received).toEqual(['outer', mistake, 'inner', mistake]);
  expect(figures()).toMatchObject(AT_REST);
  pool.status$('a').subscribe();
  expect([...away]).toEqual(['a']);
});
