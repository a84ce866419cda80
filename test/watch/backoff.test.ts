import { describe, expect } from 'vitest';
import { exponentialDelay, MAX_TIMER_DELAY, withJitter } from '../../src/watch/backoff.js';
import { fc, test } from '../support/property.js';

const ms = fc.oneof(
  fc.integer({ min: 0, max: MAX_TIMER_DELAY }),
  fc.double({ min: 0, max: 10_000, noNaN: true }),
);
const factor = fc.oneof(fc.double({ min: 1, max: 10, noNaN: true }), fc.constant(Infinity));
const schedule = fc.record({ initialDelay: ms, factor, maxDelay: ms });
const count = fc.oneof(fc.integer({ min: 1, max: 20 }), fc.integer({ min: 1, max: 2 ** 31 }));
const part = fc.double({ min: 0, max: 1, noNaN: true });

/** Equal except for rounding: the formula does not fix the order of the operations. */
const near = (value: number): number => expect.closeTo(value, 3) as number;

describe('exponentialDelay', () => {
  test.prop([schedule, fc.integer({ min: 1, max: 12 })])('follows the formula', (given, times) => {
    const { initialDelay, maxDelay } = given;
    let product = initialDelay;
    for (let step = 1; step < times; step++) product = product && product * given.factor;
    expect(exponentialDelay(times, given)).toEqual(near(Math.min(maxDelay, product)));
  });

  test.prop([schedule, count])('never decreases and never exceeds maxDelay', (given, times) => {
    const found = exponentialDelay(times, given);
    expect(found).toBeLessThanOrEqual(given.maxDelay);
    expect(exponentialDelay(times + 1, given)).toBeGreaterThanOrEqual(found);
  });

  test.prop([factor, ms, count])('is 0 if initialDelay is 0', (growth, maxDelay, times) => {
    expect(exponentialDelay(times, { initialDelay: 0, factor: growth, maxDelay })).toBe(0);
  });
});

describe('withJitter', () => {
  const floor = fc.oneof(fc.constant(0), ms);

  test.prop([ms, floor, part, part])(
    'starts at the larger of the floor and the shortened base, and adds the spread',
    (base, floor, jitter, drawn) => {
      const found = withJitter(base, floor, { jitter, random: () => drawn });
      const least = Math.max(base * (1 - jitter), floor);
      const clamp = (value: number): number => Math.min(MAX_TIMER_DELAY, Math.max(1, value));
      expect(found).toEqual(near(clamp(least + base * jitter * (1 - drawn))));
      expect(found).toBeGreaterThanOrEqual(Math.min(MAX_TIMER_DELAY, floor));
    },
  );

  test.prop([ms, part, part])('is at most base without a floor', (base, jitter, drawn) => {
    const found = withJitter(base, 0, { jitter, random: () => drawn });
    expect(found).toBeLessThanOrEqual(Math.max(1, base) + 1e-6);
    expect(found).toBeGreaterThanOrEqual(base * (1 - jitter));
  });

  test.prop([ms, floor, part, fc.double()])(
    'treats a random() outside 0 to 1 as 0',
    (base, floor, jitter, drawn) => {
      fc.pre(!(drawn >= 0 && drawn <= 1));
      expect(withJitter(base, floor, { jitter, random: () => drawn })).toBe(
        withJitter(base, floor, { jitter, random: () => 0 }),
      );
    },
  );

  test.prop([ms, fc.oneof(floor, fc.double({ min: 0, noNaN: true })), part, fc.double()])(
    'is always within the range of a timer',
    (base, floor, jitter, drawn) => {
      const found = withJitter(base, floor, { jitter, random: () => drawn });
      expect(found).toBeGreaterThanOrEqual(1);
      expect(found).toBeLessThanOrEqual(MAX_TIMER_DELAY);
    },
  );
});
