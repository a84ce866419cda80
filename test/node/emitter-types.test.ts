import type { EventEmitter } from 'node:events';
import { on, once } from 'node:events';
import { browserUseV4, defineTaskApi, type TaskStatus } from 'rxjs-task-status';
import {
  taskStatusEmitter,
  type TaskStatusEmitter,
  type TaskStatusEvents,
} from 'rxjs-task-status/node';
import { expect, expectTypeOf, test } from 'vitest';

// `npm run typecheck` checks the types. Each emitter is closed before its first tick.

test('a listener gets the arguments of its event', () => {
  using emitter = taskStatusEmitter('task_1');
  emitter.on('status', (status) => expectTypeOf(status).toEqualTypeOf<TaskStatus>());
  emitter.once('finished', (...none) => expectTypeOf(none).toEqualTypeOf<[]>());
  emitter.prependListener('end', (details) => expectTypeOf(details).toBeUnknown());
  // unknown: a signal can be aborted with any reason
  emitter.on('error', (error) => expectTypeOf(error).toBeUnknown());
  expectTypeOf(emitter).toEqualTypeOf<TaskStatusEmitter>();
  expect(emitter.listenerCount('status')).toBe(1);
});

test('a misspelt event does not compile', () => {
  using emitter = taskStatusEmitter('task_1');
  // @ts-expect-error there is no such status
  emitter.on('finnished', () => undefined);
  // @ts-expect-error this event has no arguments
  emitter.on('finished', (status: TaskStatus) => status);
  // @ts-expect-error an event of another API
  emitter.on('completed', () => undefined);
});

test("the API's statuses are the events", () => {
  using emitter = taskStatusEmitter('run_1', { api: browserUseV4 });
  type Status = 'queued' | 'dispatching' | 'running' | 'completed' | 'failed' | 'cancelled';
  emitter.on('status', (status) => expectTypeOf(status).toEqualTypeOf<Status>());
  emitter.on('completed', () => undefined);
  // @ts-expect-error a status of another API
  emitter.on('finished', () => undefined);
  expectTypeOf(emitter).toEqualTypeOf<TaskStatusEmitter<Status, undefined>>();
});

test('a status whose name is also another event has no separate event', () => {
  const jobs = defineTaskApi({
    baseUrl: 'https://jobs.example.com',
    path: (id) => `/jobs/${id}`,
    authorization: (key) => ['X-Api-Key', key],
    status: (json) => json,
    statuses: ['open', 'error'],
    terminal: ['error'],
    successful: [],
  });
  using emitter = taskStatusEmitter('job_1', { api: jobs });
  emitter.on('error', (error) => expectTypeOf(error).toBeUnknown());
  expectTypeOf<TaskStatusEvents<'open' | 'error'>['error']>().toEqualTypeOf<[error: unknown]>();
});

test("it is an EventEmitter for Node's functions, and disposable", () => {
  using emitter = taskStatusEmitter('task_1');
  expectTypeOf(emitter).toExtend<EventEmitter<TaskStatusEvents>>();
  expectTypeOf(emitter).toExtend<Disposable & AsyncDisposable>();
  expectTypeOf(once).toBeCallableWith(emitter, 'end');
  expectTypeOf(on).toBeCallableWith(emitter, 'status', { close: ['end'] });
});
