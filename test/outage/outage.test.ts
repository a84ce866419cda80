import { describe, expect, test } from 'vitest';
import { simulate } from './outage.js';

// `npm run outage` does the same with twenty times the crowd, and prints it.
const WATCHES = 500;

describe.each([10, 30, 60])('an outage of %i s brings the server', (seconds) => {
  const toll = simulate({ watches: WATCHES, seconds, seed: 2 });

  test('at most 2.5 times the requests of healthy times on average', () => {
    expect(toll.during / toll.healthy).toBeLessThanOrEqual(2.5);
  });

  test('at most 3 times as many in any second of it and of the minute after', () => {
    expect(toll.peakDuring / toll.healthy).toBeLessThanOrEqual(3);
    expect(toll.peakAfter / toll.healthy).toBeLessThanOrEqual(3);
  });

  test('every watch back, and costs none of them its life', () => {
    expect(toll.errors).toBe(0);
    expect(toll.recovery).toBeLessThanOrEqual(31);
  });

  test('and is not quiet because nobody asks', () => {
    // a wait is 4.5 to 5 s and an answer takes 0.1 s
    expect(toll.healthy).toBeGreaterThan(WATCHES / 5.1);
    expect(toll.healthy).toBeLessThan(WATCHES / 4.6);
    expect(toll.during).toBeGreaterThan(0);
  });
});
