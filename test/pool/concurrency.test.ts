import { getEventListeners } from 'node:events';
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
    'is never exceeded, retries, late comers and aborted requests included',
    (history) => {
      let inFlight = 0;
      for (const [, what] of runPool(history)) {
        if (what === 'request') inFlight++;
        if (what === 'answer' || what === 'abort') inFlight--;
        expect(inFlight).toBeLessThanOrEqual(history.maxConcurrent);
      }
    },
  );

  test('is 16 where nothing is said', () => {
    const { pool, log } = createPoolHarness(() => 'running');
    for (let task = 0; task < 20; task++) pool.status$(`task_${task}`).subscribe();
    expect(log).toHaveLength(16);
  });

  test('10,000 watches at once are a queue, and no burst', () => {
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

  test('a transport that answers at once starves nobody and does not nest', () => {
    const ids = Array.from({ length: 20_000 }, (_, task) => `task_${task}`);
    const replies = () => ({ answer: 'finished', latency: -1 });
    const { pool, observe, received } = createPoolHarness(replies, { maxConcurrent: 1 });
    observe('all', pool.statuses$(ids));
    expect(received('all')).toHaveLength(20_001);
  });
});

/** Tasks that begin and leave at some time, each with the latencies of its requests. */
const tasks = fc.array(
  fc.record({
    start: fc.nat({ max: 20 }).map((n) => n * 25),
    leave: fc.option(
      fc.nat({ max: 40 }).map((n) => n * 50),
      { nil: Infinity, freq: 3 },
    ),
    latencies: fc.array(fc.constantFrom(0, 25, 100, 100, 300), { minLength: 1, maxLength: 4 }),
  }),
  { minLength: 1, maxLength: 12, size: 'max' },
);
/** How many requests go well until one is refused, and for how long the server wants peace then. */
const holds = fc.array(
  fc.record({ after: fc.nat({ max: 8 }), retryAfter: fc.constantFrom(10, 200, 1_000) }),
  { maxLength: 3 },
);

interface Request {
  readonly task: number;
  readonly entered: number;
  /** `undefined` for one whose watch was left before it came to its turn. */
  readonly left: number | undefined;
  /** When it was answered, or its watch was left. */
  readonly over: number;
}

/** Every request of such tasks, in the order in which they got into the line, and the holds. */
function requestsOf(
  played: readonly { start: number; leave: number; latencies: readonly number[] }[],
  refusals: readonly { after: number; retryAfter: number }[],
  maxConcurrent: number,
): { requests: Request[]; shut: (readonly [from: number, to: number])[] } {
  const refused = new Map<number, number>();
  let sum = 0;
  for (const { after, retryAfter } of refusals) refused.set((sum += after + 1), retryAfter);
  let sent = 0;
  const { pool, at, run, scheduler } = createPoolHarness(
    (id, nth) => {
      const retryAfter = refused.get(++sent);
      const { latencies } = played[Number(id)]!;
      const after = latencies[nth] ?? 0;
      if (retryAfter !== undefined) return { answer: 429, latency: after, retryAfter };
      return { answer: nth < latencies.length ? 'running' : 'finished', latency: after };
    },
    // without an initialDelay there is nothing to spread after a hold
    { maxConcurrent, retry: { initialDelay: 0, jitter: 0 }, backoff: { maxDelay: 50, jitter: 0 } },
  );
  const requests: Request[] = [];
  const shut: [number, number][] = [];
  played.forEach(({ start, leave }, task) => {
    let entered: number | undefined = start;
    const note = (poll: TaskPoll) => {
      const over = scheduler.now();
      requests.push({ task, entered: entered!, left: poll.at, over });
      entered = poll.nextDelay === undefined ? undefined : over + poll.nextDelay;
      if (poll.error?.code === 'rate-limited') {
        shut.push([over, over + (Reflect.get(poll.error, 'retryAfter') as number)]);
      }
    };
    const watch = new Subscription();
    at(start, () => watch.add(pool.polls$(String(task)).subscribe(note)));
    if (leave >= start && leave < Infinity) {
      at(leave, () => {
        watch.unsubscribe();
        // what it had in the line or on the way
        if (entered !== undefined && entered <= leave) {
          requests.push({ task, entered, left: undefined, over: leave });
        }
      });
    }
  });
  run();
  return { requests: requests.sort((a, b) => a.entered - b.entered), shut };
}

/** How much of a time falls into intervals, which may overlap. */
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

describe('first come, first served', () => {
  prop.prop([tasks, holds, fc.integer({ min: 1, max: 3 })], runs(300))(
    'who gets into the line before another leaves before it, whatever else happens',
    (played, refusals, maxConcurrent) => {
      const { requests } = requestsOf(played, refusals, maxConcurrent);
      const left = requests.filter((request) => request.left !== undefined);
      for (const one of left) {
        for (const other of left) {
          if (one.entered < other.entered) expect(one.left).toBeLessThanOrEqual(other.left!);
        }
      }
    },
  );

  prop.prop([tasks, holds, fc.integer({ min: 1, max: 3 })], runs(300))(
    'a queued request starts after at most ceil(ahead / maxConcurrent) request times, holds apart',
    (played, refusals, maxConcurrent) => {
      const { requests, shut } = requestsOf(played, refusals, maxConcurrent);
      const longest = Math.max(...played.flatMap(({ latencies }) => latencies));
      requests.forEach((request) => {
        if (request.left === undefined) return;
        const { entered, left, task } = request;
        const ahead = requests.filter(
          (other) => other.task !== task && other.entered <= entered && other.over >= entered,
        ).length;
        const waited = left - entered - within(shut, entered, left);
        expect(waited).toBeLessThanOrEqual(Math.ceil(ahead / maxConcurrent) * longest + 1e-6);
      });
    },
  );

  test('retries go to the end of the line like everyone', () => {
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
    // the retry of a would leave at 300, when b has just been answered and c and d wait
    expect(run().requests()).toEqual([
      '0 request a',
      '100 request b',
      '250 request c',
      '350 request d',
      '450 request a',
    ]);
  });
});

describe('who leaves', () => {
  test('the queue is never asked for', () => {
    const { pool, observe, at, run } = createPoolHarness({}, { maxConcurrent: 1 });
    observe('one', pool.status$('a'));
    const two = observe('two', pool.status$('b'));
    observe('three', pool.status$('c'));
    at(50, () => two.unsubscribe());
    expect(run().requests()).toEqual(['0 request a', '100 request c']);
  });

  test('a request makes room in the same instant', () => {
    const { pool, observe, at, run } = createPoolHarness({ a: ['silence'] }, { maxConcurrent: 1 });
    const one = observe('one', pool.status$('a'));
    observe('two', pool.status$('b'));
    at(50, () => one.unsubscribe());
    expect(run().requests()).toEqual(['0 request a', '50 abort a', '50 request b']);
  });

  test('with many others lets none of them in for a moment', () => {
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

  test('takes as long for each watch, however many wait', () => {
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

describe('the time in the queue', () => {
  test('is not in requestTimeout', () => {
    const { pool, observe, run } = createPoolHarness(
      { a: [{ answer: 'finished', latency: 900 }], b: [{ answer: 'finished', latency: 900 }] },
      { maxConcurrent: 1, requestTimeout: 1_000 },
    );
    observe('one', pool.status$('a'));
    observe('two', pool.status$('b'));
    expect(run().received('two')).toEqual(['1800 two: finished', '1800 two: complete']);
  });

  test('is not in requestTimeout, nor in what is left of that of the request before', () => {
    const { pool, observe, run } = createPoolHarness(
      { a: [{ answer: 'finished', latency: 4_900 }], b: ['running', 'finished'] },
      { maxConcurrent: 1 },
    );
    // its second request waits from 600 on, and the limit of its first is at 1,000
    const overrides = { requestTimeout: 1_000, backoff: { initialDelay: 500, jitter: 0 } };
    observe('two', pool.polls$('b', overrides));
    observe('one', pool.status$('a'));
    expect(run().received('two')).toEqual([
      '100 two: b 1 running',
      '5100 two: b 2 finished',
      '5100 two: complete',
    ]);
  });

  test('is not in the duration of a poll, which begins when its request leaves', () => {
    const { pool, run } = createPoolHarness({}, { maxConcurrent: 1 });
    pool.status$('a').subscribe();
    const polls: TaskPoll[] = [];
    pool.polls$('b').subscribe((poll) => polls.push(poll));
    run();
    expect(polls).toMatchObject([{ at: 100, duration: 100 }]);
  });

  test('a timeout ends: the last look that does not come to its turn is given up', () => {
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

  test('a timeout ends: no request of its own stood in the way, and so there is no cause', () => {
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

  test('a last look ends by its limit from the deadline, however late it comes to its turn', () => {
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

  test('a timeout passes: a last look that comes to its turn still counts', () => {
    const { pool, observe, run } = createPoolHarness(
      { a: [{ answer: 'finished', latency: 900 }], b: ['finished'] },
      { maxConcurrent: 1 },
    );
    observe('one', pool.status$('a'));
    observe('two', pool.status$('b', { timeout: 500 }));
    expect(run().received('two')).toEqual(['1000 two: finished', '1000 two: complete']);
  });

  test('an abort ends at once', () => {
    const controller = new AbortController();
    const { pool, observe, at, run } = createPoolHarness({ a: ['silence'] }, { maxConcurrent: 1 });
    const one = observe('one', pool.status$('a'));
    observe('two', pool.status$('b', { signal: controller.signal }));
    at(50, () => controller.abort('enough'));
    at(60, () => one.unsubscribe());
    expect(run().log).toEqual(['0 request a', '50 two: error enough', '60 abort a']);
  });

  test('a pause takes out of the queue, and its end puts back at the end of it', () => {
    const pauseWhile = new BehaviorSubject(false);
    const { pool, observe, at, run } = createPoolHarness({}, { maxConcurrent: 1 });
    observe('one', pool.status$('a'));
    observe('two', pool.status$('b', { pauseWhile }));
    at(20, () => pauseWhile.next(true));
    at(30, () => observe('three', pool.status$('c')));
    at(40, () => pauseWhile.next(false));
    expect(run().requests()).toEqual(['0 request a', '100 request c', '200 request b']);
  });

  test('a nudge changes nothing: the poll is on its way already', () => {
    const pollNow = new Subject<void>();
    const { pool, observe, at, run } = createPoolHarness(
      { a: [{ answer: 'running', latency: 600 }], b: ['running'] },
      { maxConcurrent: 1 },
    );
    observe('one', pool.status$('a'));
    observe('two', pool.status$('b', { pollNow }));
    at(50, () => pollNow.next());
    // the wait after the answer at 700 is a whole second
    expect(run().requests().slice(0, 4)).toEqual([
      '0 request a',
      '600 request b',
      '1600 request a',
      '1700 request b',
    ]);
  });

  test('a nudge brings a waiting poll into the queue, not past it', () => {
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

describe("the pool's own signal", () => {
  test('ends every watch with its reason, and none is asked for in between', () => {
    const controller = new AbortController();
    const { pool, observe, at, run } = createPoolHarness(() => 'silence', {
      maxConcurrent: 1,
      signal: controller.signal,
    });
    observe('one', pool.status$('a'));
    observe('many', pool.statuses$(['b', 'c']));
    at(50, () => controller.abort('over'));
    at(60, () => observe('late', pool.status$('d')));
    expect(run().log).toEqual([
      '0 request a',
      '50 abort a',
      '50 one: error over',
      '50 many: b over',
      '50 many: c over',
      '50 many: complete',
      '60 late: error over',
    ]);
  });

  test('is replaced by the one in the overrides', () => {
    const controller = new AbortController();
    const { pool, observe, at, run } = createPoolHarness({}, { signal: controller.signal });
    observe('one', pool.status$('a', { signal: new AbortController().signal }));
    observe('two', pool.status$('b'));
    at(50, () => controller.abort('over'));
    expect(run().log).toEqual([
      '0 request a',
      '0 request b',
      '50 abort b',
      '50 two: error over',
      '100 one: finished',
      '100 one: complete',
    ]);
  });

  test('ends the others when one has left, and bears one listener for all until the last', () => {
    const controller = new AbortController();
    const { signal } = controller;
    const listeners = () => getEventListeners(signal, 'abort').length;
    const own = { signal: new AbortController().signal };
    const { pool, observe, received } = createPoolHarness(() => 'silence', { signal });
    const [a, b, c] = ['a', 'b', 'c'].map((task) => observe(task, pool.status$(task)));
    const other = observe('other', pool.status$('other', own));
    expect(listeners()).toBe(1);
    a?.unsubscribe();
    other.unsubscribe();
    b?.unsubscribe();
    expect(listeners()).toBe(1);
    controller.abort('over');
    expect(received('c')).toEqual(['0 c: error over']);
    expect(listeners()).toBe(0);
    c?.unsubscribe();
  });

  test('takes no part in a watch with a signal of its own, which goes on when the others have left', () => {
    const { signal } = new AbortController();
    const { pool, observe } = createPoolHarness(() => 'silence', { signal });
    observe('own', pool.status$('own', { signal: new AbortController().signal }));
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
    const others = ['a', 'b'].map((task) => observe(task, pool.status$(task)));
    for (const other of others) other.unsubscribe();
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  test('ends no watch that begins while it ends the others', () => {
    const controller = new AbortController();
    const { pool, observe, requests, received } = createPoolHarness(() => 'silence', {
      signal: controller.signal,
    });
    const own = { signal: new AbortController().signal };
    pool.status$('a').subscribe({ error: () => observe('anew', pool.status$('b', own)) });
    observe('b', pool.status$('b'));
    controller.abort('over');
    observe('beside', pool.status$('b'));
    expect(requests().filter((line) => line.endsWith('request b'))).toHaveLength(2);
    expect(received('beside')).toEqual([]);
  });

  test('aborted inside of what a subscriber is received, nothing follows, not even the end', () => {
    const controller = new AbortController();
    const { pool, observe, run } = createPoolHarness({}, { signal: controller.signal });
    pool.status$('a').subscribe({
      next: () => controller.abort('over'),
      error: () => undefined,
    });
    observe('one', pool.status$('a'));
    expect(run().received('one')).toEqual(['100 one: error over']);
  });
});
