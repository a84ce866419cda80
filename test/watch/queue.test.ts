import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { VirtualTimeScheduler } from 'rxjs';
import type { StatusResponse } from 'rxjs-task-status';
import { describe, expect, test, vi } from 'vitest';
import type { Ticket } from '../../src/watch/options.js';
import { Queue } from '../../src/watch/queue.js';

/** A queue in virtual time, whose holds without a Retry-After are not left to chance. */
function gate({
  maxConcurrent = Infinity,
  initialDelay = 500,
  maxRetryAfter = 300_000,
  observed = false,
} = {}) {
  const scheduler = new VirtualTimeScheduler();
  const schedule = vi.spyOn(scheduler, 'schedule');
  const random = (): number => 0;
  const retry = { initialDelay, factor: 2, maxDelay: 30_000, jitter: 0, random, maxRetryAfter };
  const queue = new Queue({ scheduler, retry }, maxConcurrent, { observed, next: () => undefined });
  /** When each was let in. */
  const left: number[] = [];
  const enter = (): Ticket => {
    const ticket: Ticket = { admit: () => left.push(scheduler.now()) };
    queue.enter(ticket);
    return ticket;
  };
  return { queue, scheduler, schedule, left, enter };
}

/** An answer, with a `retry-after-ms` or without. */
const answer = (status: number, ms?: number): StatusResponse => ({
  status,
  headers: { get: (name) => (name === 'retry-after-ms' && ms !== undefined ? String(ms) : null) },
  body: '',
});

describe('a hold', () => {
  test('is as long as maxRetryAfter at most', () => {
    for (const [asked, heldUntil] of [
      [1_000, 1_000],
      [1_001, undefined],
    ]) {
      const { queue, enter } = gate({ maxRetryAfter: 1_000 });
      queue.leave(enter(), answer(429, asked));
      expect(queue.heldUntil).toBe(heldUntil);
    }
  });

  test.each([
    ['refused', 429],
    ['answered well', 200],
  ])('grows with the 429s in a row, whatever is %s that had left before it', (_, status) => {
    const { queue, scheduler, enter } = gate();
    const early = [enter(), enter()] as const;
    queue.leave(early[0], answer(429));
    expect(queue.heldUntil).toBe(500);
    scheduler.frame = 100;
    queue.leave(early[1], answer(status));
    expect(queue.heldUntil).toBe(500);
    const next = enter();
    scheduler.flush();
    queue.leave(next, answer(429));
    expect(queue.heldUntil).toBe(500 + 1_000);
  });

  test('excuses who was refused because of it, and nobody who has not even left', () => {
    const { queue, enter } = gate({ maxConcurrent: 2 });
    const [first, second, waiting] = [enter(), enter(), enter()];
    expect(queue.leave(first, answer(429, 1_000))).toBe(false);
    expect(queue.leave(second, answer(429, 1_000))).toBe(true);
    expect(queue.leave(waiting)).toBe(false);
  });

  test('is over where only a rounding error is left of it', () => {
    const { queue, scheduler, left, enter } = gate();
    queue.leave(enter(), answer(429, 1_000));
    scheduler.now = () => 999.9995;
    expect(queue.heldUntil).toBeUndefined();
    enter();
    expect(left).toHaveLength(2);
  });

  test.each([
    [4, [1_000, 1_000, 1_000]],
    [8, [1_000, 1_001, 1_001]],
    [16, [1_000, 1_002, 1_003.75]],
  ])(
    'spreads who waits over the wait before a retry, %d ms, by gaps of 1 ms or more',
    (initialDelay, times) => {
      const { queue, scheduler, left, enter } = gate({ initialDelay });
      queue.leave(enter(), answer(429, 1_000));
      times.forEach(() => enter());
      scheduler.flush();
      expect(left.slice(1)).toEqual(times);
    },
  );
});

describe('a timer', () => {
  test('is set once for a hold, however many come to wait', () => {
    const { queue, schedule, enter } = gate();
    queue.leave(enter(), answer(429, 1_000));
    for (let count = 0; count < 100; count++) enter();
    expect(schedule).toHaveBeenCalledTimes(1);
  });

  test('is not set where somebody looks and there is no hold whose end could be told', () => {
    const { queue, schedule, enter } = gate({ observed: true });
    queue.admit();
    queue.leave(enter(), answer(429, 0));
    expect(schedule).not.toHaveBeenCalled();
  });

  test('is not set for those who are about to be let in', () => {
    const { queue, scheduler, schedule, left, enter } = gate({ maxConcurrent: 1 });
    const first = enter();
    for (let count = 0; count < 3; count++) {
      const ticket: Ticket = {
        admit: () => {
          left.push(scheduler.now());
          queue.leave(ticket, answer(200));
        },
      };
      queue.enter(ticket);
    }
    queue.leave(first);
    scheduler.flush();
    expect(left).toHaveLength(4);
    // the one that calls up the first of the three
    expect(schedule).toHaveBeenCalledTimes(1);
  });
});

describe('the line', () => {
  test('is let in by one loop, though each answer that comes at once asks for the next', () => {
    const { queue, enter } = gate({ maxConcurrent: 1 });
    const first = enter();
    let depth = 0;
    const depths = new Set<number>();
    for (let count = 0; count < 100; count++) {
      const ticket: Ticket = {
        admit: () => {
          depths.add(++depth);
          queue.leave(ticket, answer(200));
          queue.admit();
          depth--;
        },
      };
      queue.enter(ticket);
    }
    queue.leave(first);
    queue.admit();
    expect([...depths]).toEqual([1]);
    expect(queue).toMatchObject({ requests: 101, queued: 0, inFlight: 0 });
  });

  test('forgets who leaves it, though others stay', async () => {
    const { queue, enter } = gate({ maxConcurrent: 1 });
    for (let count = 0; count < 10; count++) enter();
    const gone: WeakRef<Ticket>[] = [];
    for (let count = 0; count < 1_000; count++) {
      const ticket = enter();
      queue.leave(ticket);
      gone.push(new WeakRef(ticket));
    }
    // what a WeakRef was made for lives until the turn is over
    await setImmediate();
    setFlagsFromString('--expose-gc');
    (runInNewContext('gc') as () => void)();
    expect(gone.filter((ticket) => ticket.deref()).length).toBeLessThan(20);
    expect(queue.queued).toBe(9);
  });
});
