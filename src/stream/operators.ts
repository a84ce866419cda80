import {
  concatWith,
  defer,
  EMPTY,
  filter,
  map,
  throwError,
  type MonoTypeOperatorFunction,
  type OperatorFunction,
} from 'rxjs';

import { TaskUnsuccessfulError } from '../api/errors.js';
import { browserUseV1, type TaskStatus } from '../api/browser-use.js';
import { type TaskApi } from '../api/task-api.js';
import type { TaskPoll } from '../watch/task-poll.js';

/**
 * Maps polls to statuses, and emits those that differ from the previous one.
 *
 * `taskStatus$(id, options)` equals `taskPolls$(id, options).pipe(toStatus())`. Completes and errors with
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
 * Passes statuses on, and completes only if the task has ended successfully.
 *
 * Errors with a {@link TaskUnsuccessfulError} at an unsuccessful terminal status (`failed`, `stopped`),
 * and if the source completes after a status that is not terminal (a closed pool, `takeUntil`). If the
 * source completes without any status, this confirms a terminal `knownStatus`, and the result completes
 * too. Errors with the source.
 *
 * @param taskId the task's id for the error; optional
 *
 * @example
 * // resolves with 'finished', or rejects
 * await lastValueFrom(taskStatus$(id, { apiKey }).pipe(requireFinished(id)));
 */
export function requireFinished<S extends TaskStatus = TaskStatus>(
  taskId?: string,
): MonoTypeOperatorFunction<S>;
/**
 * The same for the statuses of another API.
 *
 * @param taskId the task's id for the error; may be `undefined`
 * @param api the API of these statuses
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
  return (status$) =>
    defer(() => {
      let last: string | undefined;
      const end$ = defer(() =>
        last === undefined || successful.includes(last)
          ? EMPTY
          : throwError(() => new TaskUnsuccessfulError(last, taskId, false)),
      );
      return status$.pipe(
        map((status) => {
          last = status;
          if (!terminal.includes(status) || successful.includes(status)) return status;
          throw new TaskUnsuccessfulError(status, taskId);
        }),
        concatWith(end$),
      );
    });
}
