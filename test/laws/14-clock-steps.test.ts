import { type SchedulerAction, type Subscription, VirtualTimeScheduler } from 'rxjs';
import { describe, expect } from 'vitest';
import { taskPolls$ } from '../../src/index.js';
import { history } from '../support/arbitraries.js';
import { type Answer, historyWith, seconds, status, TASK_ID } from '../support/history.js';
import { fc, test } from '../support/property.js';
import { runs } from '../support/runs.js';
import { endIn, pollsIn, requestsIn } from '../support/trace.js';
import { watch } from '../support/virtual.js';

const jump = fc.record({
  at: fc.nat({ max: 20 }).map((n) => n * 250),
  by: fc.oneof(
    fc.constantFrom(-3_600_000, 3_600_000, -1, 1, 10_000, -10_000),
    fc.integer({ min: -1_000_000, max: 1_000_000 }),
  ),
});
type Jump = { at: number; by: number };

/** A clock that is set again each time. It starts late enough never to show a time before 1970. */
const stepping =
  (...jumps: Jump[]) =>
  (ms: number) =>
    jumps.reduce((shown, { at, by }) => (ms < at ? shown : shown + by), ms + 1_000_000_000_000);

const leftAlone = (answer: Answer): Answer =>
  'pacing' in answer ? { ...answer, pacing: undefined } : answer;

describe('law 14: clock steps', () => {
  test.prop([history(), fc.array(jump, { minLength: 1, maxLength: 4 })], runs(300))(
    'a clock that jumps ends no watch, keeps none alive and moves no request',
    (drawn, jumps) => {
      // Without what the clock serves: a floor, a grace period, and the gap of pollNow.
      const history = {
        ...drawn,
        start: 0,
        answers: drawn.answers.map(leftAlone),
        options: {
          ...drawn.options,
          notFoundGrace: drawn.options.notFoundGrace === Infinity ? Infinity : 0,
        },
        events: drawn.events.filter(({ act }) => act !== 'nudge'),
        inside: drawn.inside.filter(({ act }) => act !== 'nudge'),
      };
      const outline = (clock?: (ms: number) => number) =>
        watch(history, 'taskPolls$', clock).trace.map(([ms, what]) => [ms, what]);
      expect(outline(stepping(...jumps))).toEqual(outline());
    },
  );

  test.prop([history(), jump], runs(200))(
    'durations and elapsed times are never below 0',
    (history, jump) => {
      const { trace } = watch({ ...history, start: 0 }, 'taskPolls$', stepping(jump));
      for (const { duration, error } of pollsIn(trace)) {
        expect(duration).toBeGreaterThanOrEqual(0);
        expect(error?.elapsed ?? 0).toBeGreaterThanOrEqual(0);
      }
    },
  );

  test.prop([jump, fc.constantFrom(0, 250, 1_000)], runs(300))(
    'it moves no requestTimeout',
    (jump, latency) => {
      const silent = historyWith({
        answers: [status('running', latency), { kind: 'silence' }],
        options: { requestTimeout: 3_000, retry: { maxRetries: 0 } },
      });
      const { trace, breaches } = watch(silent, 'taskStatus$', stepping(jump));
      expect(breaches).toEqual([]);
      expect(requestsIn(trace)).toEqual([0, latency + 1_000]);
      expect(endIn(trace)).toMatchObject({
        at: latency + 4_000,
        how: { code: 'request-timeout', timeout: 3_000 },
      });
    },
  );

  test.prop([jump], runs(300))('it misjudges one floor, to twice at most', (jump) => {
    const { trace } = watch(
      historyWith({
        answers: [status('running', 0, seconds(4))],
        events: [
          { at: 500, act: 'pause' },
          { at: 3_000, act: 'resume' },
        ],
      }),
      'taskStatus$',
      stepping(jump),
    );
    const [, next = Infinity] = requestsIn(trace);
    expect(next).toBeGreaterThanOrEqual(3_000);
    expect(next).toBeLessThanOrEqual(3_000 + 4_000);
  });

  test.prop([jump], runs(300))(
    'a nudge never waits longer than its gap, whatever the clock says',
    (jump) => {
      const { trace } = watch(
        historyWith({
          answers: [status('running', 10)],
          options: { backoff: { initialDelay: 5_000 } },
          events: [{ at: 2_000, act: 'nudge' }],
        }),
        'taskStatus$',
        stepping(jump),
      );
      expect(requestsIn(trace)[1]).toBeLessThanOrEqual(2_250);
    },
  );

  test.each([
    // which limit is the sooner one is not read from the clock
    [10_000, 9_000, 10_000],
    [20_000, 19_000, 20_000],
    [30_000, 10_000, 30_000],
    // but how much is left of one that is longer than a last look may be
    [3_600_000, 10_000, 40_000],
  ])(
    'a request with a limit of %i ms that is on its way at a deadline at %i ms ends at %i ms, wherever the clock was set',
    (requestTimeout, timeout, ends) => {
      for (const by of [0, 3_600_001, -3_600_001]) {
        const { trace } = watch(
          historyWith({ answers: [{ kind: 'silence' }], options: { requestTimeout, timeout } }),
          'taskStatus$',
          stepping({ at: 5_000, by }),
        );
        expect(endIn(trace)).toMatchObject({ at: ends, how: { code: 'timeout' } });
      }
    },
  );

  /** A machine that sleeps: what falls due meanwhile happens when it wakes, and the clock has gone on. */
  class Sleeper extends VirtualTimeScheduler {
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
      const late = due >= this.asleep && due < this.awake ? this.awake - this.frame : delay;
      return super.schedule(work, late, state);
    }
  }

  test('after suspend, a late deadline gives its last look then', () => {
    const scheduler = new Sleeper(500, 60_000);
    const asked: number[] = [];
    const seen: unknown[] = [];
    taskPolls$(TASK_ID, {
      scheduler,
      timeout: 900,
      transport: () => {
        asked.push(scheduler.frame);
        const body = JSON.stringify(asked.length === 1 ? 'running' : 'finished');
        return {
          subscribe: (observer) => {
            observer.next?.({ status: 200, headers: { get: () => null }, body });
            return { unsubscribe: () => undefined };
          },
        };
      },
    }).subscribe({
      next: ({ status }) => seen.push(status),
      complete: () => seen.push('complete'),
    });
    scheduler.flush();
    expect(asked).toEqual([0, 60_000]);
    expect(seen).toEqual(['running', 'finished', 'complete']);
  });
});
