import { runInNewContext } from 'node:vm';
import { describe, expect, test } from 'vitest';
import {
  browserUseV2,
  createTaskStatus,
  createTaskStatusPool,
  taskPolls$,
  taskStatus$,
  type TaskStatusOptions,
} from '../src/index.js';
import { thrownBy } from './support/thrown-by.js';

const KEY = 'bu_0123456789abcdef';

/** The functions that take options, called with what TypeScript would refuse. */
const withOptions: Readonly<Record<string, (options: unknown) => unknown>> = {
  taskStatus$: (options) => taskStatus$('task_1', options as TaskStatusOptions),
  taskPolls$: (options) => taskPolls$('task_1', options as TaskStatusOptions),
  createTaskStatus: (options) => createTaskStatus(options as TaskStatusOptions),
  createTaskStatusPool: (options) => createTaskStatusPool(options as TaskStatusOptions),
  'pool.status$': (options) =>
    createTaskStatusPool().status$('task_1', options as TaskStatusOptions),
};
/** The functions that take a task id. */
const withTaskId: Readonly<Record<string, (taskId: unknown) => unknown>> = {
  taskStatus$: (taskId) => taskStatus$(taskId as string),
  taskPolls$: (taskId) => taskPolls$(taskId as string),
  createTaskStatus: (taskId) => createTaskStatus()(taskId as string),
  'pool.status$': (taskId) => createTaskStatusPool({}).status$(taskId as string),
  'pool.polls$': (taskId) => createTaskStatusPool({}).polls$(taskId as string),
};

const call = (options: unknown) => taskStatus$('task_1', options as TaskStatusOptions);

const OTHER = 'taskId must be a string other than "", "." and "..", got';

describe.each(Object.entries(withTaskId))('%s refuses a taskId', (_, call) => {
  test.each<[taskId: unknown, message: string]>([
    [undefined, `${OTHER} undefined`],
    [null, `${OTHER} null`],
    [42, `${OTHER} 42`],
    [Number.NaN, `${OTHER} NaN`],
    [true, `${OTHER} true`],
    [10n, `${OTHER} 10`],
    [Symbol('id'), `${OTHER} Symbol(id)`],
    [{ id: 'task_1' }, `${OTHER} an object`],
    [['task_1'], `${OTHER} an array`],
    [new String('task_1'), `${OTHER} an object`],
    [() => 'task_1', `${OTHER} a function`],
    ['', `${OTHER} ""`],
    ['.', `${OTHER} "."`],
    ['..', `${OTHER} ".."`],
    ['a\ud800', 'taskId must be a string without lone surrogates, got "a\\ud800"'],
    ['\udc00', 'taskId must be a string without lone surrogates, got "\\udc00"'],
    ['a\udc00\ud800b', 'taskId must be a string without lone surrogates, got "a\\udc00\\ud800b"'],
  ])('%o', (taskId, message) => {
    expect(() => call(taskId)).toThrow(new TypeError(message));
  });

  test('and accepts unusual characters', () => {
    for (const taskId of ['...', ' ', 'a/b', '%', '\ud83d\ude00', '\0', 'constructor']) {
      expect(() => call(taskId)).not.toThrow();
    }
  });
});

describe.each(Object.entries(withOptions))('%s', (name, call) => {
  test.each<[options: unknown, got: string]>([
    [0, '0'],
    [true, 'true'],
    [null, 'null'],
    [Symbol('options'), 'Symbol(options)'],
    [[], 'an array'],
    [() => ({}), 'a function'],
    [Object.setPrototypeOf(() => ({}), null), 'a function'],
    [new Map(), 'an object'],
    [new Date(0), 'an object'],
    [Promise.resolve({}), 'an object'],
    [Object.create({ inherited: true }), 'an object'],
    [new Error('options'), 'an object'],
    // it may be a key
    [KEY, 'a string'],
  ])('refuses options that are not a plain object and shows the fix: %o', (options, got) => {
    const error = thrownBy(() => call(options));
    expect(error).toBeInstanceOf(TypeError);
    expect(error.message).toBe(
      name === 'pool.status$'
        ? `overrides must be a plain object, got ${got}; as a callback write (id) => pool.status$(id)`
        : `options must be a plain object, got ${got}; as a callback write (id) => taskStatus$(id)`,
    );
  });

  test('accepts a plain object of another realm or without a prototype', () => {
    for (const options of [{}, Object.create(null), runInNewContext('({})'), Object.freeze({})]) {
      expect(() => call(options)).not.toThrow();
    }
  });

  test('refuses a wrong option at the call, not at subscribe', () => {
    expect(() => call({ timeout: -1 })).toThrow(RangeError);
    expect(() => call({ retry: { shouldRetry: true } })).toThrow(TypeError);
    expect(() => call({ apiKey: '' })).toThrow(TypeError);
  });
});

describe('one message for each option that cannot work', () => {
  const signal = 'signal must be an AbortSignal (controller.signal), got';
  const scheduler = 'scheduler must be a scheduler with now() and schedule(), got';
  const knownStatus =
    'knownStatus must be one of created, running, paused, finished, stopped, failed, got';
  const both = 'fetch and transport are both given; pass one of them';
  const send = (): Promise<never> => new Promise(() => undefined);

  test.each<[options: object, message: string]>([
    [{ api: 'browserUseV1' }, 'api must be a TaskApi, got "browserUseV1"'],
    [{ api: 5 }, 'api must be a TaskApi, got 5'],
    [{ api: null }, 'api must be a TaskApi, got null'],
    [{ fetch: 5 }, 'fetch must be a function, got 5'],
    [{ fetch: null }, 'fetch must be a function, got null'],
    [{ transport: {} }, 'transport must be a function, got an object'],
    [{ transport: null }, 'transport must be a function, got null'],
    [{ fetch: send, transport: send }, both],
    [{ backoff: 'fast' }, 'backoff must be a plain object, got "fast"'],
    [{ backoff: null }, 'backoff must be a plain object, got null'],
    [{ backoff: [] }, 'backoff must be a plain object, got an array'],
    [{ backoff: { delay: 2_000 } }, 'backoff.delay must be a function, got 2000'],
    [{ backoff: { random: 0.5 } }, 'backoff.random must be a function, got 0.5'],
    [{ backoff: { random: null } }, 'backoff.random must be a function, got null'],
    [{ backoff: { resetOnChange: 1 } }, 'backoff.resetOnChange must be true or false, got 1'],
    [{ retry: 3 }, 'retry must be a plain object or false, got 3'],
    [{ retry: true }, 'retry must be a plain object or false, got true'],
    [{ retry: null }, 'retry must be a plain object or false, got null'],
    [{ retry: () => 1 }, 'retry must be a plain object or false, got a function'],
    [{ retry: { shouldRetry: true } }, 'retry.shouldRetry must be a function, got true'],
    [{ retry: { random: 0.5 } }, 'retry.random must be a function, got 0.5'],
    [{ unknownStatus: ['ignore'] }, 'unknownStatus must be "error" or "ignore", got an array'],
    [{ unknownStatus: 'ignored' }, 'unknownStatus must be "error" or "ignore", got "ignored"'],
    [{ unknownStatus: true }, 'unknownStatus must be "error" or "ignore", got true'],
    [{ knownStatus: 'done' }, `${knownStatus} "done"`],
    [{ knownStatus: 'FINISHED' }, `${knownStatus} "FINISHED"`],
    [{ knownStatus: '' }, `${knownStatus} ""`],
    [{ knownStatus: null }, `${knownStatus} null`],
    [{ knownStatus: ['running'] }, `${knownStatus} an array`],
    [{ pauseWhile: true }, 'pauseWhile must be an Observable, got true'],
    [{ pauseWhile: () => true }, 'pauseWhile must be an Observable, got a function'],
    [{ pauseWhile: Promise.resolve(true) }, 'pauseWhile must be an Observable, got an object'],
    [{ pollNow: 1_000 }, 'pollNow must be an Observable, got 1000'],
    [{ pollNow: { subscribe: true } }, 'pollNow must be an Observable, got an object'],
    [{ pollNow: new EventTarget() }, 'pollNow must be an Observable, got an object'],
    [{ signal: new AbortController() }, `${signal} an object`],
    [{ signal: new EventTarget() }, `${signal} an object`],
    [{ signal: { aborted: false } }, `${signal} an object`],
    [{ signal: null }, `${signal} null`],
    [{ scheduler: {} }, `${scheduler} an object`],
    [{ scheduler: { now: () => 0 } }, `${scheduler} an object`],
    [{ scheduler: 'async' }, `${scheduler} "async"`],
    [{ scheduler: null }, `${scheduler} null`],
  ])('%o', (options, message) => {
    expect(() => call(options)).toThrow(new TypeError(message));
  });

  test('knownStatus that is a status of another API', () => {
    const given = { api: browserUseV2, knownStatus: 'running' };
    expect(() => call(given)).toThrow(/^knownStatus must be one of created, started, .*"running"$/);
    expect(() => call({ ...given, knownStatus: 'started' })).not.toThrow();
  });
});

test('unknown options are ignored, because wrappers add them', () => {
  const more = { maxConcurrent: 'x', ssr: 5, constructor: 1, timeOut: -1, apikey: '' };
  expect(() => call({ ...more, backoff: { maxdelay: -1 }, retry: { max: 'x' } })).not.toThrow();
});

test('an option that is undefined counts as absent', () => {
  const names = [
    ...['apiKey', 'baseUrl', 'headers', 'transport', 'fetch', 'api', 'requestTimeout', 'backoff'],
    ...['timeout', 'scheduler', 'retry', 'notFoundGrace', 'unknownStatus', 'knownStatus'],
    ...['pauseWhile', 'pollNow', 'signal'],
  ];
  expect(() => call(Object.fromEntries(names.map((name) => [name, undefined])))).not.toThrow();
});
