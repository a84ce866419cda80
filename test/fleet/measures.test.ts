import { describe, expect, test } from 'vitest';
import { busiestSecond, longestGap, highestExcess } from './measures.js';

describe('the measures of request times', () => {
  test('the pause after a 429 starts with the 429 if nothing was in flight', () => {
    expect(longestGap([0, 3_010, 3_030, 3_050], 1, 6_000)).toBe(3_009);
  });

  test('the pause after a 429 starts later if a request was in flight', () => {
    expect(longestGap([0, 10, 40, 3_010, 3_030], 1, 6_000)).toBe(2_970);
  });

  test('a pause long after the 429 is not counted', () => {
    expect(longestGap([0, 10, 6_010, 20_000], 1, 6_000)).toBe(6_000);
    expect(longestGap([0, 10, 1_010, 6_010, 20_000], 1, 6_000)).toBe(5_000);
  });

  test('the busiest second can start anywhere, also near the end', () => {
    expect(busiestSecond([0, 900, 950, 990, 1_050, 3_000])).toBe(4);
    expect(busiestSecond([0, 5_000, 5_100, 5_200])).toBe(3);
  });

  test('the excess over the limit is counted from the worst request', () => {
    expect(highestExcess([0, 100, 200, 300], 10)).toBe(0);
    expect(highestExcess([0, 1_000, 1_010, 1_020], 10)).toBe(2);
  });
});
