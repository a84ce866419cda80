import { setImmediate } from 'node:timers/promises';
import { setFlagsFromString } from 'node:v8';
import { runInNewContext } from 'node:vm';
import { VirtualTimeScheduler } from 'rxjs';
import type { StatusResponse } from 'rxjs-task-status';
import { describe, expect, test, vi } from 'vitest';
import type { Permit } from '../../src/watch/limiter.js';
import { RequestLimiter } from '../../src/pool/request-limiter.js';

/** A limiter in virtual time, without jitter. */
function createLimiter({
  maxConcurrent = Infinity,
  initialDelay = 500,
  maxRetryAfter = 300_000,
  observed = false,
} = {}) {
  const scheduler = new VirtualTimeScheduler();
  const schedule = vi.spyOn(scheduler, 'schedule');
  const random = (): number => 0;
  const retry = { initialDelay, factor: 2, maxDelay: 30_000, jitter: 0, random, maxRetryAfter };
  const limiter = new RequestLimiter(
    { scheduler, retry, maxConcurrent },
    {
      observed,
      next: () => undefined,
    },
  );
  /** When each permit was granted. */
  const grantedAt: number[] = [];
  const acquire = (): Permit => {
    const permit: Permit = { grant: () => grantedAt.push(scheduler.now()), fail };
    limiter.acquire(permit);
    return permit;
  };
  return { limiter, scheduler, schedule, grantedAt, acquire };
}

/** Nothing fails here. */
const fail = (error: unknown): never => expect.unreachable(String(error));

/** An answer, with or without `retry-after-ms`. */
const answer = (status: number, ms?: number): StatusResponse => ({
  status,
  headers: { get: (name) => (name === 'retry-after-ms' && ms !== undefined ? String(ms) : null) },
  body: '',
});

describe('a cooldown', () => {
  test('is not started by more than maxRetryAfter', () => {
    for (const [retryAfter, heldUntil] of [
      [1_000, 1_000],
      [1_001, undefined],
    ]) {
      const { limiter, acquire } = createLimiter({ maxRetryAfter: 1_000 });
      limiter.release(acquire(), answer(429, retryAfter));
      expect(limiter.heldUntil).toBe(heldUntil);
    }
  });

  test.each([
    ['a 429', 429],
    ['a good answer', 200],
  ])('grows with the 429s in a row; %s to a request sent before it does not count', (_, status) => {
    const { limiter, scheduler, acquire } = createLimiter();
    const early = [acquire(), acquire()] as const;
    limiter.release(early[0], answer(429));
    expect(limiter.heldUntil).toBe(500);
    scheduler.frame = 100;
    limiter.release(early[1], answer(status));
    expect(limiter.heldUntil).toBe(500);
    const next = acquire();
    scheduler.flush();
    limiter.release(next, answer(429));
    expect(limiter.heldUntil).toBe(500 + 1_000);
  });

  test('ignores a 429 of a request sent before it, but not of a queued request', () => {
    const { limiter, acquire } = createLimiter({ maxConcurrent: 2 });
    const [first, second, waiting] = [acquire(), acquire(), acquire()];
    expect(limiter.release(first, answer(429, 1_000))).toBe(false);
    expect(limiter.release(second, answer(429, 1_000))).toBe(true);
    expect(limiter.release(waiting)).toBe(false);
  });

  test('ends although a rounding error is left of it', () => {
    const { limiter, scheduler, grantedAt, acquire } = createLimiter();
    limiter.release(acquire(), answer(429, 1_000));
    scheduler.now = () => 999.9995;
    expect(limiter.heldUntil).toBeUndefined();
    acquire();
    expect(grantedAt).toHaveLength(2);
  });

  test.each([
    [4, [1_000, 1_000, 1_000]],
    [8, [1_000, 1_001, 1_001]],
    [16, [1_000, 1_002, 1_003.75]],
  ])(
    'spreads requests over the retry delay, %d ms, with gaps of at least 1 ms',
    (initialDelay, times) => {
      const { limiter, scheduler, grantedAt, acquire } = createLimiter({ initialDelay });
      limiter.release(acquire(), answer(429, 1_000));
      times.forEach(() => acquire());
      scheduler.flush();
      expect(grantedAt.slice(1)).toEqual(times);
    },
  );
});

describe('a timer', () => {
  test('is scheduled once for a cooldown, for any number of waiting requests', () => {
    const { limiter, schedule, acquire } = createLimiter();
    limiter.release(acquire(), answer(429, 1_000));
    for (let count = 0; count < 100; count++) acquire();
    expect(schedule).toHaveBeenCalledTimes(1);
  });

  test('is not scheduled for a monitor if there is no cooldown', () => {
    const { limiter, schedule, acquire } = createLimiter({ observed: true });
    limiter.grant();
    limiter.release(acquire(), answer(429, 0));
    expect(schedule).not.toHaveBeenCalled();
  });

  test('is not scheduled for requests that are sent now', () => {
    const { limiter, scheduler, schedule, grantedAt, acquire } = createLimiter({
      maxConcurrent: 1,
    });
    const first = acquire();
    for (let count = 0; count < 3; count++) {
      const permit: Permit = {
        grant: () => {
          grantedAt.push(scheduler.now());
          limiter.release(permit, answer(200));
        },
        fail,
      };
      limiter.acquire(permit);
    }
    limiter.release(first);
    scheduler.flush();
    expect(grantedAt).toHaveLength(4);
    // for the first of the three, after the release
    expect(schedule).toHaveBeenCalledTimes(1);
  });
});

describe('a clock that throws', () => {
  const broken = new Error('no clock');

  /** A limiter in a cooldown whose clock breaks, and what it ends of what waits. */
  function waitingLimiter() {
    const { limiter, scheduler, acquire } = createLimiter();
    const ended: unknown[] = [];
    limiter.release(acquire(), answer(429, 1_000));
    const wait = (): void => {
      const permit: Permit = {
        grant: () => expect.unreachable(),
        fail: (error) => {
          ended.push(error);
          limiter.release(permit);
        },
      };
      limiter.acquire(permit);
    };
    const breakClock = (): void => {
      scheduler.now = () => {
        throw broken;
      };
    };
    return { limiter, ended, wait, breakClock };
  }

  test('ends all that waits when the next request comes', () => {
    const { limiter, ended, wait, breakClock } = waitingLimiter();
    wait();
    limiter.onCapacity(() => ended.push('a waiter'));
    breakClock();
    wait();
    expect(ended).toEqual([broken, broken, 'a waiter']);
    expect(limiter).toMatchObject({ requests: 1, queued: 0, inFlight: 0 });
  });

  test('calls back who waits for capacity, once', () => {
    const { limiter, ended, breakClock } = waitingLimiter();
    breakClock();
    limiter.onCapacity(() => ended.push('first'));
    limiter.onCapacity(() => ended.push('second'));
    expect(ended).toEqual(['first', 'second']);
  });
});

describe('the queue', () => {
  test('is granted by one loop, although each synchronous answer calls grant()', () => {
    const { limiter, acquire } = createLimiter({ maxConcurrent: 1 });
    const first = acquire();
    let depth = 0;
    const depths = new Set<number>();
    for (let count = 0; count < 100; count++) {
      const permit: Permit = {
        grant: () => {
          depths.add(++depth);
          limiter.release(permit, answer(200));
          limiter.grant();
          depth--;
        },
        fail,
      };
      limiter.acquire(permit);
    }
    limiter.release(first);
    limiter.grant();
    expect([...depths]).toEqual([1]);
    expect(limiter).toMatchObject({ requests: 101, queued: 0, inFlight: 0 });
  });

  test('drops a released permit while others wait', async () => {
    const { limiter, acquire } = createLimiter({ maxConcurrent: 1 });
    for (let count = 0; count < 10; count++) acquire();
    const gone: WeakRef<Permit>[] = [];
    for (let count = 0; count < 1_000; count++) {
      const permit = acquire();
      limiter.release(permit);
      gone.push(new WeakRef(permit));
    }
    // the target of a new WeakRef lives until the end of the turn
    await setImmediate();
    setFlagsFromString('--expose-gc');
    (runInNewContext('gc') as () => void)();
    expect(gone.filter((permit) => permit.deref()).length).toBeLessThan(20);
    expect(limiter.queued).toBe(9);
  });
});

describe('a callback of onCapacity()', () => {
  test('is called when the one before it has left a place free', () => {
    const { limiter, acquire } = createLimiter({ maxConcurrent: 1 });
    const inFlight = acquire();
    const called: string[] = [];
    const taken: Permit[] = [];
    limiter.onCapacity(() => {
      called.push('first');
      taken.push(acquire());
    });
    limiter.onCapacity(() => called.push('second'));
    limiter.release(inFlight);
    limiter.grant();
    expect(called).toEqual(['first']);
    limiter.release(taken[0]!);
    limiter.grant();
    expect(called).toEqual(['first', 'second']);
  });
});

test('a limiter reads the clock for cooldowns only', () => {
  const { limiter, scheduler } = createLimiter();
  const now = vi.spyOn(scheduler, 'now');
  const permit: Permit = { grant: vi.fn(), fail };
  limiter.acquire(permit);
  limiter.release(permit, answer(200));
  limiter.grant();
  expect(limiter.requests).toBe(1);
  expect(now).not.toHaveBeenCalled();
});

describe('a clock or a scheduler that throws', () => {
  const failure = new Error('no clock');

  /** A limiter with one request in flight, two that wait, and one that was released in the queue. */
  function createWaiting() {
    const all = createLimiter({ maxConcurrent: 1 });
    const { limiter, acquire } = all;
    const failures: [string, unknown][] = [];
    const wait = (name: string): Permit => {
      const permit: Permit = {
        grant: () => expect.unreachable(),
        fail: (error) => {
          failures.push([name, error]);
          limiter.release(permit);
        },
      };
      limiter.acquire(permit);
      return permit;
    };
    const inFlight = acquire();
    wait('a');
    const released = wait('released');
    wait('b');
    limiter.release(released);
    limiter.onCapacity(() => failures.push(['a capacity waiter', undefined]));
    return { ...all, inFlight, failures };
  }

  const all = [
    ['a', failure],
    ['b', failure],
    ['a capacity waiter', undefined],
  ];

  test('fails all that waits when the timer cannot be scheduled, each once', () => {
    const { limiter, scheduler, schedule, inFlight, failures, grantedAt, acquire } =
      createWaiting();
    schedule.mockImplementation(() => {
      throw failure;
    });
    limiter.release(inFlight);
    expect(failures).toEqual(all);
    expect(limiter).toMatchObject({ queued: 0, inFlight: 0 });
    schedule.mockRestore();
    acquire();
    scheduler.flush();
    expect(grantedAt).toHaveLength(2);
    expect(failures).toEqual(all);
  });

  test('fails all that waits when the clock cannot be read, each once', () => {
    const { limiter, scheduler, inFlight, failures, grantedAt, acquire } = createWaiting();
    limiter.release(inFlight, answer(429, 1_000));
    const now = vi.spyOn(scheduler, 'now').mockImplementation(() => {
      throw failure;
    });
    limiter.grant();
    expect(failures).toEqual(all);
    expect(limiter).toMatchObject({ queued: 0, inFlight: 0 });
    now.mockRestore();
    acquire();
    scheduler.flush();
    expect(grantedAt).toEqual([0, 1_000]);
    expect(failures).toEqual(all);
  });
});
