import { describe, expect, test } from 'vitest';
import { createTaskStatusPool, type StatusTransport } from '../src/index.js';
import { CrowdClock } from './support/crowd-clock.js';
import { Observable } from 'rxjs';
import {
  type Answer,
  type History,
  historyWith,
  http,
  seconds,
  status,
} from './support/history.js';
import { endIn, type Entry, requestsIn } from './support/trace.js';
import { watch } from './support/virtual.js';

// The clock is set while the watch is in each of its phases; law 14 says what that may change. Times
// in the traces are the scheduler's own, which nobody sets.

const HOUR = 3_600_000;
const JUMPS = [
  ['an hour forwards', (at: number) => [[at, HOUR]]],
  ['an hour back', (at: number) => [[at, -HOUR]]],
  [
    'an hour forwards and back again',
    (at: number) => [
      [at, HOUR],
      [at + 100, -HOUR],
    ],
  ],
  [
    'an hour back and forwards again',
    (at: number) => [
      [at, -HOUR],
      [at + 100, HOUR],
    ],
  ],
] as const satisfies readonly (readonly [string, (at: number) => number[][]])[];

/** A clock that is set by so much at these times. It starts late enough to be set back. */
const set =
  (jumps: readonly (readonly number[])[]) =>
  (ms: number): number =>
    jumps.reduce((shown, [at = 0, by = 0]) => (ms < at ? shown : shown + by), ms + 10 * HOUR);

const running = status('running');
const SILENCE: Answer = { kind: 'silence' };

/** What a watch is doing when the clock is set, 300 ms after its subscription or the last answer. */
const PHASES: readonly [phase: string, at: number, history: History][] = [
  ['a request', 300, historyWith({ answers: [status('running', 1_000), running] })],
  ['a poll wait', 300, historyWith({ answers: [running, running] })],
  [
    'a long poll wait',
    6_000,
    historyWith({ answers: [running, running, running, running, running] }),
  ],
  ['a retry wait', 300, historyWith({ answers: [http(503), http(503), running] })],
  [
    'the wait that a server asked for',
    300,
    historyWith({ answers: [status('running', 0, seconds(3)), http(503, 0, seconds(2)), running] }),
  ],
  [
    'the wait after a 404 in its grace',
    300,
    historyWith({ answers: [http(404), status('running')], options: { notFoundGrace: Infinity } }),
  ],
  [
    'a pause',
    300,
    historyWith({
      answers: [running, running],
      events: [
        { at: 200, act: 'pause' },
        { at: 5_000, act: 'resume' },
      ],
    }),
  ],
  [
    'a pause before the first request',
    300,
    historyWith({
      onSubscribe: { pauseWhile: ['pause'], pollNow: [] },
      events: [{ at: 5_000, act: 'resume' }],
    }),
  ],
  [
    'a pause that the deadline ends',
    300,
    historyWith({
      answers: [running],
      options: { timeout: 2_000 },
      events: [{ at: 200, act: 'pause' }],
    }),
  ],
  [
    'the wait before a last look',
    300,
    historyWith({ answers: [running, running], options: { timeout: 900 } }),
  ],
  [
    'the last look',
    1_200,
    historyWith({
      answers: [running, status('paused', 2_000)],
      options: { timeout: 1_100, backoff: { initialDelay: 5_000 } },
    }),
  ],
  [
    'a request that a nudge has brought',
    800,
    historyWith({
      answers: [running, status('running', 500), running],
      events: [{ at: 600, act: 'nudge' }],
    }),
  ],
];

const outline = (trace: readonly Entry[]) =>
  trace.map((entry) => {
    const [ms, what, detail] = entry;
    return what === 'poll' ? [ms, what, detail.attempt, detail.nextDelay] : [ms, what];
  });

describe.each(JUMPS)('a clock that jumps %s', (_, jumps) => {
  test.each(PHASES)('in %s moves no request and no end', (_, at, history) => {
    const untouched = watch(history, 'taskPolls$', set([]));
    const { trace, breaches } = watch(history, 'taskPolls$', set(jumps(at)));
    expect(breaches).toEqual([]);
    expect(endIn(trace)).toBeDefined();
    expect(outline(trace)).toEqual(outline(untouched.trace));
  });

  test('in a request that is never answered moves its limit by nothing', () => {
    for (const answers of [[SILENCE], [running, SILENCE], [running, running, SILENCE]]) {
      const history = historyWith({
        answers,
        options: { requestTimeout: 2_000, retry: { maxRetries: 0 } },
      });
      const sent = requestsIn(watch(history, 'taskPolls$', set([])).trace).at(-1) ?? 0;
      const { trace, breaches } = watch(history, 'taskPolls$', set(jumps(sent + 300)));
      expect(breaches).toEqual([]);
      expect(endIn(trace)).toMatchObject({
        at: sent + 2_000,
        how: { code: 'request-timeout' },
      });
    }
  });

  test('in a pause within what a server asked for misjudges that floor alone, to twice at most', () => {
    const history = historyWith({
      answers: [status('running', 0, seconds(4)), running, running],
      events: [
        { at: 200, act: 'pause' },
        { at: 1_000, act: 'resume' },
      ],
    });
    const { trace, breaches } = watch(history, 'taskPolls$', set(jumps(300)));
    expect(breaches).toEqual([]);
    const [, second = 0, third = 0] = requestsIn(trace);
    expect(second).toBeGreaterThanOrEqual(1_000);
    expect(second).toBeLessThanOrEqual(1_000 + 4_000);
    expect(third - second).toBe(1_000);
  });

  test('in the wait before a nudge holds it for its gap at most', () => {
    const history = historyWith({
      answers: [running, running],
      options: { backoff: { initialDelay: 5_000 } },
      events: [{ at: 500, act: 'nudge' }],
    });
    const { trace } = watch(history, 'taskPolls$', set(jumps(300)));
    const [, second = 0] = requestsIn(trace);
    expect(second).toBeGreaterThanOrEqual(500);
    expect(second).toBeLessThanOrEqual(750);
  });

  test('in a grace misjudges it at most: the next 404 is forgiven or the error', () => {
    const history = historyWith({
      answers: [http(404), http(404), running],
      options: { notFoundGrace: 1_500 },
    });
    const { trace, breaches } = watch(history, 'taskPolls$', set(jumps(300)));
    expect(breaches).toEqual([]);
    expect(requestsIn(trace).slice(0, 2)).toEqual([0, 1_000]);
    const how = endIn(trace)?.how;
    if (how !== 'complete') expect(how).toMatchObject({ code: 'not-found' });
  });

  test('never makes a time negative', () => {
    for (const [, at, history] of PHASES) {
      for (const [, what, poll] of watch(history, 'taskPolls$', set(jumps(at))).trace) {
        if (what !== 'poll') continue;
        expect(poll.duration).toBeGreaterThanOrEqual(0);
        expect(poll.error?.elapsed ?? 0).toBeGreaterThanOrEqual(0);
      }
    }
  });
});

describe.each(JUMPS)('a pool whose clock jumps %s while a server holds it', (_, jumps) => {
  test('asks again when the hold is over by the scheduler, and all its tasks end', () => {
    const scheduler = new JumpyClock(jumps(300));
    const requests: number[] = [];
    const transport: StatusTransport = () =>
      new Observable((subscriber) => {
        requests.push(scheduler.true);
        const refused = requests.length === 1;
        subscriber.next({
          status: refused ? 429 : 200,
          headers: { get: (name) => (refused && name === 'retry-after' ? '2' : null) },
          body: refused ? '' : '"finished"',
        });
      });
    const pool = createTaskStatusPool({
      transport,
      scheduler,
      maxConcurrent: 1,
      retry: { jitter: 0 },
    });
    const ended: string[] = [];
    pool.statuses$(['a', 'b', 'c']).subscribe(({ taskId }) => ended.push(taskId));
    scheduler.runUntil(60_000);
    expect([...ended].sort()).toEqual(['a', 'b', 'c']);
    expect(requests[1]).toBeGreaterThanOrEqual(300);
    // the hold to twice at most, and the gaps after it
    expect(requests[1]).toBeLessThanOrEqual(4_000);
    pool.close();
  });
});

/** The crowd's clock, wrong from time to time. */
class JumpyClock extends CrowdClock {
  readonly #shown: (ms: number) => number;

  constructor(jumps: readonly (readonly number[])[]) {
    super();
    this.#shown = set(jumps);
  }

  get true(): number {
    return super.now();
  }

  override now(): number {
    return this.#shown(super.now());
  }
}
