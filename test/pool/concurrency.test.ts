import { BehaviorSubject, Subject, Subscription } from 'rxjs';
import type { TaskPoll } from 'rxjs-task-status';
import { describe, expect, test } from 'vitest';
import { createPoolHarness } from '../support/pool-harness.js';
import { poolHistory } from '../support/pool-history.js';
import { runPool } from '../support/pool-run.js';
import { fc, test as prop } from '../support/property.js';
import { runs } from '../support/runs.js';

describe('maxConcurrent', () => {
  prop.prop([poolHistory()], runs(300))(
    'is never exceeded by retries, late subscribers and aborts',
    (history) => {
      let inFlight = 0;
      for (const [, what] of runPool(history)) {
        if (what === 'request') inFlight++;
        if (what === 'answer' || what === 'abort') inFlight--;
        expect(inFlight).toBeLessThanOrEqual(history.maxConcurrent);
      }
    },
  );

  test('is 16 by default', () => {
    const { pool, log } = createPoolHarness(() => 'running');
    for (let task = 0; task < 20; task++) pool.status$(`task_${task}`).subscribe();
    expect(log).toHaveLength(16);
  });

  test('queues 10,000 watches that start at once', () => {
    const ids = Array.from({ length: 10_000 }, (_, task) => `task_${task}`);
    const { pool, observe, run } = createPoolHarness(() => ({ answer: 'finished', latency: 100 }));
    observe('all', pool.statuses$(ids));
    const atOnce = new Map<string, number>();
    for (const line of run().requests()) {
      const [ms = ''] = line.split(' ');
      atOnce.set(ms, (atOnce.get(ms) ?? 0) + 1);
    }
    expect(new Set(atOnce.values())).toEqual(new Set([16]));
    expect(atOnce.size).toBe(10_000 / 16);
  });

  test('works with a synchronous transport, without recursion', () => {
    const ids = Array.from({ length: 20_000 }, (_, task) => `task_${task}`);
    const replies = () => ({ answer: 'finished', latency: -1 });
    const { pool, observe, received } = createPoolHarness(replies, { maxConcurrent: 1 });
    observe('all', pool.statuses$(ids));
    expect(received('all')).toHaveLength(20_001);
  });
});

/** Tasks that are watched and unsubscribed at some time, each with the latencies of its requests. */
const tasks = fc.array(
  fc.record({
    start: fc.nat({ max: 20 }).map((n) => n * 25),
    unsubscribeAt: fc.option(
      fc.nat({ max: 40 }).map((n) => n * 50),
      { nil: Infinity, freq: 3 },
    ),
    latencies: fc.array(fc.constantFrom(0, 25, 100, 100, 300), { minLength: 1, maxLength: 4 }),
  }),
  { minLength: 1, maxLength: 12, size: 'max' },
);
/** After how many good answers comes a 429, and with which `Retry-After`. */
const cooldowns = fc.array(
  fc.record({ after: fc.nat({ max: 8 }), retryAfter: fc.constantFrom(10, 200, 1_000) }),
  { maxLength: 3 },
);

interface Request {
  readonly task: number;
  readonly queuedAt: number;
  /** `undefined` if its watch was unsubscribed before. */
  readonly sentAt: number | undefined;
  /** When it was answered, or its watch was unsubscribed. */
  readonly endedAt: number;
}

/** The requests of such tasks, in the order in which they were queued, and the cooldowns. */
function requestsOf(
  plans: readonly { start: number; unsubscribeAt: number; latencies: readonly number[] }[],
  rateLimits: readonly { after: number; retryAfter: number }[],
  maxConcurrent: number,
): { requests: Request[]; blocked: (readonly [from: number, to: number])[] } {
  const retryAfters = new Map<number, number>();
  let sum = 0;
  for (const { after, retryAfter } of rateLimits) retryAfters.set((sum += after + 1), retryAfter);
  let sent = 0;
  const { pool, at, run, scheduler } = createPoolHarness(
    (id, nth) => {
      const retryAfter = retryAfters.get(++sent);
      const { latencies } = plans[Number(id)]!;
      const latency = latencies[nth] ?? 0;
      if (retryAfter !== undefined) return { answer: 429, latency, retryAfter };
      return { answer: nth < latencies.length ? 'running' : 'finished', latency };
    },
    // without an initialDelay there are no gaps after a cooldown
    { maxConcurrent, retry: { initialDelay: 0, jitter: 0 }, backoff: { maxDelay: 50, jitter: 0 } },
  );
  const requests: Request[] = [];
  const blocked: [number, number][] = [];
  plans.forEach(({ start, unsubscribeAt }, task) => {
    let queuedAt: number | undefined = start;
    const note = (poll: TaskPoll) => {
      const endedAt = scheduler.now();
      requests.push({ task, queuedAt: queuedAt!, sentAt: poll.at, endedAt });
      queuedAt = poll.nextDelay === undefined ? undefined : endedAt + poll.nextDelay;
      if (poll.error?.code === 'rate-limited') {
        blocked.push([endedAt, endedAt + (Reflect.get(poll.error, 'retryAfter') as number)]);
      }
    };
    const watch = new Subscription();
    at(start, () => watch.add(pool.polls$(String(task)).subscribe(note)));
    if (unsubscribeAt >= start && unsubscribeAt < Infinity) {
      at(unsubscribeAt, () => {
        watch.unsubscribe();
        // its request was queued or in flight
        if (queuedAt !== undefined && queuedAt <= unsubscribeAt) {
          requests.push({ task, queuedAt, sentAt: undefined, endedAt: unsubscribeAt });
        }
      });
    }
  });
  run();
  return { requests: requests.sort((a, b) => a.queuedAt - b.queuedAt), blocked };
}

/** How much of a time span is covered by intervals, which may overlap. */
function within(
  intervals: readonly (readonly [number, number])[],
  from: number,
  to: number,
): number {
  let covered = 0;
  let until = from;
  for (const [start, end] of [...intervals].sort(([a], [b]) => a - b)) {
    const begin = Math.max(start, until);
    const stop = Math.min(end, to);
    if (stop > begin) covered += stop - begin;
    until = Math.max(until, Math.min(end, to));
  }
  return covered;
}

describe('first in, first out', () => {
  prop.prop([tasks, cooldowns, fc.integer({ min: 1, max: 3 })], runs(300))(
    'a request that is queued before another one is sent before it',
    (plans, rateLimits, maxConcurrent) => {
      const { requests } = requestsOf(plans, rateLimits, maxConcurrent);
      const sentAt = requests.filter((request) => request.sentAt !== undefined);
      for (const one of sentAt) {
        for (const other of sentAt) {
          if (one.queuedAt < other.queuedAt) expect(one.sentAt).toBeLessThanOrEqual(other.sentAt!);
        }
      }
    },
  );

  prop.prop([tasks, cooldowns, fc.integer({ min: 1, max: 3 })], runs(300))(
    'a request waits for at most ceil(ahead / maxConcurrent) request times, cooldowns apart',
    (plans, rateLimits, maxConcurrent) => {
      const { requests, blocked } = requestsOf(plans, rateLimits, maxConcurrent);
      const longest = Math.max(...plans.flatMap(({ latencies }) => latencies));
      requests.forEach((request) => {
        if (request.sentAt === undefined) return;
        const { queuedAt, sentAt, task } = request;
        const ahead = requests.filter(
          (other) => other.task !== task && other.queuedAt <= queuedAt && other.endedAt >= queuedAt,
        ).length;
        const waited = sentAt - queuedAt - within(blocked, queuedAt, sentAt);
        expect(waited).toBeLessThanOrEqual(Math.ceil(ahead / maxConcurrent) * longest + 1e-6);
      });
    },
  );

  test('a retry goes to the end of the queue', () => {
    const { pool, observe, run } = createPoolHarness(
      {
        a: [503, 'finished'],
        b: [{ answer: 'finished', latency: 150 }],
        c: ['finished'],
        d: ['finished'],
      },
      { maxConcurrent: 1 },
    );
    observe('all', pool.statuses$(['a', 'b', 'c', 'd']));
    // the retry of a is queued at 300, behind c and d
    expect(run().requests()).toEqual([
      '0 request a',
      '100 request b',
      '250 request c',
      '350 request d',
      '450 request a',
    ]);
  });
});

describe('unsubscribing', () => {
  test('from a queued task: it is never requested', () => {
    const { pool, observe, at, run } = createPoolHarness({}, { maxConcurrent: 1 });
    observe('one', pool.status$('a'));
    const two = observe('two', pool.status$('b'));
    observe('three', pool.status$('c'));
    at(50, () => two.unsubscribe());
    expect(run().requests()).toEqual(['0 request a', '100 request c']);
  });

  test('from a request in flight: the next one is sent at the same instant', () => {
    const { pool, observe, at, run } = createPoolHarness({ a: ['silence'] }, { maxConcurrent: 1 });
    const one = observe('one', pool.status$('a'));
    observe('two', pool.status$('b'));
    at(50, () => one.unsubscribe());
    expect(run().requests()).toEqual(['0 request a', '50 abort a', '50 request b']);
  });

  test('from many tasks: no request of theirs is sent in between', () => {
    const { pool, observe, at, run } = createPoolHarness(() => 'silence', { maxConcurrent: 2 });
    const ids = Array.from({ length: 100 }, (_, task) => `task_${task}`);
    const group = observe('group', pool.statuses$(ids));
    const single = new Subscription();
    for (const id of ids) single.add(observe('single', pool.status$(`other_${id}`)));
    at(50, () => single.unsubscribe());
    at(60, () => group.unsubscribe());
    expect(run().requests()).toEqual([
      '0 request task_0',
      '0 request task_1',
      '60 abort task_0',
      '60 abort task_1',
    ]);
  });

  test('takes the same time for each watch, whatever the length of the queue', () => {
    /** The CPU time to unsubscribe so many waiting watches, from the end; the least of three. */
    const costOf = (count: number): number => {
      const costs = [1, 2, 3].map(() => {
        const { pool, scheduler } = createPoolHarness(() => 'silence', { maxConcurrent: 1 });
        const ids = Array.from({ length: count }, (_, task) => `task_${task}`);
        const watches = ids.map((id) => pool.status$(id).subscribe()).reverse();
        const start = process.cpuUsage();
        for (const watch of watches) watch.unsubscribe();
        const { user } = process.cpuUsage(start);
        expect(scheduler.actions).toHaveLength(0);
        return user;
      });
      return Math.min(...costs);
    };
    costOf(5_000);
    // 4 without a search through all of them, 16 with one
    expect(costOf(20_000) / costOf(5_000)).toBeLessThan(9);
  });
});

describe('time in the queue', () => {
  test('does not count towards requestTimeout', () => {
    const { pool, observe, run } = createPoolHarness(
      { a: [{ answer: 'finished', latency: 900 }], b: [{ answer: 'finished', latency: 900 }] },
      { maxConcurrent: 1, requestTimeout: 1_000 },
    );
    observe('one', pool.status$('a'));
    observe('two', pool.status$('b'));
    expect(run().received('two')).toEqual(['1800 two: finished', '1800 two: complete']);
  });

  test('does not count towards requestTimeout, nor towards that of the request before', () => {
    const { pool, observe, run } = createPoolHarness(
      { a: [{ answer: 'finished', latency: 4_900 }], b: ['running', 'finished'] },
      { maxConcurrent: 1 },
    );
    // its second request waits from 600 on; the limit of its first one would be at 1,000
    const overrides = { requestTimeout: 1_000, backoff: { initialDelay: 500, jitter: 0 } };
    observe('two', pool.polls$('b', overrides));
    observe('one', pool.status$('a'));
    expect(run().received('two')).toEqual([
      '100 two: b 1 running',
      '5100 two: b 2 finished',
      '5100 two: complete',
    ]);
  });

  test('is not part of the duration of a poll', () => {
    const { pool, run } = createPoolHarness({}, { maxConcurrent: 1 });
    pool.status$('a').subscribe();
    const polls: TaskPoll[] = [];
    pool.polls$('b').subscribe((poll) => polls.push(poll));
    run();
    expect(polls).toMatchObject([{ at: 100, duration: 100 }]);
  });

  test('counts towards timeout: a final poll that stays in the queue is a TaskTimeoutError', () => {
    const { pool, observe, run } = createPoolHarness(
      { a: [{ answer: 'finished', latency: 9_000 }] },
      { maxConcurrent: 1, requestTimeout: Infinity },
    );
    observe('one', pool.status$('a'));
    observe('two', pool.status$('b', { timeout: 500, requestTimeout: 2_000 }));
    const { received, requests } = run();
    expect(received('two')).toEqual(['2500 two: error timeout']);
    expect(requests()).toEqual(['0 request a']);
  });

  test('counts towards timeout: without a failure there is no cause', () => {
    const { pool, run } = createPoolHarness(
      { a: ['silence'] },
      { maxConcurrent: 1, requestTimeout: Infinity },
    );
    const errors: unknown[] = [];
    const one = pool.status$('a').subscribe();
    pool.status$('b', { timeout: 500, requestTimeout: 2_000 }).subscribe({
      error: (error: unknown) => {
        errors.push(error);
        one.unsubscribe();
      },
    });
    run();
    expect(errors).toMatchObject([{ code: 'timeout', attempts: 0 }]);
    expect(errors[0]).not.toHaveProperty('cause');
  });

  test('counts towards the limit of a final poll', () => {
    const { pool, observe, run } = createPoolHarness(
      { a: [{ answer: 'finished', latency: 20_000 }], b: ['silence'] },
      { maxConcurrent: 1 },
    );
    observe('one', pool.status$('a'));
    observe('two', pool.status$('b', { timeout: 10_000 }));
    const { received, requests } = run();
    expect(requests()).toEqual(['0 request a', '20000 request b', '40000 abort b']);
    expect(received('two')).toEqual(['40000 two: error timeout']);
  });

  test('may pass the deadline: a final poll that is sent in time counts', () => {
    const { pool, observe, run } = createPoolHarness(
      { a: [{ answer: 'finished', latency: 900 }], b: ['finished'] },
      { maxConcurrent: 1 },
    );
    observe('one', pool.status$('a'));
    observe('two', pool.status$('b', { timeout: 500 }));
    expect(run().received('two')).toEqual(['1000 two: finished', '1000 two: complete']);
  });

  test.each([
    ['requestTimeout', 2_000, 2_500],
    ['30 s', 60_000, 30_500],
    ['30 s without requestTimeout', Infinity, 30_500],
  ])('of a final poll is at most %s', (_, requestTimeout, endsAt) => {
    const { pool, observe, at, run } = createPoolHarness(
      { a: ['silence'], b: ['running'] },
      { maxConcurrent: 1, requestTimeout: Infinity },
    );
    const one = observe('one', pool.status$('a'));
    observe('two', pool.status$('b', { timeout: 500, requestTimeout }));
    at(50_000, () => one.unsubscribe());
    const { received, requests } = run();
    expect(received('two')).toEqual([`${endsAt} two: error timeout`]);
    expect(requests().filter((line) => line.endsWith('b'))).toEqual([]);
  });

  test('also precedes the repetition of a final poll that failed at once', () => {
    const { pool, observe, at, run } = createPoolHarness(
      { a: ['running', 503, 'finished'], b: [{ answer: 'finished', latency: 400 }] },
      { maxConcurrent: 1 },
    );
    observe('one', pool.polls$('a', { timeout: 500 }));
    // it is queued before the repetition at 601 ms
    at(550, () => observe('two', pool.status$('b')));
    expect(run().log).toEqual([
      '0 request a',
      '100 one: a 1 running',
      '500 request a',
      '600 one: a 2 http',
      '600 request b',
      '1000 two: finished',
      '1000 two: complete',
      '1000 request a',
      '1100 one: a 3 finished',
      '1100 one: complete',
    ]);
  });

  test('of the repetition of a final poll is limited as well', () => {
    const { pool, observe, at, run } = createPoolHarness(
      { a: ['running', 503, 'finished'], b: ['silence'] },
      { maxConcurrent: 1 },
    );
    observe('one', pool.polls$('a', { timeout: 500, requestTimeout: 2_000 }));
    at(550, () => {
      const two = observe('two', pool.status$('b', { requestTimeout: Infinity }));
      at(9_000, () => two.unsubscribe());
    });
    const { received } = run();
    expect(received('one').slice(1)).toEqual(['600 one: a 2 http', '2601 one: error timeout']);
  });

  test('during a cooldown: a final poll is sent after it, or is a TaskTimeoutError', () => {
    const { pool, observe, run } = createPoolHarness(
      {
        a: [{ answer: 429, retryAfter: 3_000 }],
        b: [{ answer: 'running', latency: 10 }, 'finished'],
        c: [{ answer: 'running', latency: 10 }, 'finished'],
      },
      { maxConcurrent: 3 },
    );
    observe('one', pool.status$('a'));
    observe('two', pool.status$('b', { timeout: 500 }));
    observe('three', pool.status$('c', { timeout: 500, requestTimeout: 1_000 }));
    const { received } = run();
    expect(received('two').at(-2)).toBe('3200 two: finished');
    expect(received('three').at(-1)).toBe('1500 three: error timeout');
  });

  test('ends with an abort at once', () => {
    const controller = new AbortController();
    const { pool, observe, at, run } = createPoolHarness({ a: ['silence'] }, { maxConcurrent: 1 });
    const one = observe('one', pool.status$('a'));
    observe('two', pool.status$('b', { signal: controller.signal }));
    at(50, () => controller.abort('enough'));
    at(60, () => one.unsubscribe());
    expect(run().log).toEqual(['0 request a', '50 two: error enough', '60 abort a']);
  });

  test('ends with a pause, after which the request goes to the end of the queue', () => {
    const pauseWhile = new BehaviorSubject(false);
    const { pool, observe, at, run } = createPoolHarness({}, { maxConcurrent: 1 });
    observe('one', pool.status$('a'));
    observe('two', pool.status$('b', { pauseWhile }));
    at(20, () => pauseWhile.next(true));
    at(30, () => observe('three', pool.status$('c')));
    at(40, () => pauseWhile.next(false));
    expect(run().requests()).toEqual(['0 request a', '100 request c', '200 request b']);
  });

  test('is not changed by pollNow', () => {
    const pollNow = new Subject<void>();
    const { pool, observe, at, run } = createPoolHarness(
      { a: [{ answer: 'running', latency: 600 }], b: ['running'] },
      { maxConcurrent: 1 },
    );
    observe('one', pool.status$('a'));
    observe('two', pool.status$('b', { pollNow }));
    at(50, () => pollNow.next());
    // the delay after the answer at 700 is not shortened
    expect(run().requests().slice(0, 4)).toEqual([
      '0 request a',
      '600 request b',
      '1600 request a',
      '1700 request b',
    ]);
  });

  test('begins with pollNow, which does not skip the queue', () => {
    const pollNow = new Subject<void>();
    const { pool, observe, at, run } = createPoolHarness(
      { a: ['running'], b: [{ answer: 'finished', latency: 800 }] },
      { maxConcurrent: 1 },
    );
    observe('one', pool.status$('a', { pollNow }));
    observe('two', pool.status$('b'));
    at(500, () => pollNow.next());
    expect(run().requests()).toEqual(['0 request a', '100 request b', '900 request a']);
  });
});
