import { expect, test } from 'vitest';
import { toAll } from '../../src/stream/to-all.js';

test('toAll goes to the last, and throws then what was thrown first', () => {
  const reached: number[] = [];
  const act = (n: number) => {
    reached.push(n);
    if (n > 1) throw new Error(`thrown at ${n}`);
  };
  expect(() => toAll([1, 2, 3], act)).toThrow(new Error('thrown at 2'));
  expect(reached).toEqual([1, 2, 3]);
});
