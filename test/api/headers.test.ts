import { describe, expect } from 'vitest';
import { headerOf, isHeaders, type ResponseHeaders } from '../../src/api/headers.js';
import { fc, test } from '../support/property.js';

const tokens = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,12}$/);
const values = fc.stringMatching(/^[!-~]([ -~]{0,20}[!-~])?$/);
/** Each letter in either case. */
const inAnyCase = (name: string) => fc.mixedCase(fc.constant(name));

describe('headerOf()', () => {
  test.prop([
    fc
      .dictionary(tokens, fc.oneof(values, fc.array(values, { minLength: 1, maxLength: 3 })), {
        minKeys: 1,
        maxKeys: 6,
      })
      .chain((record) =>
        fc.record({
          record: fc.constant(record),
          name: fc.constantFrom(...Object.keys(record)).chain(inAnyCase),
        }),
      ),
  ])('reads a record as a Headers object with the same fields', ({ record, name }) => {
    const headers = new Headers();
    for (const [key, value] of Object.entries(record)) {
      for (const each of [value].flat()) headers.append(key, each);
    }
    const expected = headers.get(name)!;
    expect(headerOf(headers, name)).toBe(expected);
    // a Headers object sorts nothing within one name
    expect(headerOf(record, name)).toBe(expected);
  });

  test.each<[string, ResponseHeaders]>([
    ['a record', { 'x-other': '5' }],
    ['a record without a prototype', Object.create(null) as Record<string, string>],
    ['an undefined field', { 'retry-after': undefined }],
    ['an empty list', { 'retry-after': [] }],
    ['a Headers object', new Headers()],
    ['a Map', new Map<string, string>() as never],
  ])('is undefined if %s has no such header', (_, headers) => {
    expect(headerOf(headers, 'Retry-After')).toBeUndefined();
  });

  test('reads own properties only', () => {
    const inherited = Object.create({ 'retry-after': '5' }) as Record<string, string>;
    expect(headerOf(inherited, 'retry-after')).toBeUndefined();
    expect(headerOf({}, 'constructor')).toBeUndefined();
    expect(headerOf({}, '__proto__')).toBeUndefined();
  });

  test('reads a record with a header that is called get', () => {
    expect(headerOf({ get: 'it', 'Retry-After': '5' }, 'retry-after')).toBe('5');
    expect(headerOf({ get: 'it' }, 'GET')).toBe('it');
  });

  test('calls get() as a method', () => {
    class Own {
      readonly value = '7';
      get(name: string): string {
        return name + this.value;
      }
    }
    expect(headerOf(new Own(), 'date')).toBe('date7');
  });

  test.each([5, ['5'], {}, null, undefined, Promise.resolve('5')])(
    'ignores %o, which is not text, from get()',
    (value) => expect(headerOf({ get: () => value } as never, 'x')).toBeUndefined(),
  );

  test.each([5, {}, null, true])('ignores %o, which is not text, in a record', (value) => {
    expect(headerOf({ x: value } as never, 'x')).toBeUndefined();
    expect(headerOf({ x: [value, 'a'] } as never, 'x')).toBe('a');
  });

  const boom = (): never => {
    throw new Error('boom');
  };
  test.each<[string, unknown]>([
    ['get() that throws', { get: boom }],
    ['a getter that throws', Object.defineProperty({}, 'x', { get: boom, enumerable: true })],
    ['a proxy that throws', new Proxy({}, { get: boom, ownKeys: boom })],
    ['null', null],
  ])('is undefined for %s', (_, headers) => {
    expect(headerOf(headers as ResponseHeaders, 'x')).toBeUndefined();
  });

  test('reads a header of a record in which a getter throws', () => {
    const headers = { a: '1' };
    Object.defineProperty(headers, 'b', { get: boom, enumerable: true });
    expect(headerOf(headers, 'A')).toBe('1');
  });
});

test('isHeaders() accepts an object that is not a list', () => {
  for (const value of [{}, new Headers(), new Map(), () => null]) {
    expect(isHeaders(value)).toBe(true);
  }
  for (const value of [undefined, null, '', 'a: b', 5, [], [['a', 'b']]]) {
    expect(isHeaders(value)).toBe(false);
  }
});
