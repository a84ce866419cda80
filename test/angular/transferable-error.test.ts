// @vitest-environment jsdom
import './test-bed.js';
import {
  AuthenticationError,
  HttpStatusError,
  NetworkError,
  RateLimitError,
  RequestTimeoutError,
  TaskNotFoundError,
  TaskTimeoutError,
  TaskValidationError,
  UnexpectedResponseError,
} from 'rxjs-task-status';
import { expect, test } from 'vitest';
import { fromTransferable, toTransferable } from '../../src/angular/transferable-error.js';

const watch = { taskId: 'task_1', attempts: 2, elapsed: 300, lastStatus: 'running' } as const;
const answer = { ...watch, status: 400, detail: 'no', retryAfter: 5_000 };
const issues = [{ loc: ['path', 'task_id'], msg: 'field required', type: 'missing' }];

test.each([
  new TaskNotFoundError(answer),
  new TaskValidationError({ ...answer, issues }),
  new AuthenticationError(answer),
  new RateLimitError(answer),
  new HttpStatusError(answer),
  new UnexpectedResponseError({ ...watch, status: 200, body: '3', problem: 'no status' }),
  new NetworkError({
    ...watch,
    reason: 'fetch failed',
    cause: { message: 'ECONNREFUSED 10.0.0.5' },
  }),
  new RequestTimeoutError({ ...watch, timeout: 3_000 }),
  new TaskTimeoutError({ ...watch, timeout: 0 }),
  new HttpStatusError({ taskId: 'task_1', attempts: 1, elapsed: 0, status: 500, detail: '' }),
  new RangeError('no key'),
])('$name has the same class, fields and message after JSON', (error) => {
  const json = JSON.stringify(toTransferable(error));
  expect(json).not.toContain('10.0.0.5');
  const copy = fromTransferable(JSON.parse(json) as ReturnType<typeof toTransferable>);
  expect(String(copy)).toBe(String(error));
  expect(Object.entries(copy)).toEqual(expect.arrayContaining(Object.entries(error)));
  if (!(error instanceof RangeError)) expect(copy.constructor).toBe(error.constructor);
});

test('anything that is not an Error becomes one', () => {
  expect(fromTransferable(toTransferable('enough')).message).toBe('enough');
});
