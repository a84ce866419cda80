import { describe, expect, test } from 'vitest';
import { createTaskStatusPool, type StatusTransport } from '../../src/index.js';
import { HeapScheduler } from '../support/heap-scheduler.js';
import { Observable } from 'rxjs';
import {
  type Answer,
  type History,
  historyWith,
  http,
  seconds,
  status,
} from '../support/history.js';
import { endIn, type Entry, requestsIn } from '../support/trace.js';
import { runHistory } from '../support/run-history.js';

// The clock jumps in each phase of a watch. The times in the traces are the scheduler's true times.

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

/** A clock that jumps at these times. It starts late enough never to show a time before 1970. */
const clockWith =
  (jumps: readonly (readonly number[])[]) =>
  (ms: number): number =>
    jumps.reduce((shown, [at = 0, by = 0]) => (ms < at ? shown : shown + by), ms + 10 * HOUR);

const running = status('running');
const NO_ANSWER: Answer = { kind: 'no answer' };

/** The phases of a watch, the times of the jump in them, and histories that reach them. */
const PHASES: readonly [phase: string, at: number, history: History][] = [
  ['a request', 300, historyWith({ answers: [status('running', 1_000), running] })],
  ['a poll delay', 300, historyWith({ answers: [running, running] })],
  [
    'a long poll delay',
    6_000,
    historyWith({ answers: [running, running, running, running, running] }),
  ],
  ['a retry delay', 300, historyWith({ answers: [http(503), http(503), running] })],
  [
    'a delay by Retry-After',
    300,
    historyWith({ answers: [status('running', 0, seconds(3)), http(503, 0, seconds(2)), running] }),
  ],
  [
    'the delay after a 404 in its grace period',
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
    'a pause until the deadline',
    300,
    historyWith({
      answers: [running],
      options: { timeout: 2_000 },
      events: [{ at: 200, act: 'pause' }],
    }),
  ],
  [
    'the delay before a final poll',
    300,
    historyWith({ answers: [running, running], options: { timeout: 900 } }),
  ],
  [
    'the final poll',
    1_200,
    historyWith({
      answers: [running, status('paused', 2_000)],
      options: { timeout: 1_100, backoff: { initialDelay: 5_000 } },
    }),
  ],
  [
    'a request caused by pollNow',
    800,
    historyWith({
      answers: [running, status('running', 500), running],
      events: [{ at: 600, act: 'pollNow' }],
    }),
  ],
];

const outline = (trace: readonly Entry[]) =>
  trace.map((entry) => {
    const [ms, what, detail] = entry;
    return what === 'poll' ? [ms, what, detail.attempt, detail.nextDelay] : [ms, what];
  });

describe.each(JUMPS)('law 14: clock steps: a clock that jumps %s', (_, jumps) => {
  test.each(PHASES)('in %s moves no request and no end', (_, at, history) => {
    const untouched = runHistory(history, 'taskPolls$', clockWith([]));
    const { trace, violations } = runHistory(history, 'taskPolls$', clockWith(jumps(at)));
    expect(violations).toEqual([]);
    expect(endIn(trace)).toBeDefined();
    expect(outline(trace)).toEqual(outline(untouched.trace));
  });

  test('in a request without an answer does not move its request timeout', () => {
    for (const answers of [[NO_ANSWER], [running, NO_ANSWER], [running, running, NO_ANSWER]]) {
      const history = historyWith({
        answers,
        options: { requestTimeout: 2_000, retry: { maxRetries: 0 } },
      });
      const sent = requestsIn(runHistory(history, 'taskPolls$', clockWith([])).trace).at(-1) ?? 0;
      const { trace, violations } = runHistory(history, 'taskPolls$', clockWith(jumps(sent + 300)));
      expect(violations).toEqual([]);
      expect(endIn(trace)).toMatchObject({
        at: sent + 2_000,
        how: { code: 'request-timeout' },
      });
    }
  });

  test('in a pause within a floor at most doubles that floor', () => {
    const history = historyWith({
      answers: [status('running', 0, seconds(4)), running, running],
      events: [
        { at: 200, act: 'pause' },
        { at: 1_000, act: 'resume' },
      ],
    });
    const { trace, violations } = runHistory(history, 'taskPolls$', clockWith(jumps(300)));
    expect(violations).toEqual([]);
    const [, second = 0, third = 0] = requestsIn(trace);
    expect(second).toBeGreaterThanOrEqual(1_000);
    expect(second).toBeLessThanOrEqual(1_000 + 4_000);
    expect(third - second).toBe(1_000);
  });

  test('in a delay before pollNow defers its request for at most the gap', () => {
    const history = historyWith({
      answers: [running, running],
      options: { backoff: { initialDelay: 5_000 } },
      events: [{ at: 500, act: 'pollNow' }],
    });
    const { trace } = runHistory(history, 'taskPolls$', clockWith(jumps(300)));
    const [, second = 0] = requestsIn(trace);
    expect(second).toBeGreaterThanOrEqual(500);
    expect(second).toBeLessThanOrEqual(750);
  });

  test('in a grace period may misjudge it: the next 404 is ignored or is the error', () => {
    const history = historyWith({
      answers: [http(404), http(404), running],
      options: { notFoundGrace: 1_500 },
    });
    const { trace, violations } = runHistory(history, 'taskPolls$', clockWith(jumps(300)));
    expect(violations).toEqual([]);
    expect(requestsIn(trace).slice(0, 2)).toEqual([0, 1_000]);
    const how = endIn(trace)?.how;
    if (how !== 'complete') expect(how).toMatchObject({ code: 'not-found' });
  });

  test('never makes a time negative', () => {
    for (const [, at, history] of PHASES) {
      for (const [, what, poll] of runHistory(history, 'taskPolls$', clockWith(jumps(at))).trace) {
        if (what !== 'poll') continue;
        expect(poll.duration).toBeGreaterThanOrEqual(0);
        expect(poll.error?.elapsed ?? 0).toBeGreaterThanOrEqual(0);
      }
    }
  });
});

describe.each(JUMPS)(
  'law 14: clock steps: a pool whose clock jumps %s in its cooldown',
  (_, jumps) => {
    test('sends again after the cooldown by the scheduler, and all its tasks end', () => {
      const scheduler = new JumpingScheduler(jumps(300));
      const requests: number[] = [];
      const transport: StatusTransport = () =>
        new Observable((subscriber) => {
          requests.push(scheduler.trueTime);
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
      // at most twice the cooldown
      expect(requests[1]).toBeLessThanOrEqual(4_000);
      pool.close();
    });
  },
);

/** Virtual time whose clock jumps. */
class JumpingScheduler extends HeapScheduler {
  readonly #shown: (ms: number) => number;

  constructor(jumps: readonly (readonly number[])[]) {
    super();
    this.#shown = clockWith(jumps);
  }

  get trueTime(): number {
    return super.now();
  }

  override now(): number {
    return this.#shown(super.now());
  }
}
