import { describe, expect, test } from 'vitest';
import { canonicalJson } from '../../src/node/canonical-json.js';
import { CANONICAL } from './canonical-examples.js';

describe('the canonical form of a JSON text', () => {
  test.each(CANONICAL)('$name', ({ text, canonical }) => {
    expect(canonicalJson(text)).toBe(canonical);
  });

  test.each([
    '',
    ' ',
    '{',
    '[1,]',
    '{"a":1,}',
    "{'a':1}",
    '{a:1}',
    '{1:2}',
    '01',
    '+1',
    '1.',
    '.5',
    '1e',
    '- 1',
    'NaN',
    'Infinity',
    '[-Infinity]',
    'undefined',
    '1 2',
    '"a\nb"',
    String.raw`"\x41"`,
    String.raw`"\ud83"`,
    '"a',
    '\ufeff1',
    '\u00a01',
    '// comment\n1',
  ])('does not exist for %j, which is not JSON', (text) => {
    expect(() => canonicalJson(text)).toThrow(SyntaxError);
  });

  test('does not exist for a text that is nested deeper than 1,000 levels', () => {
    const nested = (levels: number) => '['.repeat(levels) + ']'.repeat(levels);
    expect(canonicalJson(nested(1_000))).toBe(nested(1_000));
    for (const levels of [1_001, 500_000]) {
      expect(() => canonicalJson(nested(levels))).toThrow(RangeError);
      expect(() => canonicalJson(`{"a":${nested(levels - 1)}}`)).toThrow(RangeError);
    }
  });

  test.each([
    ['escapes', `"${'\\n'.repeat(500_000)}"`],
    ['backslashes', `"${'\\\\'.repeat(500_000)}"`],
    ['digits', `[${'1'.repeat(1_000_000)}]`],
    ['numbers', `[${'1,'.repeat(500_000)}1]`],
    ['nesting around text', `${'['.repeat(1_000)}"${'x'.repeat(1_000_000)}"${']'.repeat(1_000)}`],
    [
      'keys with a common beginning',
      `{${Array.from({ length: 900 }, (_, index) => `"${'k'.repeat(1_000)}${index + 100}":1`).join()}}`,
    ],
  ])('takes no quadratic time for a megabyte of %s', (_, text) => {
    expect(canonicalJson(text) === text).toBe(true);
  });

  test('has the members of a large object in the order of their code points', () => {
    const keys = Array.from({ length: 5_000 }, (_, index) => `${(index * 7_919) % 5_000}`);
    const text = `{${keys.map((key) => `"${key}": ${key}.0`).join(' ,\n')}}`;
    const sorted = [...keys].sort();
    expect(canonicalJson(text)).toBe(`{${sorted.map((key) => `"${key}":${key}.0`).join(',')}}`);
  });
});
