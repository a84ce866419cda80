import { describe, expect } from 'vitest';
import { cutToWidth, padToWidth, widthOf } from '../../src/cli/columns.js';
import { fc, test } from '../support/property.js';

const text = fc.string({
  unit: fc.constantFrom('a', 'Z', '-', 'é', '漢', 'か', '한', '👍', '🇩🇪', '𠀀', '…', '\u0301'),
  maxLength: 30,
});

describe('a text in columns', () => {
  test.each([
    ['abc', 3],
    ['漢字', 4],
    ['👍', 2],
    ['e\u0301', 1],
    ['', 0],
  ])('%j is %i columns wide', (value, width) => {
    expect(widthOf(value)).toBe(width);
  });

  test.each([
    ['abcdef', 6, 'abcdef'],
    ['abcdef', 5, 'abcd…'],
    ['漢字漢', 5, '漢字…'],
    ['漢字漢', 4, '漢…'],
    ['👍👍', 3, '👍…'],
    ['𠀀𠀀', 3, '𠀀…'],
    ['ab', 1, '…'],
    ['ab', 0, ''],
    ['ab', Infinity, 'ab'],
  ])('%j in %d columns is %j', (value, columns, cut) => {
    expect(cutToWidth(value, columns)).toBe(cut);
  });

  test('is padded by its width', () => {
    expect(padToWidth('漢', 4)).toBe('漢  ');
    expect(padToWidth('abc', 2)).toBe('abc');
  });

  test.prop([text, fc.integer({ min: 0, max: 40 })])(
    'is never wider than its column, and is cut only if it is too long',
    (value, columns) => {
      const cut = cutToWidth(value, columns);
      expect(widthOf(cut)).toBeLessThanOrEqual(columns);
      expect(cut).not.toMatch(/\p{Cs}/u);
      if (widthOf(value) <= columns) expect(cut).toBe(value);
    },
  );
});
