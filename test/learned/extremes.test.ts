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

describe('a history', () => {
  test.each([1e300, 1e13])('is refused if it counts %d durations', (count) => {
    const history = { version: 1, overall: { running: [count, '~~~', ''] }, keys: {} };
    expect(() => learnedDelay({ history })).toThrow(/^history must be what toJSON\(\)/);
  });

  test('of statuses and keys with any name is kept, and changes no prototype', () => {
    const names = ['__proto__', 'constructor', 'toString', '', '\u0000', '7', 'k'.repeat(10_000)];
    const learned = learnedDelay({ key: (taskId) => taskId });
    for (const name of names) learned.record(name, 60_000, name);
    const text = JSON.stringify(learned);
    const restored = learnedDelay({ key: (taskId) => taskId, history: JSON.parse(text) });
    expect(Object.keys(restored.toJSON().overall).sort()).toEqual([...names].sort());
    expect(JSON.stringify(restored)).toBe(text);
    expect(Object.keys(Object.prototype)).toEqual([]);
  });
});

describe('shared counts', () => {
  test.each([Infinity, 1e300, 1e13])(
    'of %d durations are ignored, so that they can be replaced',
    (weight) => {
      const learned = learnedDelay();
      learned.record('running', 60_000);
      const before = at(learned, 0);
      const observation = { key: '', status: 'running', bin: 80, weight, censored: false };
      learned.replaceShared('', [observation, { ...observation, censored: true }]);
      expect(at(learned, 0)).toBe(before);
      learned.replaceShared('', []);
      expect(at(learned, 0)).toBe(before);
    },
  );
});
