import { browserUseV1 } from 'rxjs-task-status';
import { taskStatusProxy, type TaskStatusProxyOptions } from 'rxjs-task-status/proxy';
import { expect, test } from 'vitest';
import { thrownBy } from '../support/thrown-by.js';

const KEY = 'bu_51f0c8e2a9b7d64e';
const GIVEN = { apiKey: KEY, basePath: '/api/v1' };

const misuses: readonly (readonly [options: unknown, message: string])[] = [
  [undefined, 'taskStatusProxy() needs { apiKey, basePath }, got undefined'],
  [null, 'taskStatusProxy() needs { apiKey, basePath }, got null'],
  [KEY, 'taskStatusProxy() needs { apiKey, basePath }, got string'],
  [{ basePath: '/api' }, 'apiKey is missing'],
  [{ ...GIVEN, apiKey: undefined }, 'apiKey is missing'],
  [{ ...GIVEN, apiKey: '' }, 'apiKey is empty'],
  [{ ...GIVEN, apiKey: `${KEY}\n${KEY}` }, 'apiKey has a line break inside'],
  [{ ...GIVEN, apiKey: `${KEY}\u20ac` }, 'apiKey has a character beyond Latin-1'],
  [{ ...GIVEN, apiKey: 42 }, 'apiKey must be a string'],
  [{ apiKey: KEY }, "basePath must be a path such as '/api/v1', got undefined"],
  ...[
    '',
    'api',
    'https://x.example/api',
    '//x.example',
    '/a?b',
    '/a#b',
    '/a/../b',
    '/a b',
    '/ä',
    '/a\\b',
    '/a\n',
  ].map(
    (basePath) =>
      [
        { ...GIVEN, basePath },
        `basePath must be a path such as '/api/v1', got ${JSON.stringify(basePath)}`,
      ] as const,
  ),
  [{ ...GIVEN, basePath: ['/api'] }, 'basePath must be a path'],
  [{ ...GIVEN, authorize: true }, 'authorize must be a function, got true'],
  [{ ...GIVEN, taskId: '[a-z]+' }, 'taskId must be a RegExp or a function, got "[a-z]+"'],
  [{ ...GIVEN, results: 'yes' }, 'results must be a boolean, got "yes"'],
  [{ ...GIVEN, onError: 'log' }, 'onError must be a function, got "log"'],
  [{ ...GIVEN, fetch: 'fetch' }, 'fetch must be a function'],
  [{ ...GIVEN, api: {} }, 'api.baseUrl'],
  [{ ...GIVEN, api: { ...browserUseV1, path: '/x' } }, 'api.path must be a function'],
];

test.each(misuses)('%j is rejected at the call', (options, message) => {
  const error = thrownBy(() => taskStatusProxy(options as TaskStatusProxyOptions));
  expect(error).toBeInstanceOf(TypeError);
  expect(error.message).toContain(message);
  expect(`${error.message}${error.stack}`).not.toContain(KEY);
});

test('optional options may be undefined', () => {
  const none = {
    api: undefined,
    authorize: undefined,
    fetch: undefined,
    onError: undefined,
    results: undefined,
    taskId: undefined,
  };
  expect(taskStatusProxy({ ...GIVEN, ...none })).toBeTypeOf('function');
});
