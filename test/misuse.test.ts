import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import {
  browserUseV1,
  browserUseV2,
  createTaskStatus,
  createTaskStatusPool,
  defineTaskApi,
  taskPolls$,
  taskStatus$,
  type TaskApi,
  type TaskStatusOptions,
} from '../src/index.js';

const KEY = 'bu_0123456789abcdef';
const LONGEST = 2_147_483_647;

/** What misuse is thrown by: each takes what TypeScript would refuse. */
const withOptions: Readonly<Record<string, (options: unknown) => unknown>> = {
  taskStatus$: (options) => taskStatus$('task_1', options as TaskStatusOptions),
  taskPolls$: (options) => taskPolls$('task_1', options as TaskStatusOptions),
  createTaskStatus: (options) => createTaskStatus(options as TaskStatusOptions),
  createTaskStatusPool: (options) => createTaskStatusPool(options as TaskStatusOptions),
};
const withTaskId: Readonly<Record<string, (taskId: unknown) => unknown>> = {
  taskStatus$: (taskId) => taskStatus$(taskId as string),
  taskPolls$: (taskId) => taskPolls$(taskId as string),
  createTaskStatus: (taskId) => createTaskStatus()(taskId as string),
  'pool.status$': (taskId) => createTaskStatusPool({}).status$(taskId as string),
  'pool.polls$': (taskId) => createTaskStatusPool({}).polls$(taskId as string),
};

function thrownBy(call: () => unknown): unknown {
  try {
    call();
  } catch (error) {
    return error;
  }
  throw new Error('nothing was thrown');
}

/** Nothing is thrown but this class, with all of these words in its message. */
function expectThrown(
  call: () => unknown,
  Class: typeof TypeError | typeof RangeError,
  ...words: readonly string[]
): void {
  const error = thrownBy(call);
  expect(error).toBeInstanceOf(Class);
  for (const word of words) expect(String(error)).toContain(word);
}

/** A value as a message has to show it; of what is no primitive, anything will do. */
function shown(value: unknown): readonly string[] {
  if (typeof value === 'string') return [JSON.stringify(value)];
  return Object(value) === value ? [] : [String(value)];
}

describe.each(Object.entries(withTaskId))('%s throws a TypeError', (_, call) => {
  test.each([
    undefined,
    null,
    42,
    NaN,
    true,
    Symbol('id'),
    {},
    [],
    ['task_1'],
    new String('task_1'),
  ])('for a taskId that is no string: %o', (taskId) =>
    expectThrown(() => call(taskId), TypeError, 'taskId', ...shown(taskId)),
  );

  test.each(['', '.', '..'])('for the taskId %j', (taskId) =>
    expectThrown(() => call(taskId), TypeError, 'taskId', ...shown(taskId)),
  );

  test.each(['a\ud800', '\udc00', 'a\udc00\ud800b'])(
    'for a taskId with a lone surrogate: %j',
    (taskId) => expectThrown(() => call(taskId), TypeError, 'taskId'),
  );

  test('and not for what merely looks odd', () => {
    for (const taskId of ['...', ' ', 'a/b', '%', '\ud83d\ude00', '\0', 'constructor']) {
      expect(() => call(taskId)).not.toThrow();
    }
  });
});

describe.each(Object.entries(withOptions))('%s throws', (_, call) => {
  describe('a TypeError that shows the mend for mergeMap', () => {
    const instance = Object.create({ inherited: true }) as unknown;
    const rootless = Object.setPrototypeOf(() => ({}), null) as unknown;
    const others = [
      [],
      () => ({}),
      new Map(),
      new Date(0),
      Promise.resolve({}),
      instance,
      rootless,
    ];

    test.each<unknown>([0, 1, 'task_2', null, true, Symbol('options'), ...others])(
      'for options that are no plain object: %o',
      (options) =>
        expectThrown(
          () => call(options),
          TypeError,
          'options',
          '(id) => taskStatus$(id)',
          // a string may be a key
          ...(typeof options === 'string' ? ['got a string'] : shown(options)),
        ),
    );

    test('and not for a plain one, wherever it comes from', () => {
      for (const options of [{}, Object.create(null), runInNewContext('({})'), Object.freeze({})]) {
        expect(() => call(options)).not.toThrow();
      }
    });
  });

  const ms = [-1, -0.5, NaN, -Infinity, LONGEST + 1, 1e300];
  const ranges: readonly (readonly [
    option: string,
    outside: readonly number[],
    inside: readonly number[],
  ])[] = [
    ['requestTimeout', [...ms, 0, 0.5], [1, 1.5, LONGEST, Infinity]],
    ['timeout', ms, [0, 0.5, LONGEST, Infinity]],
    ['notFoundGrace', ms, [0, LONGEST, Infinity]],
    ['backoff.initialDelay', [...ms, Infinity], [0, 0.5, LONGEST]],
    ['backoff.maxDelay', [...ms, Infinity], [0, LONGEST]],
    ['backoff.factor', [0, 0.99, -1, NaN, -Infinity], [1, 1.01, 1e9]],
    ['backoff.jitter', [-0.1, 1.1, NaN, Infinity], [0, 0.5, 1]],
    ['retry.initialDelay', [...ms, Infinity], [0, LONGEST]],
    ['retry.maxDelay', [...ms, Infinity], [0, LONGEST]],
    ['retry.maxRetryAfter', [...ms, Infinity], [0, LONGEST]],
    ['retry.factor', [0, 0.99, -1, NaN, -Infinity], [1, 1.01, 1e9]],
    ['retry.jitter', [-0.1, 1.1, NaN, Infinity], [0, 0.5, 1]],
    ['retry.maxRetries', [-1, 0.5, 1.5, NaN, -Infinity], [0, 1, 1e9, Infinity]],
  ];
  /** `backoff.jitter` and a value as `{ backoff: { jitter: value } }`. */
  const options = (path: string, value: unknown): unknown =>
    path.split('.').reduceRight((inner, name) => ({ [name]: inner }), value);

  describe.each(ranges)('for %s', (option, outside, inside) => {
    test.each(outside)('%d, a RangeError', (value) =>
      expectThrown(() => call(options(option, value)), RangeError, option, ...shown(value)),
    );

    test.each(['1000', null, true, 10n, {}, [1000]])('%o, a TypeError', (value) =>
      expectThrown(() => call(options(option, value)), TypeError, option, ...shown(value)),
    );

    test('but not for what lies in its range, or undefined', () => {
      for (const value of [...inside, undefined]) {
        expect(() => call(options(option, value))).not.toThrow();
      }
    });
  });

  test.each(['backoff', 'retry'])('a TypeError for %s that is no plain object', (option) => {
    for (const value of [3, 'fast', true, null, [], () => 1, new Map()]) {
      expectThrown(() => call({ [option]: value }), TypeError, option, ...shown(value));
    }
  });

  test.each([
    '',
    'api',
    '/api/v1',
    '//host',
    'ftp://host',
    'file:///etc',
    'javascript:alert(1)',
    'http://',
    42,
    null,
    {},
  ])('a TypeError for a baseUrl that is no http(s) URL: %o', (baseUrl) =>
    expectThrown(() => call({ baseUrl }), TypeError, 'baseUrl', ...shown(baseUrl)),
  );

  test.each(['https://anna:s3cret-pass@host/v1', 'https://anna@host', 'https://:s3cret-pass@host'])(
    'a TypeError for a baseUrl with a user name or a password, which it does not show: %s',
    (baseUrl) => {
      for (const form of [baseUrl, new URL(baseUrl)]) {
        expectThrown(() => call({ baseUrl: form }), TypeError, 'baseUrl', 'host');
        expect(String(thrownBy(() => call({ baseUrl: form })))).not.toMatch(/s3cret|anna/);
      }
    },
  );

  test.each(['', ' ', '\t'])('a TypeError for an empty apiKey: %j', (apiKey) =>
    expectThrown(() => call({ apiKey }), TypeError, 'apiKey'),
  );

  test.each([`${KEY}\n`, `${KEY}\r\nX: y`, `${KEY}\0`, `${KEY}\u{7f}`, `${KEY}✓`, `клю${KEY}`])(
    'a TypeError for an apiKey that no header can carry, which it does not show: %j',
    (apiKey) => {
      expectThrown(() => call({ apiKey }), TypeError, 'apiKey');
      const { message, stack } = thrownBy(() => call({ apiKey })) as Error;
      expect(`${message}${stack}`).not.toContain(KEY);
    },
  );

  test.each([42, null, true, {}, [KEY]])(
    'a TypeError for an apiKey of another type: %o',
    (apiKey) => expectThrown(() => call({ apiKey }), TypeError, 'apiKey'),
  );

  test.each(['authorization', 'Authorization', 'AUTHORIZATION'])(
    'a TypeError for apiKey beside its own header, neither shown: %s',
    (name) => {
      for (const apiKey of [KEY, () => KEY]) {
        const given = { apiKey, headers: { [name]: 'Bearer another-secret' } };
        expectThrown(() => call(given), TypeError, 'apiKey');
        const { message } = thrownBy(() => call(given)) as Error;
        expect(message).not.toMatch(/another-secret|bu_/);
      }
    },
  );

  test('for the API that is asked: its header, and not that of another', () => {
    const own = {
      api: browserUseV2,
      apiKey: KEY,
      headers: { 'x-browser-use-api-key': 'abcdefgh' },
    };
    expectThrown(() => call(own), TypeError, 'apiKey');
    const other = { api: browserUseV2, apiKey: KEY, headers: { authorization: 'Basic abcdefgh' } };
    expect(() => call(other)).not.toThrow();
    const none = { headers: { authorization: 'Bearer abcdefgh' } };
    expect(() => call(none)).not.toThrow();
  });

  test.each<[headers: unknown]>([
    [{ '': 'secret-value' }],
    [{ 'a b': 'secret-value' }],
    [{ ä: 'secret-value' }],
    [{ 'a:': 'secret-value' }],
    [{ 'a\n': 'secret-value' }],
    [{ a: 'secret-value\n' }],
    [{ a: 'secret-value\0' }],
    [{ a: 'secret-value ✓' }],
    [{ a: ['secret-value'] }],
    [{ a: 42 }],
    [{ a: null }],
    [{ a: undefined }],
    ['a: b'],
    [[['a', 'secret-value']]],
    [new Map([['a', 'secret-value']])],
    [new Headers({ a: 'secret-value' })],
    [null],
    [42],
  ])('a TypeError for headers that no request can carry, no value shown: %o', (headers) => {
    expectThrown(() => call({ headers }), TypeError, 'headers');
    expect(String(thrownBy(() => call({ headers })))).not.toContain('secret-value');
  });

  test('but not for headers that a request can carry', () => {
    const headers = { 'X-A': 'one, two\tthree', "x!#$%&'*+-.^_`|~9": '', b: 'naïve' };
    expect(() => call({ headers })).not.toThrow();
  });

  test('a TypeError for fetch and transport together', () => {
    const fetch = (): Promise<never> => new Promise(() => undefined);
    expectThrown(() => call({ fetch, transport: fetch }), TypeError, 'fetch', 'transport');
  });

  test.each(['done', 'FINISHED', 'unfinished', '', 1, null, {}])(
    'a TypeError for an unknown knownStatus: %o',
    (knownStatus) =>
      expectThrown(() => call({ knownStatus }), TypeError, 'knownStatus', ...shown(knownStatus)),
  );

  test('and for a knownStatus of another API', () => {
    const given = { api: browserUseV2, knownStatus: 'running' };
    expectThrown(() => call(given), TypeError, 'knownStatus', '"running"');
    expect(() => call({ ...given, knownStatus: 'started' })).not.toThrow();
  });

  test.each<[options: object, message: string]>([
    [{ fetch: 5 }, 'fetch must be a function, got 5'],
    [{ fetch: null }, 'fetch must be a function, got null'],
    [{ transport: {} }, 'transport must be a function, got this object'],
    [{ transport: null }, 'transport must be a function, got null'],
    [
      { fetch: () => undefined, transport: () => undefined },
      'fetch must not be given beside transport, got this function',
    ],
    [{ api: 'browserUseV1' }, 'api must be a TaskApi, got "browserUseV1"'],
    [
      { api: { ...browserUseV1, baseUrl: 'nowhere' } },
      'api.baseUrl must be an http(s) URL without credentials, got "nowhere"',
    ],
    [{ baseUrl: 'nowhere' }, 'baseUrl must be an http(s) URL without credentials, got "nowhere"'],
    [{ unknownStatus: 'xerror' }, 'unknownStatus must be error or ignore, got "xerror"'],
    [{ unknownStatus: 'ignored' }, 'unknownStatus must be error or ignore, got "ignored"'],
    [{ unknownStatus: true }, 'unknownStatus must be error or ignore, got true'],
    [{ knownStatus: 'done' }, 'knownStatus must be one of api.statuses, got "done"'],
    [{ headers: 'a: b' }, 'headers must be a plain object, got a string'],
    [{ headers: { 'a b': 'c' } }, 'headers must be what a request can carry, got "a b"'],
    [{ apiKey: '' }, 'apiKey must be what a request can carry'],
    [
      { apiKey: KEY, headers: { AUTHORIZATION: 'Basic abc' } },
      'apiKey must not be given beside its own header, got "AUTHORIZATION"',
    ],
    [{ backoff: 'fast' }, 'backoff must be a plain object, got "fast"'],
    [{ retry: 3 }, 'retry must be a plain object, got 3'],
    [{ backoff: { jitter: 2 } }, 'backoff.jitter must be from 0 to 1, got 2'],
    [{ retry: { maxDelay: -1 } }, 'retry.maxDelay must be from 0 to 2147483647, got -1'],
    [
      { retry: { maxRetries: 1.5 } },
      'retry.maxRetries must be whole and from 0 to Infinity, got 1.5',
    ],
    [{ timeout: '1000' }, 'timeout must be from 0 to 2147483647 or Infinity, got "1000"'],
    [{ requestTimeout: 0 }, 'requestTimeout must be from 1 to 2147483647 or Infinity, got 0'],
  ])('with what is wrong and how it has to be: %o', (options, message) => {
    const error = thrownBy(() => call(options)) as Error;
    expect(error.message).toBe(message);
  });

  test('nothing for an API that takes no empty key', () => {
    const authorization = (key: string): [string, string] => {
      if (key === '') throw new Error('no key');
      return ['X-Key', key];
    };
    const api = defineTaskApi({ ...browserUseV1, authorization });
    expect(() => call({ api, apiKey: KEY })).not.toThrow();
  });

  test('nothing where every option is undefined', () => {
    const every =
      'apiKey baseUrl headers transport fetch api requestTimeout backoff timeout scheduler';
    const more = 'retry notFoundGrace unknownStatus knownStatus pauseWhile pollNow signal';
    const names = `${every} ${more}`.split(' ');
    expect(() => call(Object.fromEntries(names.map((name) => [name, undefined])))).not.toThrow();
  });
});

describe('defineTaskApi throws a TypeError', () => {
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
  ])('for %o', (wrong, named) => {
    const api = { ...browserUseV1, ...wrong } as TaskApi<string>;
    expectThrown(() => defineTaskApi(api), TypeError, named);
  });

  test.each([null, 42, 'browserUseV1', [], () => browserUseV1])('for %o', (api) => {
    expectThrown(() => defineTaskApi(api as never), TypeError);
  });
});
