import { describe, expect, test } from 'vitest';
import {
  AuthenticationError,
  HttpStatusError,
  isTaskStatusError,
  NetworkError,
  RateLimitError,
  RequestTimeoutError,
  TaskNotFoundError,
  TaskTimeoutError,
  TaskUnsuccessfulError,
  TaskValidationError,
  UnexpectedResponseError,
  type PacingFacts,
} from '../../src/api/errors.js';
import { readStatus, responseError } from '../../src/api/response.js';
import { browserUseV1 } from '../../src/api/browser-use.js';

const WATCH = { taskId: 'a "task"', attempts: 2, elapsed: 5, lastStatus: 'running' } as const;

const errorFor = (status: number, body: string, pacing: PacingFacts = {}) => {
  const answer = { status, body, headers: { get: () => null } };
  const reading = readStatus({ ...browserUseV1, statuses: ['none'] }, answer);
  if (reading.isKnown) throw new Error('a known status is not an error');
  return responseError(answer, reading, { ...WATCH, ...pacing }, (text) => text);
};

test.each<[status: number, body: string, Class: unknown, name: string, code: string, says: string]>(
  [
    [
      404,
      '{"detail":"gone"}',
      TaskNotFoundError,
      'TaskNotFoundError',
      'not-found',
      'Task "a \\"task\\"" was not found (404): gone',
    ],
    [
      422,
      '{"detail":[{"loc":["path",0],"msg":"too short","type":"t"},{"loc":[],"msg":"no","type":"u"}]}',
      TaskValidationError,
      'TaskValidationError',
      'invalid',
      'Task "a \\"task\\"" was rejected as invalid (422): too short; no',
    ],
    [
      429,
      '',
      RateLimitError,
      'RateLimitError',
      'rate-limited',
      'The rate limit was reached (429) for task "a \\"task\\""',
    ],
    [
      401,
      'who?',
      AuthenticationError,
      'AuthenticationError',
      'unauthorized',
      'The API key was rejected (401) for task "a \\"task\\"": who?',
    ],
    [
      403,
      '',
      AuthenticationError,
      'AuthenticationError',
      'unauthorized',
      'The API key was rejected (403) for task "a \\"task\\""',
    ],
    [
      500,
      'oh',
      HttpStatusError,
      'HttpStatusError',
      'http',
      'The server answered 500 for task "a \\"task\\"": oh',
    ],
    [
      200,
      '"moved"',
      UnexpectedResponseError,
      'UnexpectedResponseError',
      'unexpected-response',
      'The server answered 200 for task "a \\"task\\"" with a body that is not a known status: "moved"',
    ],
  ],
)('the error for %i with %s', (status, body, Class, name, code, message) => {
  const error = errorFor(status, body);
  expect(error.constructor).toBe(Class);
  expect(error).toMatchObject({ ...WATCH, status, name, code, message });
});

test.each([429, 503, 404, 200])(
  'the error for a %i has retryAfter if the answer has Retry-After',
  (status) => {
    expect(errorFor(status, '', { retryAfter: 0 })).toMatchObject({ retryAfter: 0 });
    expect(errorFor(status, '')).not.toHaveProperty('retryAfter');
  },
);

test('an error that ends the watch because of a long Retry-After says so', () => {
  const long = { retryAfter: 1_800_000, maxRetryAfter: 300_000 };
  expect(errorFor(503, 'busy', long).message).toBe(
    'The server answered 503 for task "a \\"task\\"": busy (Retry-After of 1800000 ms is more than retry.maxRetryAfter)',
  );
  const short = { ...long, retryAfter: 300_000 };
  expect(errorFor(503, '', short).message).not.toContain('maxRetryAfter');
});

test('a list is taken for the detail of a 422 only', () => {
  const body = '{"detail":[{"loc":[],"msg":"too short","type":"t"}]}';
  expect(errorFor(400, body)).toMatchObject({ detail: body });
});

test('the messages of the errors without an answer', () => {
  expect(
    new NetworkError({ ...WATCH, reason: 'reset', cause: { message: 'reset' } }),
  ).toMatchObject({
    ...WATCH,
    name: 'NetworkError',
    code: 'network',
    message: 'The request for task "a \\"task\\"" failed: reset',
    cause: { message: 'reset' },
  });
  expect(new RequestTimeoutError({ ...WATCH, timeout: 900 })).toMatchObject({
    ...WATCH,
    name: 'RequestTimeoutError',
    code: 'request-timeout',
    timeout: 900,
    message: 'The request for task "a \\"task\\"" got no answer within 900 ms (requestTimeout)',
  });
  const late = new TaskTimeoutError({ ...WATCH, timeout: 9_000 });
  expect(late).toMatchObject({
    ...WATCH,
    name: 'TaskTimeoutError',
    code: 'timeout',
    timeout: 9_000,
    message: 'Task "a \\"task\\"" did not end within 9000 ms (timeout), last status: running',
  });
  expect(late).not.toHaveProperty('cause');
});

test('an error serialises its code and its facts', () => {
  const error = errorFor(404, '{"detail":"gone"}');
  expect(JSON.parse(JSON.stringify(error))).toEqual({
    ...WATCH,
    name: 'TaskNotFoundError',
    code: 'not-found',
    status: 404,
    detail: 'gone',
  });
});

test('lastStatus is absent before the first status', () => {
  const { taskId, attempts, elapsed } = WATCH;
  const error = new RequestTimeoutError({ taskId, attempts, elapsed, timeout: 1 });
  expect(Object.keys(error)).not.toContain('lastStatus');
});

test('a TaskUnsuccessfulError names the task if it is known', () => {
  const known = new TaskUnsuccessfulError('failed', 'task_1');
  expect(known).toMatchObject({ code: 'unsuccessful', taskStatus: 'failed', taskId: 'task_1' });
  expect(String(known)).toBe('TaskUnsuccessfulError: Task "task_1" ended as failed');
  const unknown = new TaskUnsuccessfulError('stopped');
  expect(unknown).not.toHaveProperty('taskId');
  expect(unknown.message).toBe('Task ended as stopped');
  const open = new TaskUnsuccessfulError('running', 'task_1', false);
  expect(open.message).toBe(
    'The stream completed before task "task_1" had ended; its last status is running',
  );
  expect([known.ended, open.ended]).toEqual([true, false]);
});

describe('isTaskStatusError', () => {
  test('recognises an error of a second copy of the package by a shared symbol', () => {
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

  test('is false for a proxy that cannot be read', () => {
    const { proxy, revoke } = Proxy.revocable({}, {});
    revoke();
    expect(isTaskStatusError(proxy)).toBe(false);
  });
});
