import { filter, map, type MonoTypeOperatorFunction, type OperatorFunction } from 'rxjs';

import { TaskUnsuccessfulError } from '../api/errors.js';
import { browserUseV1, type TaskApi, type TaskStatus } from '../api/task-api.js';
import type { TaskPoll } from './task-polls.js';

/**
 * Takes the statuses out of polls: those that differ from the one before.
 *
 * `taskStatus$(id, options)` is `taskPolls$(id, options).pipe(toStatus())`. Completes and errors with
 * the source.
 *
 * @example
 * const polls$ = taskPolls$('task_1', { apiKey }).pipe(share());
 * polls$.subscribe(showProgress);
 * polls$.pipe(toStatus()).subscribe(console.log); // created, running, finished
 */
export function toStatus<S extends string = TaskStatus>(): OperatorFunction<TaskPoll<S>, S> {
  return (polls$) =>
    polls$.pipe(
      filter(
        (poll): poll is TaskPoll<S> & { status: S } => poll.changed && poll.status !== undefined,
      ),
      map(({ status }) => status),
    );
}

/**
 * Turns an unsuccessful end into an error: a terminal status that is not among the API's successful
 * ones (`failed` and `stopped`) becomes a {@link TaskUnsuccessfulError}.
 *
 * Everything else passes, also a completion without any status: that of a task whose end was the
 * `knownStatus`.
 *
 * @param taskId for the error, where it is known
 *
 * @example
 * // resolves with 'finished', or rejects
 * await lastValueFrom(taskStatus$(id, { apiKey }).pipe(requireFinished(id)));
 */
export function requireFinished<S extends TaskStatus = TaskStatus>(
  taskId?: string,
): MonoTypeOperatorFunction<S>;
/**
 * The same in the words of another API: its terminal words that are not among its successful ones.
 *
 * @param taskId for the error, where it is known
 * @param api whose words these are
 *
 * @example
 * const api = browserUseV4;
 * taskStatus$(id, { api, apiKey }).pipe(requireFinished(id, api)); // errors with `cancelled`
 */
export function requireFinished<S extends string>(
  taskId: string | undefined,
  api: TaskApi<S> | undefined,
): MonoTypeOperatorFunction<S>;
export function requireFinished(
  taskId?: string,
  api?: TaskApi<string>,
): MonoTypeOperatorFunction<string> {
  const { terminal, successful }: TaskApi<string> = api ?? browserUseV1;
  return map((status) => {
    if (terminal.includes(status) && !successful.includes(status)) {
      throw new TaskUnsuccessfulError(status, taskId);
    }
    return status;
  });
}
