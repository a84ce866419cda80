import { describe, expect, test } from 'vitest';
import { simulate } from './outage.js';

// `npm run outage` does the same with twenty times as many watches, and prints the figures.
const WATCHES = 500;

describe.each([10, 30, 60])('in an outage of %i s', (seconds) => {
  const result = simulate({ watches: WATCHES, seconds, seed: 2 });

  test('the server gets at most 2.5 times the usual requests on average', () => {
    expect(result.during / result.healthy).toBeLessThanOrEqual(2.5);
  });

  test('it gets at most 3 times as many in any second until a minute after it', () => {
    expect(result.peakDuring / result.healthy).toBeLessThanOrEqual(3);
    expect(result.peakAfter / result.healthy).toBeLessThanOrEqual(3);
  });

  test('no watch fails, and all have a status again soon', () => {
    expect(result.errors).toBe(0);
    expect(result.recovery).toBeLessThanOrEqual(31);
  });

  test('the watches do poll', () => {
    // a delay is 4.5 to 5 s and an answer takes 0.1 s
    expect(result.healthy).toBeGreaterThan(WATCHES / 5.1);
    expect(result.healthy).toBeLessThan(WATCHES / 4.6);
    expect(result.during).toBeGreaterThan(0);
  });
});
