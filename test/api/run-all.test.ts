import { expect, test } from 'vitest';
import { runAll } from '../../src/api/run-all.js';

test('runAll() runs every step, then throws the first error', () => {
  const taken: number[] = [];
  const steps = [1, 2, 3].map((step) => () => {
    taken.push(step);
    if (step > 1) throw new Error(`step ${step}`);
  });
  expect(() => runAll(steps)).toThrow(new Error('step 2'));
  expect(taken).toEqual([1, 2, 3]);
});
