import { describe, expect } from 'vitest';
import { plainCause, reasonOf, redactor } from '../../src/api/redact.js';
import { fc, test } from '../support/property.js';

/** Of what a header can carry; an asterisk is what takes a secret's place. */
const visible = fc.integer({ min: 0x21, max: 0x7e }).map((code) => String.fromCharCode(code));
const letter = fc
  .oneof(
    visible,
    fc.constantFrom(' ', '\t', '"', '\\', '/', '+', '=', '%', '.', '$', '(', 'é', 'ÿ'),
  )
  .filter((text) => text !== '*');
const secret = fc
  .array(letter, { minLength: 8, maxLength: 40 })
  .map((letters) => letters.join(''))
  .filter((text) => text.trim().length >= 8);
const text = fc.string();

const base64 = (value: string): string => Buffer.from(value, 'latin1').toString('base64');
/** As PHP writes JSON. */
const slashed = (json: string): string => json.replaceAll('/', '\\/');
/** As JSON is written for HTML. */
const unicodeEscape = (char: string): string =>
  `\\u${char.charCodeAt(0).toString(16).padStart(4, '0')}`;
const forms: Readonly<Record<string, (value: string) => string>> = {
  plain: (value) => value,
  trimmed: (value) => value.trim(),
  'URL-encoded': encodeURIComponent,
  'in JSON': (value) => JSON.stringify(value),
  'in JSON with slashes escaped': (value) => slashed(JSON.stringify(value)),
  'in JSON with all escaped': (value) => value.replace(/\W/g, unicodeEscape),
  'in Base64': base64,
  'in Base64 in JSON with slashes escaped': (value) => slashed(base64(value)),
  'in Base64 of its UTF-8': (value) => Buffer.from(value, 'utf8').toString('base64'),
  'in Base64 for URLs': (value) => Buffer.from(value, 'latin1').toString('base64url'),
};

describe.each(Object.entries(forms))('a secret, %s,', (_, form) => {
  test.prop([secret, text, text])('is not in what is left of a text', (value, before, after) => {
    for (const redact of [redactor([value], {}), redactor(undefined, { 'X-Session': value })]) {
      const clean = redact(before + form(value) + after);
      expect(clean).toContain('***');
      expect(clean).not.toContain(form(value));
      expect(clean).not.toContain(value.trim());
    }
  });
});

test.prop([
  fc.array(secret, { minLength: 1, maxLength: 4 }),
  fc.array(fc.nat(9), { maxLength: 12 }),
])('many secrets at once, one of them within another, leave nothing of any', (values, order) => {
  const [first = ''] = values;
  const all = [...values, first.slice(1), `${first}-longer`];
  const headers = Object.fromEntries(all.map((value, at) => [`X-${at}`, value]));
  const clean = redactor([first], headers)(order.map((at) => all[at % all.length]).join(' | '));
  for (const value of all.filter(({ length }) => length >= 8)) expect(clean).not.toContain(value);
});

test.prop([secret, text])('a text without it stays as it is', (value, other) => {
  fc.pre(!Object.values(forms).some((form) => other.includes(form(value).replace(/=+$/, ''))));
  expect(redactor([value], {})(other)).toBe(other);
});

test('a short key is a secret, a short header is a word', () => {
  expect(redactor(['abc'], {})('the abc of it')).toBe('the *** of it');
  expect(redactor(undefined, { accept: 'running' })('still running')).toBe('still running');
  expect(redactor(undefined, {})('still running')).toBe('still running');
});

describe('the plain copy of a foreign error', () => {
  const KEY = 'bu_0123456789abcdef';
  const redact = redactor([KEY], {});

  interface Plain {
    readonly cause?: Plain;
  }

  test.prop([
    fc.anything({ withBigInt: true, withDate: true, withMap: true, withNullPrototype: true }),
  ])(
    'holds name, message, code and the like cause, and nothing else, of anything at all',
    (error) => {
      const check = (copy: Plain | undefined, depth: number): void => {
        if (!copy) return;
        expect(depth).toBeLessThanOrEqual(5);
        expect(Object.getPrototypeOf(copy)).toBe(Object.prototype);
        for (const field of Object.keys(copy)) {
          expect(['name', 'message', 'code', 'cause']).toContain(field);
        }
        check(copy.cause, depth + 1);
      };
      check(plainCause(error, redact), 1);
    },
  );

  test('is five deep at most, also of one that is its own cause', () => {
    const error = new Error('round');
    error.cause = error;
    const round = { name: 'Error', message: 'round' };
    const copy = {
      ...round,
      cause: { ...round, cause: { ...round, cause: { ...round, cause: round } } },
    };
    expect(plainCause(error, redact)).toEqual(copy);
  });

  test('holds no secret in any of its fields', () => {
    const inner = Object.assign(new Error(`sent ${KEY}`), { code: KEY, config: { KEY } });
    const error = new TypeError(`Bearer ${KEY}`, { cause: inner });
    expect(plainCause(error, redact)).toEqual({
      name: 'TypeError',
      message: 'Bearer ***',
      cause: { name: 'Error', message: 'sent ***', code: '***' },
    });
  });

  test('is made of what throws when it is read', () => {
    const error = {
      get message(): string {
        throw new Error('no');
      },
      code: 'ECONNRESET',
    };
    expect(plainCause(error, redact)).toEqual({ code: 'ECONNRESET' });
  });

  test.each([
    ['a word', { message: 'a word' }],
    [`Bearer ${KEY}`, { message: 'Bearer ***' }],
    [42, { message: '42' }],
    [undefined, undefined],
    [null, undefined],
  ])('of %o is %o', (error, copy) => expect(plainCause(error, redact)).toEqual(copy));
});

test('the word before a key in its header stays', () => {
  const redact = redactor(['sk-secret1'], { Authorization: 'Bearer sk-secret1' }, 'Authorization');
  expect(redact('got Bearer sk-secret1 x')).toBe('got Bearer *** x');
});

test.each([
  ['lower-case hex', "a%2bb%2fc%20d(1)'!%3d"],
  ['a form', 'a%2Bb%2Fc+d%281%29%27%21%3D'],
  ['encodeURI', "a+b/c%20d(1)'!="],
])('a key URL-encoded as %s', (_, echoed) => {
  expect(redactor(["a+b/c d(1)'!="], {})(`not ${echoed}`)).toBe('not ***');
});

test('the word before the key in its header stays when the key has changed, too', () => {
  const headers = { Authorization: 'Bearer second-key' };
  const redact = redactor(['second-key', 'first-key'], headers, 'Authorization');
  expect(redact('Bearer second-key, not Bearer first-key')).toBe('Bearer ***, not Bearer ***');
});

test.each([
  ['a slash', 'key/1/abc', 'key\\/1\\/abc'],
  ['an ampersand for HTML', 'key&1', 'key\\u00261'],
  ['a tab', '!\t !!! ! !', '!\\t !!! ! !'],
  ['a tab by its number', '/ ! \t !!', '\\/ ! \\u0009 !!'],
])('a key with %s, escaped in JSON', (_, key, echoed) => {
  expect(redactor([key], {})(`not ${echoed}`)).toBe('not ***');
});

test('a plus sign stands for a blank, and for no other character', () => {
  expect(redactor(['a b-key'], {})('not a+b-key')).toBe('not ***');
  expect(redactor(['a!b-key'], {})('not a+b-key')).toBe('not a+b-key');
});

test('of two secrets that begin alike the longer one is blotted out whole', () => {
  const redact = redactor(undefined, { 'X-A': 'abcdefgh', 'X-B': 'abcdefgh-and-more' });
  expect(redact('abcdefgh-and-more, abcdefgh')).toBe('***, ***');
});

test('the plain copy has what there was, and nothing else', () => {
  const redact = (value: string): string => value.replace('secret', '***');
  expect(plainCause({ code: 42, cause: null }, redact)).toStrictEqual({ code: 42 });
  expect(plainCause({ code: 'E_secret' }, redact)).toStrictEqual({ code: 'E_***' });
  expect(plainCause({ code: {}, name: 1 }, redact)).toStrictEqual({});
});

test('the reason is the chain of messages, else codes, else names, in 200 characters', () => {
  expect(reasonOf(undefined)).toBe('');
  expect(reasonOf({})).toBe('');
  const cause = { message: '', code: 'ECONNREFUSED', cause: { name: 'Error' } };
  expect(reasonOf({ message: 'fetch failed', cause })).toBe('fetch failed: ECONNREFUSED: Error');
  expect(reasonOf({ message: 'x'.repeat(300) })).toHaveLength(200);
});
