import { type SchedulerAction, type Subscription, VirtualTimeScheduler } from 'rxjs';
import { describe, expect } from 'vitest';
import { taskPolls$ } from '../../src/index.js';
import { history } from '../support/arbitraries.js';
import { type Answer, historyWith, seconds, status, TASK_ID } from '../support/history.js';
import { fc, test } from '../support/property.js';
import { runs } from '../support/runs.js';
import { endIn, pollsIn, requestsIn } from '../support/trace.js';
import { runHistory } from '../support/run-history.js';
import { scriptedApi } from '../support/scripted-api.js';

const jump = fc.record({
  at: fc.nat({ max: 20 }).map((n) => n * 250),
  by: fc.oneof(
    fc.constantFrom(-3_600_000, 3_600_000, -1, 1, 10_000, -10_000),
    fc.integer({ min: -1_000_000, max: 1_000_000 }),
  ),
});
type Jump = { at: number; by: number };

/** A clock that is set at each jump. It starts late enough never to show a time before 1970. */
const clockWith =
  (...jumps: Jump[]) =>
  (ms: number) =>
    jumps.reduce((shown, { at, by }) => (ms < at ? shown : shown + by), ms + 1_000_000_000_000);

const withoutPacing = (answer: Answer): Answer =>
  'pacing' in answer ? { ...answer, pacing: undefined, ownDelay: undefined } : answer;

describe('law 14: clock steps', () => {
  test.prop([history(), fc.array(jump, { minLength: 1, maxLength: 4 })], runs(300))(
    'a clock that jumps ends no watch, prolongs none and moves no request',
    (given, jumps) => {
      // without what depends on the clock: floors, grace periods, the gap of pollNow and `elapsed`
      const { backoff } = given.options;
      const delay = backoff?.delay && { ...backoff.delay, slowFrom: undefined };
      const history = {
        ...given,
        start: 0,
        answers: given.answers.map(withoutPacing),
        options: {
          ...given.options,
          backoff: { ...backoff, delay },
          notFoundGrace: given.options.notFoundGrace === Infinity ? Infinity : 0,
        },
        events: given.events.filter(({ act }) => act !== 'pollNow'),
        inside: given.inside.filter(({ act }) => act !== 'pollNow'),
      };
      const outline = (clock?: (ms: number) => number) =>
        runHistory(history, 'taskPolls$', clock).trace.map(([ms, what]) => [ms, what]);
      expect(outline(clockWith(...jumps))).toEqual(outline());
    },
  );

  test.prop([history(), jump], runs(200))(
    'duration and elapsed are never below 0',
    (history, jump) => {
      const { trace } = runHistory({ ...history, start: 0 }, 'taskPolls$', clockWith(jump));
      for (const { duration, error } of pollsIn(trace)) {
        expect(duration).toBeGreaterThanOrEqual(0);
        expect(error?.elapsed ?? 0).toBeGreaterThanOrEqual(0);
      }
    },
  );

  test.prop([jump, fc.constantFrom(0, 250, 1_000)], runs(300))(
    'a jump does not move a request timeout',
    (jump, latency) => {
      const silent = historyWith({
        answers: [status('running', latency), { kind: 'no answer' }],
        options: { requestTimeout: 3_000, retry: { maxRetries: 0 } },
      });
      const { trace, violations } = runHistory(silent, 'taskStatus$', clockWith(jump));
      expect(violations).toEqual([]);
      expect(requestsIn(trace)).toEqual([0, latency + 1_000]);
      expect(endIn(trace)).toMatchObject({
        at: latency + 4_000,
        how: { code: 'request-timeout', timeout: 3_000 },
      });
    },
  );

  test.prop([jump], runs(300))('a jump at most doubles one floor', (jump) => {
    const { trace } = runHistory(
      historyWith({
        answers: [status('running', 0, seconds(4))],
        events: [
          { at: 500, act: 'pause' },
          { at: 3_000, act: 'resume' },
        ],
      }),
      'taskStatus$',
      clockWith(jump),
    );
    const [, next = Infinity] = requestsIn(trace);
    expect(next).toBeGreaterThanOrEqual(3_000);
    expect(next).toBeLessThanOrEqual(3_000 + 4_000);
  });

  test.prop([jump], runs(300))(
    'pollNow never waits longer than 250 ms, whatever the clock shows',
    (jump) => {
      const { trace } = runHistory(
        historyWith({
          answers: [status('running', 10)],
          options: { backoff: { initialDelay: 5_000 } },
          events: [{ at: 2_000, act: 'pollNow' }],
        }),
        'taskStatus$',
        clockWith(jump),
      );
      expect(requestsIn(trace)[1]).toBeLessThanOrEqual(2_250);
    },
  );

  test.each([
    // the clock does not decide which limit is sooner
    [10_000, 9_000, 10_000],
    [20_000, 19_000, 20_000],
    [30_000, 10_000, 30_000],
    // nor the limit of a final poll that is in flight
    [3_600_000, 10_000, 40_000],
  ])(
    'with requestTimeout %i and timeout %i a request in flight at the deadline ends at %i ms, wherever the clock is set',
    (requestTimeout, timeout, ends) => {
      for (const by of [0, 3_600_001, -3_600_001]) {
        const { trace } = runHistory(
          historyWith({ answers: [{ kind: 'no answer' }], options: { requestTimeout, timeout } }),
          'taskStatus$',
          clockWith({ at: 5_000, by }),
        );
        expect(endIn(trace)).toMatchObject({ at: ends, how: { code: 'timeout' } });
      }
    },
  );

  /** A machine in suspend: actions due meanwhile run late, when it wakes. */
  class SuspendedScheduler extends VirtualTimeScheduler {
    constructor(
      private readonly asleep: number,
      private readonly awake: number,
    ) {
      super();
    }

    override schedule<T>(
      work: (this: SchedulerAction<T>, state?: T) => void,
      delay = 0,
      state?: T,
    ): Subscription {
      const due = this.frame + delay;
      const actualDelay = due >= this.asleep && due < this.awake ? this.awake - this.frame : delay;
      return super.schedule(work, actualDelay, state);
    }
  }

  test('after a suspend, a late deadline still gives its final poll', () => {
    const scheduler = new SuspendedScheduler(500, 60_000);
    const { transport, requests } = scriptedApi(
      { [TASK_ID]: ['running', 'finished'] },
      { scheduler },
    );
    const seen: unknown[] = [];
    taskPolls$(TASK_ID, { transport, scheduler, timeout: 900 }).subscribe({
      next: ({ status }) => seen.push(status),
      complete: () => seen.push('complete'),
    });
    scheduler.flush();
    expect(requests.map(({ at }) => at)).toEqual([0, 60_000]);
    expect(seen).toEqual(['running', 'finished', 'complete']);
  });
});
