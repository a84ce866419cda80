import { describe, expect } from 'vitest';

import { BIN_COUNT, edgeOf, positionOf, valueAt } from '../../src/learned/bins.js';
import { type Curve, delayFor, estimateCurve, PRIOR } from '../../src/learned/curve.js';
import { emptyCounts, endedBetween, type Counts } from '../../src/learned/histogram.js';
import { smooth } from '../../src/learned/smooth.js';
import { fc, test } from '../support/property.js';
import { runs } from '../support/runs.js';

const SECOND = 1_000;

/** The part of the tasks that still has the status after `ms`. */
function survivalAt({ survival }: Curve, ms: number): number {
  const position = positionOf(ms);
  const bin = Math.floor(position);
  const [from = 0, to = 0] = survival.slice(bin, bin + 2);
  const part = (ms - edgeOf(bin)) / (edgeOf(bin + 1) - edgeOf(bin));
  return from + (to - from) * part;
}

/** The integral of the rule, by the midpoint formula. */
function undetected(curve: Curve, elapsed: number, delay: number): number {
  const steps = 4_000;
  let sum = 0;
  for (let step = 0; step < steps; step++) {
    const at = elapsed + ((step + 0.5) / steps) * delay;
    sum += 1 - survivalAt(curve, at) / survivalAt(curve, elapsed);
  }
  return (sum / steps) * delay;
}

/** Counts of durations, ms. */
function countsOf(ended: readonly number[], censored: readonly number[] = []): Counts {
  const counts = emptyCounts();
  for (const ms of ended) {
    for (const { bin, weight } of endedBetween(ms, ms)) counts.ended[bin]! += weight;
  }
  for (const ms of censored) counts.censored[Math.floor(positionOf(ms))]! += 1;
  return counts;
}

const duration = fc.double({ min: 0, max: 12, noNaN: true }).map((log) => 100 * Math.exp(log));
const curve = fc
  .tuple(
    fc.array(duration, { maxLength: 30 }),
    fc.array(duration, { maxLength: 30 }),
    fc.double({ min: 0.01, max: 3, noNaN: true }),
  )
  .map(([ended, censored, weight]) => estimateCurve(countsOf(ended, censored), PRIOR, weight));

describe('the rule', () => {
  test.prop(
    [
      curve,
      fc.double({ min: 0, max: 3_600, noNaN: true }),
      fc.double({ min: 0.01, max: 60, noNaN: true }),
    ],
    runs(300),
  )(
    'waits until the expected undetected time equals the price of a request',
    (learned, seconds, cost) => {
      const elapsed = seconds * SECOND;
      const delay = delayFor(learned, elapsed, cost * SECOND);
      expect(delay).toBeGreaterThan(cost * SECOND);
      // the integral over bins of very different widths is not exact
      if (elapsed + delay < edgeOf(BIN_COUNT)) {
        expect(undetected(learned, elapsed, delay) / (cost * SECOND)).toBeCloseTo(1, 1);
      }
    },
  );

  test.prop([curve, fc.double({ min: 0, max: 1e9, noNaN: true })], runs(200))(
    'waits longer if a request costs more',
    (learned, elapsed) => {
      const delays = [0.1, 1, 10, 100].map((cost) => delayFor(learned, elapsed, cost * SECOND));
      expect(delays).toEqual([...delays].sort((a, b) => a - b));
      expect(delays.every((delay) => delay > 0 && Number.isFinite(delay))).toBe(true);
    },
  );

  test('ends, whatever a request costs', () => {
    const learned = estimateCurve(countsOf([60 * SECOND]), PRIOR, 0.5);
    const longest = delayFor(learned, 0, Number.MAX_SAFE_INTEGER);
    expect(longest).toBeGreaterThan(edgeOf(BIN_COUNT - 1));
    expect(longest).toBeLessThan(Infinity);
    expect(delayFor(learned, 0, Number.MAX_VALUE)).toBe(longest);
  });

  test("is Keller's density for a constant hazard that is small", () => {
    // 20,000 quantiles of an exponential distribution with a mean of 10 minutes
    const mean = 600 * SECOND;
    const durations = Array.from(
      { length: 20_000 },
      (_, n) => -mean * Math.log(1 - (n + 0.5) / 20_000),
    );
    const learned = estimateCurve(countsOf(durations), PRIOR, 0.01);
    const cost = 0.2 * SECOND;
    for (const elapsed of [60, 200, 400]) {
      const ratio = delayFor(learned, elapsed * SECOND, cost) / Math.sqrt(2 * cost * mean);
      expect(Math.abs(ratio - 1)).toBeLessThan(0.1);
    }
  });
});

describe('the estimate', () => {
  test.prop([curve], runs(200))(
    'is a distribution: its survival falls from 1 and never reaches 0',
    (learned) => {
      const values = [...learned.survival];
      expect(values[0]).toBe(1);
      expect(values.every((value, edge) => value > 0 && value <= (values[edge - 1] ?? 1))).toBe(
        true,
      );
    },
  );

  test('is the part of the tasks that have ended, if none is censored', () => {
    const learned = estimateCurve(countsOf([10, 20, 20, 300].map((s) => s * SECOND)), PRIOR, 1e-9);
    expect(survivalAt(learned, 5 * SECOND)).toBeCloseTo(1, 1);
    expect(survivalAt(learned, 80 * SECOND)).toBeCloseTo(0.25, 1);
  });

  test('counts a censored task only for as long as it was seen', () => {
    // Of 4 tasks one ends at 10 s. Two are lost at 20 s. Then 1 of 1 ends at 100 s.
    const learned = estimateCurve(
      countsOf([10 * SECOND, 100 * SECOND], [20 * SECOND, 20 * SECOND]),
      PRIOR,
      1e-9,
    );
    // a kernel spreads what ends at 10 s
    expect(survivalAt(learned, 50 * SECOND)).toBeCloseTo(0.75, 1);
    // without the two that were lost it would be a half
    const without = estimateCurve(countsOf([10 * SECOND, 100 * SECOND]), PRIOR, 1e-9);
    expect(survivalAt(without, 50 * SECOND)).toBeLessThan(survivalAt(learned, 50 * SECOND) - 0.1);
  });

  test('lets running tasks lower the hazard while they run', () => {
    const ended = Array.from({ length: 20 }, (_, n) => (50 + n) * SECOND);
    const running = Array.from({ length: 20 }, () => 300 * SECOND);
    const delay = (counts: Counts) =>
      delayFor(estimateCurve(counts, PRIOR, 0.5), 55 * SECOND, 0.2 * SECOND);
    expect(delay(countsOf(ended, running))).toBeGreaterThan(delay(countsOf(ended)) * 1.2);
  });

  test('is the prior where nothing is known', () => {
    const learned = estimateCurve(emptyCounts(), PRIOR, 0.5);
    learned.survival.forEach((value, edge) => {
      expect(value).toBeCloseTo(1 / (1 + edgeOf(edge) / 60_000), 6);
    });
  });

  test.prop([fc.array(duration, { minLength: 1, maxLength: 50 })], runs(200))(
    'smooths without losing a task',
    (durations) => {
      const { ended } = countsOf(durations);
      const total = smooth(ended).reduce((sum, count) => sum + count, 0);
      expect(total).toBeCloseTo(durations.length, 6);
    },
  );

  test('is narrower the more durations it has', () => {
    const width = (count: number): number => {
      const { survival } = estimateCurve(
        countsOf(Array.from({ length: count }, () => 60 * SECOND)),
        PRIOR,
        1e-9,
      );
      return (
        survival.findIndex((value) => value < 0.1) - survival.findIndex((value) => value < 0.9)
      );
    };
    expect(width(1)).toBeGreaterThan(width(10));
    expect(width(10)).toBeGreaterThan(width(1_000));
  });
});

describe('the bins', () => {
  test.prop([duration, duration], runs(300))(
    'hold a duration between two polls with a weight of 1, between these polls',
    (a, b) => {
      const [from, to] = [Math.min(a, b), Math.max(a, b)];
      const weights = endedBetween(from, to);
      expect(weights.reduce((sum, { weight }) => sum + weight, 0)).toBeCloseTo(1, 9);
      for (const { bin } of weights) {
        expect(bin).toBeGreaterThanOrEqual(Math.floor(positionOf(from)) - 1);
        expect(bin).toBeLessThanOrEqual(Math.floor(positionOf(to)) + 1);
      }
    },
  );

  test('hold every duration', () => {
    for (const ms of [0, 0.1, 499, 500, 1e12]) {
      const weights = endedBetween(ms, ms);
      expect(weights.every(({ bin }) => bin >= 0 && bin < BIN_COUNT)).toBe(true);
    }
    expect(valueAt(Float64Array.of(1), -1)).toBe(0);
    expect(edgeOf(1)).toBe(500);
    expect(edgeOf(2)).toBeCloseTo(530, 6);
    expect(edgeOf(BIN_COUNT - 1)).toBeGreaterThan(48 * 3_600 * SECOND);
  });
});
