import { describe, expect, test } from 'vitest';
import {
  AuthenticationError,
  HttpStatusError,
  isTaskStatusError,
  NetworkError,
  RateLimitError,
  RequestTimeoutError,
  TaskNotFoundError,
  TaskStatusError,
  TaskTimeoutError,
  TaskUnsuccessfulError,
  TaskValidationError,
  UnexpectedResponseError,
} from '../../src/api/errors.js';
import { responseError } from '../../src/api/response.js';

const WATCH = { taskId: 'a "task"', attempts: 2, elapsed: 5, lastStatus: 'running' } as const;

const errorFor = (status: number, body: string, retryAfter?: number) =>
  responseError({ status, body, headers: { get: () => null } }, WATCH, (text) => text, retryAfter);

test('the base says of the watch what is known', () => {
  const error = new TaskStatusError('is lost', { ...WATCH, code: 'network' });
  expect(error).toMatchObject({ ...WATCH, code: 'network', name: 'TaskStatusError' });
  expect(error.message).toBe('Task "a \\"task\\"" is lost');
});

test.each<[status: number, body: string, Class: unknown, name: string, code: string, says: string]>(
  [
    [
      404,
      '{"detail":"gone"}',
      TaskNotFoundError,
      'TaskNotFoundError',
      'not-found',
      'was not found (404): gone',
    ],
    [
      422,
      '{"detail":[{"loc":["path",0],"msg":"too short","type":"t"},{"loc":[],"msg":"no","type":"u"}]}',
      TaskValidationError,
      'TaskValidationError',
      'invalid',
      'was refused (422): too short; no',
    ],
    [429, '', RateLimitError, 'RateLimitError', 'rate-limited', 'was asked for too often (429)'],
    [
      401,
      'who?',
      AuthenticationError,
      'AuthenticationError',
      'unauthorized',
      'is not for this API key (401): who?',
    ],
    [
      403,
      '',
      AuthenticationError,
      'AuthenticationError',
      'unauthorized',
      'is not for this API key (403)',
    ],
    [500, 'oh', HttpStatusError, 'HttpStatusError', 'http', 'got an HTTP error (500): oh'],
    [
      200,
      '"moved"',
      UnexpectedResponseError,
      'UnexpectedResponseError',
      'unexpected-response',
      'got no known status (200): "moved"',
    ],
  ],
)('the error for %i with %s', (status, body, Class, name, code, says) => {
  const error = errorFor(status, body);
  expect(error.constructor).toBe(Class);
  expect(error).toMatchObject({ ...WATCH, status, name, code });
  expect(error.message).toBe(`Task "a \\"task\\"" ${says}`);
});

test('a RateLimitError has retryAfter where the server told it, and only there', () => {
  expect(errorFor(429, '', 0)).toMatchObject({ retryAfter: 0 });
  expect(errorFor(429, '')).not.toHaveProperty('retryAfter');
});

test('a list as the detail of another error than 422 is no detail', () => {
  const body = '{"detail":[{"loc":[],"msg":"too short","type":"t"}]}';
  expect(errorFor(400, body)).toMatchObject({ detail: body });
});

test.each([
  [NetworkError, 'NetworkError'],
  [RequestTimeoutError, 'RequestTimeoutError'],
  [TaskTimeoutError, 'TaskTimeoutError'],
])('%o has the name of its class', (Class, name) => {
  const facts = { ...WATCH, code: 'x' } as never;
  expect(new Class('is lost', facts).name).toBe(name);
});

test('a TaskUnsuccessfulError says which task, where it is known', () => {
  const known = new TaskUnsuccessfulError('failed', 'task_1');
  expect(known).toMatchObject({ code: 'unsuccessful', taskStatus: 'failed', taskId: 'task_1' });
  expect(String(known)).toBe('TaskUnsuccessfulError: Task "task_1" ended as failed');
  const unknown = new TaskUnsuccessfulError('stopped');
  expect(unknown).not.toHaveProperty('taskId');
  expect(unknown.message).toBe('Task ended as stopped');
});

describe('isTaskStatusError', () => {
  test('knows an error from a second copy of the package, by a symbol that all copies share', () => {
    const brand = Symbol.for('rxjs-task-status.error');
    expect(isTaskStatusError({ [brand]: true })).toBe(true);
    const error = errorFor(404, '');
    expect(isTaskStatusError(error)).toBe(true);
    expect(Reflect.get(error, brand)).toBe(true);
  });

  test.each([
    null,
    undefined,
    'error',
    42,
    {},
    new Error('no'),
    new TaskUnsuccessfulError('failed'),
  ])('is false for %o', (value) => {
    expect(isTaskStatusError(value)).toBe(false);
  });
});
