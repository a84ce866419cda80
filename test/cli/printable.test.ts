import { describe, expect } from 'vitest';
import { jsonLine } from '../../src/cli/json-line.js';
import { errorLine, printable } from '../../src/cli/printable.js';
import { fc, test } from '../support/property.js';

/** What no text from outside may bring to a terminal. */
const UNSAFE = /[\p{Cc}\p{Cf}\p{Cs}\p{Zl}\p{Zp}\p{Default_Ignorable_Code_Point}]/u;

/** Text as a hostile server writes it. */
const hostile = fc
  .array(
    fc.oneof(
      fc.string({ unit: 'binary' }),
      fc.constantFrom(
        ...['\u001b', '\u009b', '[31m', ']0;title\u0007', '\u001b]8;;http://x\u001b\\', '\r', '\n'],
        ...[
          '\u202e',
          '\u2066',
          '\u200f',
          '\u061c',
          '\u200b',
          '\u200d',
          '\ufeff',
          '\ufe0f',
          '\u034f',
        ],
        ...['\u{e0041}', '\u2028', '\u0085', '\ud800', '\udc00', '漢', '👍', 'é', 'a'],
      ),
    ),
    { maxLength: 60 },
  )
  .map((parts) => parts.join(''));

describe('printable text', () => {
  test.each<[what: string, text: string, printed: string]>([
    ['plain text', 'task_1', 'task_1'],
    ['other scripts', 'Ünïcödé 漢字 👍 हिन्दी', 'Ünïcödé 漢字 👍 हिन्दी'],
    ['colours', '\u001b[1;35mpink\u001b[0m', 'pink'],
    ['cursor movement', 'a\u001b[2A\u001b[Kb', 'ab'],
    ['a window title', 'a\u001b]0;owned\u0007b', 'ab'],
    ['a C1 sequence', 'a\u009b31mb', 'ab'],
    ['a sequence split by a zero-width space', 'a\u001b\u200b[31mb', 'a [31mb'],
    ['white space', '\n\n  oh \t no\r\n', 'oh no'],
    ['other line ends', 'a\u0085b\u2028c\u2029d\u000be', 'a b c d e'],
    ['a bell and a backspace', 'a\u0007b\u0008c', 'a b c'],
    ['bidi overrides and isolates', 'a\u202eb\u2066c\u2069d\u200fe\u061cf', 'abcdef'],
    ['zero-width characters', 'a\u200bb\u200cc\u200dd\u2060e\ufefff\u00adg', 'abcdefg'],
    ['fillers and variation selectors', 'a\u3164b\u115fc\ufe0fd\u{e0100}e', 'abcde'],
    ['tag characters', 'a\u{e0061}\u{e0062}b', 'ab'],
    ['lone surrogates', 'a\ud800b\udc00', 'a\ufffdb\ufffd'],
    ['nothing', '', ''],
    ['nothing that can be seen', '\u200b\u202e', ''],
  ])('of %s', (_, text, printed) => {
    expect(printable(text)).toBe(printed);
  });

  test.each<[what: string, text: string, limit: number, printed: string]>([
    ['as long as the limit', 'abcde', 5, 'abcde'],
    ['a character longer', 'abcdef', 5, 'abcd…'],
    ['long only before it is cleaned', '\u001b[31mabc\u001b[0m   \n', 5, 'abc'],
    ['with half an emoji at the limit', 'abc👍👍', 5, 'abc…'],
  ])('%s', (_, text, limit, printed) => {
    expect(printable(text, limit)).toBe(printed);
  });

  test('of 60 kB is cut, wherever its printable characters are', () => {
    expect(printable('x'.repeat(60_000))).toBe(`${'x'.repeat(199)}…`);
    expect(printable(' '.repeat(60_000))).toBe('…');
    expect(printable(`ab${'\u202e'.repeat(60_000)}`)).toBe('ab…');
    expect(printable('e\u0301'.repeat(30_000))).toHaveLength(200);
  });

  test.prop([hostile, fc.integer({ min: 1, max: 100 })])(
    'is one line without a character that is unsafe, and not longer than the limit',
    (text, limit) => {
      const printed = printable(text, limit);
      expect(printed).not.toMatch(UNSAFE);
      expect(printed.length).toBeLessThanOrEqual(limit);
      expect(printable(printed, limit)).toBe(printed);
    },
  );
});

describe('the line of an error', () => {
  test.each<[error: unknown, line: string]>([
    [new Error('got an HTTP error (500):\n\n  oh  \t no\n'), 'got an HTTP error (500): oh no'],
    [new Error('\u001b[31mred\u202e\u0007'), 'red'],
    [new Error('x'.repeat(60_000)), `${'x'.repeat(399)}…`],
    ['not an error', 'not an error'],
    [undefined, 'undefined'],
  ])('%#', (error, line) => {
    expect(errorLine(error)).toBe(`rxjs-task-status: ${line}`);
  });
});

describe('a line of JSON', () => {
  test('escapes control characters and invisible ones', () => {
    const line = jsonLine({ id: 'a\u202e\u200b\u009b\u007f\u2028\ufe0f\u{e0041}\u001b漢👍' });
    expect(line).toBe(
      '{"id":"a\\u202e\\u200b\\u009b\\u007f\\u2028\\ufe0f\\udb40\\udc41\\u001b漢👍"}',
    );
  });

  test.prop([hostile])('is safe to print and parses to the same text', (text) => {
    const line = jsonLine({ [text]: [text] });
    expect(line).not.toMatch(UNSAFE);
    expect(JSON.parse(line)).toEqual({ [text]: [text] });
  });
});
