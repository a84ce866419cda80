import { describe, expect } from 'vitest';
import { learnedDelay, type LearnedDelay } from 'rxjs-task-status/learned';

import { edgeOf } from '../../src/learned/bins.js';
import { delayFor, estimateCurve, PRIOR } from '../../src/learned/curve.js';
import { emptyCounts } from '../../src/learned/histogram.js';
import { fc, test } from '../support/property.js';
import { runs } from '../support/runs.js';

/** The delay at `elapsed`, ms. */
function at(learned: LearnedDelay, elapsed: number, taskId = 'task_1'): number {
  return learned.delay(7, 'running', { taskId, elapsed });
}

describe('a delay', () => {
  test.prop([fc.integer({ min: 2, max: 12 }), fc.double({ min: 1.5, max: 1_000, noNaN: true })])(
    'of a task that is late does not depend on how many durations are known',
    (exponent, late) => {
      const curveOf = (count: number) => {
        const counts = emptyCounts();
        counts.ended[80] = count;
        const overall = estimateCurve(counts, PRIOR, 0.01);
        return estimateCurve(counts, overall, 2);
      };
      const [few, many] = [100, 10 ** exponent].map((count) =>
        delayFor(curveOf(count), late * edgeOf(80), 200),
      );
      expect(many! / few!).toBeCloseTo(1, 2);
    },
  );

  test('is finite if a request costs next to nothing', () => {
    const learned = learnedDelay({ halfLife: Infinity, requestCost: 1e-9 });
    for (let n = 0; n < 3_000; n++) learned.record('running', 1.25e8);
    for (let elapsed = 1; elapsed < 1e9; elapsed *= 1.5) {
      expect(at(learned, elapsed)).toBeLessThan(Infinity);
    }
  });

  test.prop([fc.constantFrom(-1, -Infinity, NaN)])(
    'is that of a new status for an elapsed time that is not at least 0',
    (elapsed) => {
      const learned = learnedDelay();
      learned.record('running', 60_000);
      expect(at(learned, elapsed)).toBe(at(learned, 0));
    },
  );

  const duration = fc.oneof(
    fc.constantFrom(0, 499, 500, 530, 1.8e8, 1e15),
    fc.double({ min: -3, max: 25, noNaN: true }).map((log) => Math.exp(log)),
  );
  const observation = fc.record({
    key: fc.constant('k'),
    status: fc.constant('running'),
    bin: fc.integer({ min: 0, max: 220 }),
    weight: fc.double({ min: -40, max: 27, noNaN: true }).map((log) => Math.exp(log)),
    censored: fc.boolean(),
  });

  test.prop(
    [
      fc.record({
        halfLife: fc.constantFrom(1, 1.5, 20, 500, Infinity),
        requestCost: fc.constantFrom(1e-9, 1e-3, 1, 200, 1e5, 2 ** 31 - 1),
        key: fc.constantFrom(undefined, () => 'k'),
      }),
      fc.array(fc.tuple(duration, fc.integer({ min: 1, max: 40 })), { maxLength: 12 }),
      fc.array(observation, { maxLength: 4 }),
      duration,
    ],
    runs(150),
  )(
    'is a finite number of at least 0, whatever was learned',
    (options, durations, shared, elapsed) => {
      const learned = learnedDelay(options);
      for (const [ms, times] of durations) {
        for (let n = 0; n < times; n++) learned.record('running', ms, 'task_1');
      }
      const check = (): void => {
        for (const ms of [0, elapsed, 1.1 * elapsed, 100 * elapsed, Infinity]) {
          const delay = at(learned, ms);
          expect(delay).toBeGreaterThanOrEqual(0);
          expect(delay).toBeLessThan(Infinity);
        }
      };
      check();
      learned.replaceShared('k', shared);
      check();
      learned.replaceShared('k', []);
      check();
    },
  );
});
