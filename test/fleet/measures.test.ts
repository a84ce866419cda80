import { describe, expect, test } from 'vitest';
import { busiestSecond, longestSilence, mostAhead } from './measures.js';

describe('of the times of requests', () => {
  test('the silence after a 429 begins with the 429 where nothing was on its way', () => {
    expect(longestSilence([0, 3_010, 3_030, 3_050], 1, 6_000)).toBe(3_009);
  });

  test('the silence after a 429 begins later where something was still on its way', () => {
    expect(longestSilence([0, 10, 40, 3_010, 3_030], 1, 6_000)).toBe(2_970);
  });

  test('a silence that begins long after the 429 is another one', () => {
    expect(longestSilence([0, 10, 6_010, 20_000], 1, 6_000)).toBe(6_000);
    expect(longestSilence([0, 10, 1_010, 6_010, 20_000], 1, 6_000)).toBe(5_000);
  });

  test('the busiest second is found wherever it begins, also at the end', () => {
    expect(busiestSecond([0, 900, 950, 990, 1_050, 3_000])).toBe(4);
    expect(busiestSecond([0, 5_000, 5_100, 5_200])).toBe(3);
  });

  test('what is ahead of the limit is counted from whichever request is the worst', () => {
    expect(mostAhead([0, 100, 200, 300], 10)).toBe(0);
    expect(mostAhead([0, 1_000, 1_010, 1_020], 10)).toBe(2);
  });
});
