import { describe, expect } from 'vitest';
import { checkFetchResponse, checkResponse } from '../../src/api/check-response.js';
import { isMisuse } from '../../src/api/misuse.js';
import { fc, test } from '../support/property.js';

const boom = (): never => {
  throw new Error('boom');
};
const good = { status: 200, headers: {}, body: '"running"' };

function messageOf(check: () => unknown): string {
  try {
    check();
  } catch (error) {
    expect(isMisuse(error)).toBe(true);
    return (error as Error).message;
  }
  throw new Error('nothing was thrown');
}

describe('checkResponse()', () => {
  class Own {
    get status(): number {
      return 503;
    }
    get headers(): Headers {
      return new Headers();
    }
    get body(): string {
      return '';
    }
  }
  test.each<[string, unknown]>([
    ['a record as headers', good],
    ['lists among the headers', { ...good, headers: { 'set-cookie': ['a', 'b'] } }],
    ['a Headers object', { ...good, headers: new Headers() }],
    ['a Map as headers', { ...good, headers: new Map() }],
    ['a hidden redirect', { ...good, status: 0 }],
    ['the lowest status', { ...good, status: 100 }],
    ['a status above 599', { ...good, status: 999 }],
    ['an empty body', { ...good, body: '' }],
    ['an instance of a class', new Own()],
    ['a function with the fields', Object.assign(() => 1, good)],
  ])('accepts an answer with %s', (_, value) => {
    expect(() => checkResponse(value)).not.toThrow();
  });

  test.each<[string, unknown, string]>([
    ['undefined', undefined, ', got undefined'],
    ['null', null, ', got null'],
    ['text', '"running"', ', got string'],
    ['a status', 200, ', got number'],
    [
      'a list',
      [200, '"running"'],
      ': status must be a number from 100 to 999, or 0, got undefined',
    ],
    [
      'a status as text',
      { ...good, status: '200' },
      ': status must be a number from 100 to 999, or 0, got string',
    ],
    ...[200.5, 99, 1_000, -1, NaN, Infinity, 2e9].map(
      (status) =>
        [
          `the status ${status}`,
          { ...good, status },
          `: status must be a number from 100 to 999, or 0, got ${status}`,
        ] as [string, unknown, string],
    ),
    [
      'parsed JSON as the body',
      { ...good, body: { status: 'running' } },
      ': body must be a string, as from response.text(), got object',
    ],
    [
      'no body',
      { status: 204, headers: {} },
      ': body must be a string, as from response.text(), got undefined',
    ],
    [
      'no headers',
      { status: 200, body: '' },
      ': headers must be a record or an object with get(), got undefined',
    ],
    [
      'headers as a list of pairs',
      { ...good, headers: [['a', 'b']] },
      ': headers must be a record or an object with get(), got array',
    ],
    [
      'a getter that throws',
      Object.defineProperty({ ...good }, 'body', { get: boom }),
      ': body must be a string, as from response.text(), got undefined',
    ],
    [
      'a getter that throws, and another wrong field',
      Object.defineProperty({ ...good, headers: null }, 'status', { get: boom }),
      ': status must be a number from 100 to 999, or 0, got undefined',
    ],
    [
      'a Response of fetch',
      new Response('"running"'),
      ': body must be a string, as from response.text(), got object',
    ],
  ])('names the first wrong field of %s', (_, value, message) => {
    expect(messageOf(() => checkResponse(value))).toBe(
      `transport must answer with a StatusResponse${message}`,
    );
  });

  test('shows no value', () => {
    const secret = 'sk-0123456789';
    const value = { status: secret, headers: secret, body: { key: secret } };
    expect(messageOf(() => checkResponse(value))).not.toContain(secret);
    expect(messageOf(() => checkResponse(secret))).not.toContain(secret);
  });

  test.prop([fc.anything()])('throws for anything else', (value) => {
    expect(messageOf(() => checkResponse(value))).toContain('StatusResponse');
  });

  test('throws for a proxy that cannot be read', () => {
    const proxy: unknown = new Proxy({}, { get: boom, has: boom });
    expect(messageOf(() => checkResponse(proxy))).toContain('status must be');
  });
});

describe('checkFetchResponse()', () => {
  const text = () => Promise.resolve('"running"');
  const response = { status: 200, headers: new Headers(), text };
  const body = new ReadableStream();

  test.each<[string, unknown]>([
    ['a Response', new Response('"running"')],
    ['a Response without a body', new Response(null, { status: 204 })],
    ['the fields that are used', response],
    ['a body that is a stream, without text()', { ...response, body, text: undefined }],
    [
      'a stream that is not iterable, as in Safari, without text()',
      { ...response, body: { getReader: text }, text: undefined },
    ],
    ['headers with no more than get()', { ...response, headers: { get: () => null } }],
    ['a hidden redirect', { ...response, status: 0, body: null }],
  ])('accepts %s', (_, value) => expect(() => checkFetchResponse(value)).not.toThrow());

  const STATUS = 'status must be a number from 100 to 999, or 0, got';
  const HEADERS = 'headers must be a Headers object, got';
  const TEXT = 'text must be a function, got';
  test.each<[string, unknown, string]>([
    ['undefined, as of jest.fn()', undefined, ', got undefined'],
    ['null', null, ', got null'],
    ['text', '"running"', ', got string'],
    ['{ ok, json }', { ok: true, json: text }, `: ${STATUS} undefined`],
    ['{ ok, status, json }', { ok: true, status: 200, json: text }, `: ${HEADERS} undefined`],
    ['{ status, headers, json }', { ...response, text: undefined }, `: ${TEXT} undefined`],
    ['no status', { headers: new Headers(), text }, `: ${STATUS} undefined`],
    ['a status as text', { ...response, status: '200' }, `: ${STATUS} string`],
    ['the status 600.5', { ...response, status: 600.5 }, `: ${STATUS} 600.5`],
    ['a plain record as headers', { ...response, headers: {} }, `: ${HEADERS} object`],
    ['text that is no function', { ...response, text: '"running"' }, `: ${TEXT} string`],
    [
      'an answer of undici.request()',
      { statusCode: 200, headers: {}, body },
      `: ${STATUS} undefined`,
    ],
    [
      'a getter that throws',
      Object.defineProperty({ ...response }, 'headers', { get: boom }),
      `: ${HEADERS} undefined`,
    ],
  ])('names the first wrong field of %s', (_, value, message) => {
    expect(messageOf(() => checkFetchResponse(value))).toBe(
      `fetch must resolve with a Response, for example new Response('"running"')${message}`,
    );
  });

  const UNREAD = 'body must be unread (each request needs a new Response), got object';

  test('refuses a Response that has been read', async () => {
    const used = new Response('"running"');
    await used.text();
    expect(messageOf(() => checkFetchResponse(used))).toContain(UNREAD);
  });

  test('refuses a Response that has been read, of a fetch whose body is never locked', () => {
    const used = { ...response, body: { pipe: text }, bodyUsed: true };
    expect(messageOf(() => checkFetchResponse(used))).toContain(UNREAD);
  });

  test('refuses a Response that something else is reading', () => {
    const locked = new Response('"running"');
    locked.body!.getReader();
    expect(locked.bodyUsed).toBe(false);
    expect(messageOf(() => checkFetchResponse(locked))).toContain(UNREAD);
  });

  test.prop([fc.anything()])('throws for anything else', (value) => {
    expect(messageOf(() => checkFetchResponse(value))).toContain('a Response');
  });
});
