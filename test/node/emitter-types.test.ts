import type { EventEmitter } from 'node:events';
import { on, once } from 'node:events';
import { browserUseV4, defineTaskApi, type TaskStatus } from 'rxjs-task-status';
import {
  taskStatusEmitter,
  type TaskStatusEmitter,
  type TaskStatusEvents,
} from 'rxjs-task-status/node';
import { expect, expectTypeOf, test } from 'vitest';

// The types are checked by `npm run typecheck`; what is called here is closed before its first tick.

test('a listener is called with what its event carries', () => {
  using emitter = taskStatusEmitter('task_1');
  emitter.on('status', (status) => expectTypeOf(status).toEqualTypeOf<TaskStatus>());
  emitter.once('finished', (...none) => expectTypeOf(none).toEqualTypeOf<[]>());
  emitter.prependListener('end', (...none) => expectTypeOf(none).toEqualTypeOf<[]>());
  // whatever a signal was aborted with may come, so it is for the listener to look
  emitter.on('error', (error) => expectTypeOf(error).toBeUnknown());
  expectTypeOf(emitter).toEqualTypeOf<TaskStatusEmitter>();
  expect(emitter.listenerCount('status')).toBe(1);
});

test('a misspelt event does not compile', () => {
  using emitter = taskStatusEmitter('task_1');
  // @ts-expect-error there is no such status
  emitter.on('finnished', () => undefined);
  // @ts-expect-error it is told without a value
  emitter.on('finished', (status: TaskStatus) => status);
  // @ts-expect-error a task API's events are its own
  emitter.on('completed', () => undefined);
});

test("the events follow from the API's words", () => {
  using emitter = taskStatusEmitter('run_1', { api: browserUseV4 });
  type Words = 'queued' | 'dispatching' | 'running' | 'completed' | 'failed' | 'cancelled';
  emitter.on('status', (status) => expectTypeOf(status).toEqualTypeOf<Words>());
  emitter.on('completed', () => undefined);
  // @ts-expect-error a word of another API
  emitter.on('finished', () => undefined);
  expectTypeOf(emitter).toEqualTypeOf<TaskStatusEmitter<Words>>();
});

test('a status that is named like another event has no event of its own', () => {
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

test("it is an EventEmitter to Node's own functions, and disposable", () => {
  using emitter = taskStatusEmitter('task_1');
  expectTypeOf(emitter).toExtend<EventEmitter<TaskStatusEvents>>();
  expectTypeOf(emitter).toExtend<Disposable & AsyncDisposable>();
  expectTypeOf(once).toBeCallableWith(emitter, 'end');
  expectTypeOf(on).toBeCallableWith(emitter, 'status', { close: ['end'] });
});
