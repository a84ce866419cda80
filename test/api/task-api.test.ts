import { describe, expect, test } from 'vitest';
import { browserUseV1, browserUseV2, browserUseV4 } from '../../src/api/browser-use.js';
import { defineTaskApi, isTerminal, type TaskApi } from '../../src/api/task-api.js';

const ID = 'task_1';
const OK = { status: 200, headers: { get: () => null } };

test('browserUseV1 reads the bare status', () => {
  expect(browserUseV1).toMatchObject({
    baseUrl: 'https://api.browser-use.com/api/v1',
    statuses: ['created', 'running', 'paused', 'finished', 'stopped', 'failed'],
    terminal: ['finished', 'stopped', 'failed'],
    successful: ['finished'],
  });
  expect(browserUseV1.path(ID)).toBe('/task/task_1/status');
  expect(browserUseV1.authorization('key')).toEqual(['Authorization', 'Bearer key']);
  expect(browserUseV1.status('running', OK)).toBe('running');
});

test('browserUseV2 reads an object with the status', () => {
  expect(browserUseV2).toMatchObject({
    baseUrl: 'https://api.browser-use.com/api/v2',
    statuses: ['created', 'started', 'finished', 'unsuccessful', 'failed', 'stopped'],
    terminal: ['finished', 'unsuccessful', 'failed', 'stopped'],
    successful: ['finished'],
  });
  expect(browserUseV2.path(ID)).toBe('/tasks/task_1/status');
  expect(browserUseV2.authorization('key')).toEqual(['X-Browser-Use-API-Key', 'key']);
  expect(browserUseV2.status({ status: 'started' }, OK)).toBe('started');
});

test('browserUseV4 watches runs', () => {
  expect(browserUseV4).toMatchObject({
    baseUrl: 'https://api.browser-use.com/api/v4',
    statuses: ['queued', 'dispatching', 'running', 'completed', 'failed', 'cancelled'],
    terminal: ['completed', 'failed', 'cancelled'],
    successful: ['completed'],
  });
  expect(browserUseV4.path(ID)).toBe('/runs/task_1/status');
  expect(browserUseV4.authorization('key')).toEqual(['X-Browser-Use-API-Key', 'key']);
  expect(browserUseV4.status({ status: 'queued' }, OK)).toBe('queued');
});

describe('defineTaskApi', () => {
  test('returns its argument', () => {
    expect(defineTaskApi(browserUseV4)).toBe(browserUseV4);
    expect(() => defineTaskApi({ ...browserUseV4, successful: [], terminal: [] })).not.toThrow();
  });

  test('refuses an authorization that cannot be sent', () => {
    const api = { ...browserUseV1, authorization: (): [string, string] => ['X-Key', 'a\nb'] };
    expect(() => defineTaskApi(api)).toThrow(/^the value of api.authorization .*line break/);
  });

  test('calls path and authorization once, and nothing else', () => {
    const calls: string[] = [];
    const noting =
      <T>(name: string, value: T) =>
      () => {
        calls.push(name);
        return value;
      };
    defineTaskApi({
      ...browserUseV1,
      path: noting('path', '/'),
      authorization: noting('authorization', ['X-Key', 'key'] as [string, string]),
      status: noting('status', 'running'),
      request: noting('request', {}),
      details: noting('details', 1),
      resultPath: noting('resultPath', '/'),
      result: noting('result', 1),
      retryAfter: noting('retryAfter', 1),
    });
    expect(calls).toEqual(['path', 'authorization']);
  });

  test.each<[wrong: object | undefined, says: string]>([
    [undefined, 'api must be a TaskApi, got undefined'],
    [
      { baseUrl: 'x' },
      `api.baseUrl must be an absolute http(s) URL without credentials, got "x"; in a page use new URL('/api/v1', location.origin)`,
    ],
    [{ path: '/' }, 'api.path must be a function, got "/"'],
    [{ authorization: null }, 'api.authorization must be a function, got null'],
    [{ status: 1 }, 'api.status must be a function, got 1'],
    [{ statuses: 'ab' }, 'api.statuses must be an array of strings, got "ab"'],
    [
      { statuses: [], terminal: [], successful: [] },
      'api.statuses must be strings without duplicates, got an array',
    ],
    [
      { statuses: ['a', 'a'], terminal: [], successful: [] },
      'api.statuses must be strings without duplicates, got an array',
    ],
    [
      { statuses: ['a', 1], terminal: [], successful: [] },
      'api.statuses must be strings without duplicates, got an array',
    ],
    [
      { statuses: ['a'], terminal: ['b'], successful: [] },
      'api.terminal must be strings from api.statuses without duplicates, got an array',
    ],
    [
      { statuses: ['a', 'b'], terminal: ['a'], successful: ['b'] },
      'api.successful must be strings from api.terminal without duplicates, got an array',
    ],
    [{ path: () => undefined }, 'api.path must return a string, got undefined'],
    ...(['request', 'details', 'resultPath', 'result', 'retryAfter'] as const).flatMap(
      (name): [object, string][] => [
        [{ [name]: null }, `api.${name} must be a function, got null`],
        [{ [name]: '/x' }, `api.${name} must be a function, got "/x"`],
      ],
    ),
    ...[undefined, 'X-Key', [], ['X-Key'], ['X Key', 'key'], ['X-Key', 1]].map(
      (header): [object, string] => [
        { authorization: () => header },
        `api.authorization must return ['Name', 'value'], got ${
          header === 'X-Key' ? '"X-Key"' : header ? 'an array' : 'undefined'
        }`,
      ],
    ),
    [{ bodyLimit: 0 }, 'api.bodyLimit must be an integer above 0, got 0'],
    [{ bodyLimit: 0.5 }, 'api.bodyLimit must be an integer above 0, got 0.5'],
    [{ bodyLimit: Infinity }, 'api.bodyLimit must be an integer above 0, got Infinity'],
    [{ bodyLimit: '65536' }, 'api.bodyLimit must be an integer above 0, got "65536"'],
  ])('refuses %o', (wrong, says) => {
    const api = wrong && { ...browserUseV1, ...wrong };
    expect(() => defineTaskApi(api as TaskApi<string>)).toThrow(new TypeError(says));
  });
});

test('isTerminal() uses the statuses of its API, and those of the default if an index follows', () => {
  expect(isTerminal('completed', browserUseV4)).toBe(true);
  expect(isTerminal('completed')).toBe(false);
  expect(isTerminal('finished', browserUseV4)).toBe(false);
  expect(['running', 'finished'].filter(isTerminal as (word: string) => boolean)).toEqual([
    'finished',
  ]);
});
