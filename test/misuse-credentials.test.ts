import {
  browserUseV1,
  browserUseV2,
  defineTaskApi,
  taskStatus$,
  type TaskApi,
  type TaskStatusOptions,
} from 'rxjs-task-status';
import { describe, expect, test } from 'vitest';

import { thrownBy } from './support/thrown-by.js';

// Errors are logged: no message shows a key or the value of a header.

const KEY = 'bu_0123456789abcdef';

const call = (options: unknown) => taskStatus$('task_1', options as TaskStatusOptions);

/** Everything that a log shows of an error. */
const textOf = (error: Error): string => `${String(error)} ${error.stack} ${JSON.stringify(error)}`;

describe('an apiKey', () => {
  test.each<[apiKey: unknown, message: string]>([
    ['', 'apiKey is empty'],
    [' \t', 'apiKey is empty'],
    ['\n', 'apiKey is empty'],
    [`${KEY}\nsecond-line`, 'apiKey has a line break inside, which a header cannot contain'],
    [`${KEY}\r\nX: y`, 'apiKey has a line break inside, which a header cannot contain'],
    [`${KEY}\r✓`, 'apiKey has a line break inside, which a header cannot contain'],
    [`${KEY}✓`, 'apiKey has a character beyond Latin-1, which a header cannot contain'],
    [`клю${KEY}`, 'apiKey has a character beyond Latin-1, which a header cannot contain'],
    [`${KEY}\u{1f511}`, 'apiKey has a character beyond Latin-1, which a header cannot contain'],
    [`“${KEY}”`, 'apiKey has a character beyond Latin-1, which a header cannot contain'],
    [`${KEY}\0`, 'apiKey has a control character, which a header cannot contain'],
    [`${KEY}\u{7f}`, 'apiKey has a control character, which a header cannot contain'],
    [1234567890, 'apiKey must be a string, got number'],
    [null, 'apiKey must be a string, got object'],
    [true, 'apiKey must be a string, got boolean'],
    [[KEY], 'apiKey must be a string, got object'],
    [Promise.resolve(KEY), 'apiKey must be a string, got object'],
  ])(
    'of %j is refused with a message that names the reason and does not show it',
    (apiKey, message) => {
      const error = thrownBy(() => call({ apiKey }));
      expect(error).toBeInstanceOf(TypeError);
      expect(error.message).toBe(message);
      expect(textOf(error)).not.toMatch(/bu_0123|1234567890/);
    },
  );

  test.each([`${KEY}\n`, ` ${KEY}`, `\t${KEY}\r\n`, `\ufeff${KEY}`, `${KEY}\u00a0`, 'é'])(
    'of %j is accepted: it is trimmed',
    (apiKey) => {
      expect(() => call({ apiKey })).not.toThrow();
    },
  );

  test.each(['authorization', 'Authorization', 'AUTHORIZATION'])(
    'is refused together with the header %s, and neither is shown',
    (header) => {
      for (const apiKey of [KEY, () => KEY]) {
        const misuse = () => call({ apiKey, headers: { [header]: 'Bearer another-secret' } });
        const error = thrownBy(misuse);
        expect(error).toBeInstanceOf(TypeError);
        expect(error.message).toBe(
          `apiKey is sent as Authorization; remove "${header}" from headers`,
        );
        expect(textOf(error)).not.toMatch(/another-secret|bu_/);
      }
    },
  );

  test('is refused only together with the header that its API uses', () => {
    const api = browserUseV2;
    const own = { api, apiKey: KEY, headers: { 'x-browser-use-api-key': 'abcdefgh' } };
    expect(() => call(own)).toThrow('apiKey is sent as X-Browser-Use-API-Key');
    const headers = { authorization: 'Basic abcdefgh' };
    expect(() => call({ api, apiKey: KEY, headers })).not.toThrow();
    expect(() => call({ headers })).not.toThrow();
  });

  test('is accepted by an API that refuses an empty one', () => {
    const authorization = (key: string): [string, string] => {
      if (key === '') throw new Error('no key');
      return ['X-Key', key];
    };
    const api = defineTaskApi({ ...browserUseV1, authorization });
    for (const apiKey of [KEY, () => KEY]) expect(() => call({ api, apiKey })).not.toThrow();
  });
});

describe('headers', () => {
  const hint = '; for a Headers object pass Object.fromEntries(headers)';

  test.each<[headers: unknown, message: string]>([
    [{ '': 's3cret' }, 'headers has the name "", which is not a valid header name'],
    [{ 'a b': 's3cret' }, 'headers has the name "a b", which is not a valid header name'],
    [{ ä: 's3cret' }, 'headers has the name "ä", which is not a valid header name'],
    [{ 'a:': 's3cret' }, 'headers has the name "a:", which is not a valid header name'],
    [{ 'a\n': 's3cret' }, 'headers has the name "a\\n", which is not a valid header name'],
    [{ a: 's3cret\n' }, 'headers["a"] has a line break inside, which a header cannot contain'],
    [{ a: 's3cret\0' }, 'headers["a"] has a control character, which a header cannot contain'],
    [
      { a: 's3cret ✓' },
      'headers["a"] has a character beyond Latin-1, which a header cannot contain',
    ],
    [{ b: 'fine', a: ['s3cret'] }, 'headers["a"] must be a string, got object'],
    [{ a: 42 }, 'headers["a"] must be a string, got number'],
    [{ a: null }, 'headers["a"] must be a string, got object'],
    [{ a: undefined }, 'headers["a"] must be a string, got undefined'],
    ['a: s3cret', `headers must be a plain object, got a string${hint}`],
    [[['a', 's3cret']], `headers must be a plain object, got an array${hint}`],
    [new Map([['a', 's3cret']]), `headers must be a plain object, got an object${hint}`],
    [new Headers({ a: 's3cret' }), `headers must be a plain object, got an object${hint}`],
    [null, `headers must be a plain object, got null${hint}`],
    [42, `headers must be a plain object, got 42${hint}`],
  ])('%o are refused, and no value is shown', (headers, message) => {
    const error = thrownBy(() => call({ headers }));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe(message);
    expect(textOf(error)).not.toContain('s3cret');
  });

  test('that can be sent are accepted', () => {
    const headers = { 'X-A': 'one, two\tthree', "x!#$%&'*+-.^_`|~9": '', b: 'naïve' };
    expect(() => call({ headers })).not.toThrow();
    const fromHeaders = Object.fromEntries(new Headers({ a: 'b' }));
    expect(() => call({ headers: fromHeaders })).not.toThrow();
  });
});

describe('defineTaskApi refuses', () => {
  test.each<[wrong: Partial<Record<keyof TaskApi<string>, unknown>>, named: string]>([
    [{ baseUrl: 'nowhere' }, 'baseUrl'],
    [{ baseUrl: 'https://anna:s3cret@host' }, 'baseUrl'],
    [{ path: '/tasks' }, 'path'],
    [{ authorization: undefined }, 'authorization'],
    [{ status: 'status' }, 'status'],
    [{ statuses: [] }, 'statuses'],
    [{ statuses: ['finished', 1] }, 'statuses'],
    [{ statuses: undefined }, 'statuses'],
    [{ terminal: ['done'] }, 'terminal'],
    [{ terminal: 'finished' }, 'terminal'],
    [{ successful: ['running'] }, 'successful'],
    [{ successful: null }, 'successful'],
  ])('%o', (wrong, named) => {
    const api = { ...browserUseV1, ...wrong } as TaskApi<string>;
    const error = thrownBy(() => defineTaskApi(api));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toContain(named);
    expect(textOf(error)).not.toContain('s3cret');
  });

  test.each([null, 42, 'browserUseV1', [], () => browserUseV1])('%o', (api) => {
    expect(() => defineTaskApi(api as never)).toThrow(TypeError);
  });
});
