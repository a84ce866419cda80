import { createContext, runInContext } from 'node:vm';
import { describe, expect } from 'vitest';
import { isMisuse, misuse, typeName } from '../../src/api/misuse.js';
import { fc, test } from '../support/property.js';

describe('misuse()', () => {
  test('returns a TypeError with the message, whose mark is not enumerable', () => {
    const error = misuse('fetch must be a function');
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe('fetch must be a function');
    expect(Object.keys(error)).toEqual([]);
    expect(JSON.stringify(error)).toBe('{}');
    expect('cause' in error).toBe(false);
  });

  test('keeps the cause', () => {
    const cause = new Error('not found');
    expect(misuse('no fetch', cause).cause).toBe(cause);
  });
});

describe('isMisuse()', () => {
  test('recognises what misuse() made', () => expect(isMisuse(misuse('no'))).toBe(true));

  test('recognises an error of another copy of the package, and of another realm', () => {
    const mark = Symbol.for('rxjs-task-status.misuse');
    const other = runInContext('new TypeError("no")', createContext()) as object;
    expect(isMisuse(other)).toBe(false);
    expect(isMisuse(Object.defineProperty(other, mark, { value: true }))).toBe(true);
  });

  test.prop([fc.anything()])('is false for any other value', (value) => {
    expect(isMisuse(value)).toBe(false);
  });

  test('is false for a proxy that throws', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(isMisuse(proxy)).toBe(false);
  });
});

test.each([
  [undefined, 'undefined'],
  [null, 'null'],
  [[], 'array'],
  [{}, 'object'],
  ['secret', 'string'],
  [5, 'number'],
  [() => 5, 'function'],
])('typeName(%o) is %s', (value, name) => expect(typeName(value)).toBe(name));
