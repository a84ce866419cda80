import { expect, test } from 'vitest';
import { fieldOf, hasMethod, show } from '../../src/api/guards.js';

test('fieldOf() reads objects and functions, and is undefined for anything else', () => {
  expect(fieldOf({ length: 3 }, 'length')).toBe(3);
  expect(fieldOf((a: unknown) => a, 'length')).toBe(1);
  for (const value of ['abc', null, undefined, 42])
    expect(fieldOf(value, 'length')).toBeUndefined();
  const hostile = {
    get length(): never {
      throw new Error('no');
    },
  };
  expect(fieldOf(hostile, 'length')).toBeUndefined();
});

test('hasMethod() is true only for fields that are functions', () => {
  expect(hasMethod({ stop: () => 1 }, 'stop')).toBe(true);
  expect(hasMethod({ stop: 1 }, 'stop')).toBe(false);
});

test.each<[value: unknown, shown: string]>([
  ['a\n"b"', '"a\\n\\"b\\""'],
  ['x'.repeat(200), `"${'x'.repeat(100)}"`],
  [undefined, 'undefined'],
  [null, 'null'],
  [Number.NaN, 'NaN'],
  [Symbol('id'), 'Symbol(id)'],
  [{ secret: 1 }, 'an object'],
  [() => 1, 'a function'],
])('%o is shown as %s', (value, shown) => {
  expect(show(value)).toBe(shown);
});
