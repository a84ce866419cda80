import { asyncScheduler, type Subscriber } from 'rxjs';

import type { TaskStatus } from '../api/browser-use.js';
import { checkTaskId } from '../watch/checks.js';
import type { TaskStatusOptions } from '../watch/options.js';
import { resolveOptions, type ResolvedOptions } from '../watch/resolve-options.js';
import type { WatchObserver } from '../watch/watch.js';
import type { TaskPoll } from '../watch/task-poll.js';
import { observeWatch } from './observe-watch.js';
import type { IterableObservable } from './iterable.js';

/**
 * The status of a task, polled with exponential backoff until the task has ended.
 *
 * Emits each status that differs from the one before it, the first one as soon as the server has
 * answered. Completes after `finished`, `stopped` or `failed`. Errors with a `TaskStatusError`: at once
 * after a permanent failure (404, 422, 401, 403, …), after `retry.maxRetries` retries in a row of
 * transient failures (no connection, 429, 5xx, …), and after `timeout`.
 *
 * Cold: nothing happens before `subscribe`, each subscription is an independent watch, and
 * unsubscribing aborts the request in flight.
 *
 * @param taskId the task
 * @param options all optional; see {@link TaskStatusOptions}
 * @throws TypeError or RangeError at the call, for a task id or an option that is not valid
 *
 * @example
 * taskStatus$('task_1234567890abcdef', { apiKey }).subscribe({
 *   next: (status) => console.log(status), // created, running, finished
 *   error: (error) => console.error(error), // TaskNotFoundError, TaskValidationError, ...
 *   complete: () => console.log('done'),
 * });
 */
export function taskStatus$<S extends string = TaskStatus>(
  taskId: string,
  options: TaskStatusOptions<S> = {},
): IterableObservable<S> {
  checkTaskId(taskId);
  return observeStatus(taskId, resolveOptions(options, asyncScheduler));
}

/**
 * Checks the options once and returns a function that watches a task with them.
 *
 * The function ignores further arguments, so it can be passed to an operator directly.
 *
 * @param options as for {@link taskStatus$}
 * @throws TypeError or RangeError at the call, for an option that is not valid
 *
 * @example
 * const watch = createTaskStatus({ apiKey });
 * taskIds$.pipe(mergeMap(watch)).subscribe(console.log);
 */
export function createTaskStatus<S extends string = TaskStatus>(
  options: TaskStatusOptions<S> = {},
): (taskId: string) => IterableObservable<S> {
  const resolved = resolveOptions(options, asyncScheduler);
  return (taskId) => {
    checkTaskId(taskId);
    return observeStatus(taskId, resolved);
  };
}

/** Emits the status of each poll that changed it. */
class StatusObserver<S extends string> implements WatchObserver<S> {
  readonly #subscriber: Subscriber<S>;

  constructor(subscriber: Subscriber<S>) {
    this.#subscriber = subscriber;
  }

  next(poll: TaskPoll<S>): void {
    if (poll.changed && poll.status !== undefined) this.#subscriber.next(poll.status);
  }

  error(error: unknown): void {
    this.#subscriber.error(error);
  }

  complete(): void {
    this.#subscriber.complete();
  }
}

function observeStatus<S extends string>(
  taskId: string,
  options: ResolvedOptions<S>,
): IterableObservable<S> {
  return observeWatch(
    taskId,
    options,
    (subscriber: Subscriber<S>) => new StatusObserver(subscriber),
  );
}
