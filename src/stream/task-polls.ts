import { asyncScheduler, type Subscriber } from 'rxjs';

import type { TaskStatus } from '../api/browser-use.js';
import { checkTaskId } from '../watch/checks.js';
import type { TaskStatusOptions } from '../watch/options.js';
import { resolveOptions } from '../watch/resolve-options.js';
import type { TaskPoll } from '../watch/task-poll.js';
import { observeWatch } from './observe-watch.js';
import type { IterableObservable } from './iterable.js';

/**
 * Every completed attempt of a watch, for progress displays and logs.
 *
 * Emits a {@link TaskPoll} for each answer and each failure. Completes and errors as `taskStatus$` does.
 * A permanent failure is emitted as a poll first; its `error` is the same object as the stream's error.
 *
 * @param taskId the task
 * @param options as for `taskStatus$`
 * @throws TypeError or RangeError at the call, for a task id or an option that is not valid
 *
 * @example
 * taskPolls$('task_1', { apiKey }).subscribe(({ attempt, status, error, nextDelay }) =>
 *   console.log(attempt, status ?? error.message, nextDelay),
 * );
 */
export function taskPolls$<S extends string = TaskStatus, D = unknown>(
  taskId: string,
  options: TaskStatusOptions<S, D> = {},
): IterableObservable<TaskPoll<S, D>> {
  checkTaskId(taskId);
  return observeWatch(
    taskId,
    resolveOptions(options, asyncScheduler),
    (subscriber: Subscriber<TaskPoll<S, D>>) => subscriber,
  );
}
