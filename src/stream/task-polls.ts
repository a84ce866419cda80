import { asyncScheduler, type Observable } from 'rxjs';

import type { TaskStatusError } from '../api/errors.js';
import type { TaskStatus } from '../api/task-api.js';
import { checkTaskId } from '../watch/checks.js';
import type { TaskStatusOptions } from '../watch/options.js';
import { resolveOptions } from '../watch/resolve-options.js';
import type { Attempt, WatchObserver } from '../watch/watch.js';
import { observe } from './observe.js';

/**
 * One completed attempt: a request that was answered with a `status`, or failed with an `error`. Times
 * are ms.
 */
export type TaskPoll<S extends string = TaskStatus> = {
  /** The task that was asked for. */
  readonly taskId: string;
  /** Which request of the watch this was: 1, 2, … */
  readonly attempt: number;
  /** When it left, by the scheduler's clock. */
  readonly at: number;
  /** How long it took until its answer was handled. */
  readonly duration: number;
  /** The planned wait before the next request; absent exactly when the watch ends by this answer. */
  readonly nextDelay?: number;
  /** Whether the status differs from the one before it, or from `knownStatus`. */
  readonly changed: boolean;
} & (
  | { readonly status: S; readonly error?: never }
  | { readonly status?: never; readonly error: TaskStatusError<S> }
);

/**
 * Every completed attempt of a watch, for progress displays and logs.
 *
 * Emits a {@link TaskPoll} for each answer and each failure, completes when the task has ended, and
 * errors as `taskStatus$` does: a permanent failure comes as a poll and then, the same object, as the
 * error.
 *
 * @param taskId the task
 * @param options as for `taskStatus$`
 *
 * @example
 * taskPolls$('task_1', { apiKey }).subscribe(({ attempt, status, error, nextDelay }) =>
 *   console.log(attempt, status ?? error.message, nextDelay),
 * );
 */
export function taskPolls$<S extends string = TaskStatus>(
  taskId: string,
  options: TaskStatusOptions<S> = {},
): Observable<TaskPoll<S>> {
  checkTaskId(taskId);
  return observe(taskId, resolveOptions(options, asyncScheduler), emitPoll);
}

function emitPoll<S extends string>(
  observer: WatchObserver<TaskPoll<S>>,
  changed: boolean,
  status: S | undefined,
  error: TaskStatusError<S> | undefined,
  nextDelay: number | undefined,
  attempt: Attempt,
): void {
  observer.next(pollOf(changed, status, error, nextDelay, attempt));
}

/** An answer as a poll: it has a status or an error. */
export function pollOf<S extends string>(
  changed: boolean,
  status: S | undefined,
  error: TaskStatusError<S> | undefined,
  nextDelay: number | undefined,
  attempt: Attempt,
): TaskPoll<S>;
export function pollOf(
  changed: boolean,
  status: string | undefined,
  error: TaskStatusError<string> | undefined,
  nextDelay: number | undefined,
  { taskId, attempts, leftAt, handledAt }: Attempt,
): object {
  const facts = {
    taskId,
    attempt: attempts,
    at: leftAt,
    duration: Math.max(0, handledAt - leftAt),
    ...(nextDelay === undefined ? {} : { nextDelay }),
    changed,
  };
  return error ? { ...facts, error } : { ...facts, status };
}
