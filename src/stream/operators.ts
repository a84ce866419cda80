import { Observable, type MonoTypeOperatorFunction, type OperatorFunction } from 'rxjs';

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
  return (source) =>
    new Observable((subscriber) =>
      source.subscribe({
        next: ({ changed, status }) => {
          if (changed && status !== undefined) subscriber.next(status);
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      }),
    );
}

/**
 * Turns an unsuccessful end into an error: a terminal status that is not among the API's successful
 * ones (`failed` and `stopped`) becomes a {@link TaskUnsuccessfulError}.
 *
 * Everything else passes.
 *
 * @param taskId for the error, where it is known
 * @param api whose words these are; the default is `browserUseV1`
 *
 * @example
 * // resolves with 'finished', or rejects
 * await lastValueFrom(taskStatus$(id, { apiKey }).pipe(requireFinished(id)));
 */
export function requireFinished<S extends string = TaskStatus>(
  taskId?: string,
  api?: TaskApi<S>,
): MonoTypeOperatorFunction<S> {
  const { terminal, successful }: TaskApi<string> = api ?? browserUseV1;
  return (source) =>
    new Observable((subscriber) =>
      source.subscribe({
        next: (status) => {
          if (terminal.includes(status) && !successful.includes(status)) {
            subscriber.error(new TaskUnsuccessfulError(status, taskId));
          } else subscriber.next(status);
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      }),
    );
}
