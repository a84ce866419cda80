import { describe, expect, test } from 'vitest';

import {
  exponential,
  logNormal,
  mixture,
  normal,
  pareto,
  point,
  uniform,
  weibull,
} from './distributions.js';
import { expectedCost } from './expectation.js';
import { costOf, gridOf, optimum, optimalTimes, optimumAt, type Grid } from './optimum.js';
import { randomNumbers } from './random.js';

/** All schedules on a small grid. The last point is always used, because all tasks have ended there. */
function bruteForce({ times, running }: Grid, price: number): number {
  const last = times.length - 1;
  let best = Infinity;
  for (let chosen = 0; chosen < 2 ** (last - 1); chosen++) {
    let [cost, at] = [0, 0];
    for (let next = 1; next <= last; next++) {
      if (next < last && !(chosen & (1 << (next - 1)))) continue;
      cost += running[at]! * (price + times[next]! - times[at]!);
      at = next;
    }
    best = Math.min(best, cost);
  }
  return best;
}

describe('the dynamic programme', () => {
  test('finds the same cost as trying every schedule', () => {
    const random = randomNumbers(1);
    for (let run = 0; run < 40; run++) {
      const times = Float64Array.from({ length: 12 }, (_, at) => at * 10 + (at ? random() * 9 : 0));
      const parts = Array.from({ length: 10 }, () => random()).sort((a, b) => b - a);
      const running = Float64Array.from([1, ...parts, 0]);
      const grid = { times, running, mean: 0, error: 0 };
      const price = 100 * random() ** 3;
      const { requests, lag } = optimum(grid, price);
      expect(price * (requests - 1) + lag).toBeCloseTo(bruteForce(grid, price), 9);
    }
  });

  test('waits the same time again and again if the hazard is constant', () => {
    // requests every d cost price / (1 - exp(-h d)) + d / (1 - exp(-h d)) - 1 / h
    const mean = 60_000;
    const price = 1_200;
    const costs = Array.from({ length: 40_000 }, (_, at) => {
      const ended = 1 - Math.exp(-(at + 1) / mean);
      return (price + at + 1) / ended - mean;
    });
    const grid = gridOf(exponential(mean), 5);
    const { requests, lag } = optimum(grid, price);
    const found = price * (requests - 1) + lag;
    const best = Math.min(...costs);
    expect(found).toBeGreaterThan(best * (1 - 1e-6));
    expect(found - best).toBeLessThan(grid.error);
  });

  test('follows the recursion of Barlow, Hunter and Proschan if the hazard grows', () => {
    // t[k+1] - t[k] = (F(t[k]) - F(t[k-1])) / f(t[k]) - price, from the best first request on
    const [mean, deviation, price] = [240_000, 19_200, 12_000];
    const length = normal(mean, deviation);
    const density = (ms: number): number =>
      Math.exp(-0.5 * ((ms - mean) / deviation) ** 2) / deviation / Math.sqrt(2 * Math.PI);
    const costFrom = (first: number): number => {
      const times = [0, first];
      for (;;) {
        const [before = 0, at = 0] = times.slice(-2);
        const survived = length.survival(before) - length.survival(at);
        const next = survived / density(at) - price;
        if (!(next > 0) || at > mean + 6 * deviation) break;
        times.push(at + next);
      }
      const { requests, lag } = expectedCost(
        (seen) => (times[seen] ?? Infinity) - times[seen - 1]! || 5_000,
        length,
      );
      return price * (requests - 1) + lag;
    };
    const firsts = Array.from({ length: 4_000 }, (_, at) => 200_000 + at * 20);
    const best = Math.min(...firsts.map(costFrom).filter((cost) => Number.isFinite(cost)));
    const grid = gridOf(length, 5);
    const { requests, lag } = optimum(grid, price);
    const found = price * (requests - 1) + lag;
    expect(found).toBeLessThan(best + grid.error);
    expect(found).toBeGreaterThan(best * 0.99);
  });

  test('needs two requests if all tasks take the same time', () => {
    const { requests, lag } = optimum(gridOf(point(60_000), 10), 1_000);
    expect(requests).toBe(2);
    expect(lag).toBeLessThan(60);
  });

  test('needs fewer requests for a longer lag, along a convex curve', () => {
    const shares = [[1, gridOf(logNormal(60_000, 0.3), 20)]] as const;
    const curve = Array.from({ length: 12 }, (_, at) => optimumAt(shares, 500 + at * 500).requests);
    const slopes = curve.slice(1).map((requests, at) => curve[at]! - requests);
    expect(slopes.every((slope) => slope > 0)).toBe(true);
    expect(slopes.slice(1).every((slope, at) => slope <= slopes[at]! + 1e-3)).toBe(true);
  });

  test('costs what its schedule costs', () => {
    const length = logNormal(60_000, 0.3);
    const grid = gridOf(length, 20);
    const times = optimalTimes(grid, 10_000);
    const delay = (seen: number): number => (times[seen] ?? Infinity) - (times[seen - 1] ?? 0);
    const { requests, lag } = optimum(grid, 10_000);
    expect(expectedCost(delay, length).requests).toBeCloseTo(requests, 5);
    expect(expectedCost(delay, length).lag / lag).toBeCloseTo(1, 5);
  });

  test('has the requests of its price at its lag', () => {
    const shares = [[1, gridOf(weibull(60_000, 2), 20)]] as const;
    const { requests, lag } = costOf(shares, 10_000);
    expect(optimumAt(shares, lag).requests).toBeCloseTo(requests, 1);
  });
});

describe('a distribution', () => {
  const DISTRIBUTIONS = {
    logNormal: logNormal(60_000, 0.6),
    normal: normal(240_000, 19_200),
    weibull: weibull(60_000, 0.7),
    exponential: exponential(60_000),
    pareto: pareto(20_000, 1.2, 14_400_000),
    uniform: uniform(0, 120_000),
    mixture: mixture([0.3, logNormal(20_000, 0.05)], [0.7, logNormal(600_000, 0.05)]),
  };
  test.each(Object.entries(DISTRIBUTIONS))('%s has quantiles that fit its survival', (_, each) => {
    for (const part of [0.001, 0.1, 0.25, 0.6, 0.9, 0.999]) {
      expect(each.survival(each.quantile(part))).toBeCloseTo(1 - part, 6);
    }
  });

  test.each(Object.entries(DISTRIBUTIONS))('%s has the mean of its survival', (_, each) => {
    // in steps that grow by 0.1 %
    let sum = 0;
    for (let ms = 0; ms < each.quantile(1 - 1e-9);) {
      const next = ms * 1.001 + 1;
      sum += ((each.survival(ms) + each.survival(next)) / 2) * (next - ms);
      ms = next;
    }
    expect(sum / each.mean).toBeCloseTo(1, 4);
  });
});
