import type { Observable } from 'rxjs';
import type { TaskPoll, TaskStatus } from 'rxjs-task-status';

import { injectWatches } from './injection-context.js';
import type { AngularTaskStatusOptions } from './options.js';

/**
 * The function that `injectTaskPolls` returns: it watches a task.
 *
 * @param taskId the task
 * @param overrides replace the options given before, `backoff` and `retry` field by field; `undefined`
 * changes nothing
 * @throws TypeError or RangeError at the call, for a task id or an option that is not valid
 */
export type InjectedTaskPolls<S extends string = TaskStatus, D = unknown> = <
  T extends string = S,
  E = D,
>(
  taskId: string,
  overrides?: AngularTaskStatusOptions<T, E>,
) => Observable<TaskPoll<T, E>>;

/**
 * Returns a function that watches tasks over Angular's `HttpClient` and emits every poll, to show that a
 * watch is retrying.
 *
 * Its Observables emit and end like those of `taskPolls$`, and share their watches, zones and behaviour on
 * the server with those of `injectTaskStatus`.
 *
 * @param options replace those of `provideTaskStatus`, `backoff` and `retry` field by field
 * @throws TypeError or RangeError at the call, for an option that is not valid
 *
 * @example
 * export class TaskLog {
 *   private readonly polls$ = injectTaskPolls();
 *   readonly poll = toSignal(this.polls$('task_1234567890abcdef').pipe(catchError(() => EMPTY)));
 * }
 */
export function injectTaskPolls<S extends string = TaskStatus, D = unknown>(
  options?: AngularTaskStatusOptions<S, D>,
): InjectedTaskPolls<S, D>;
export function injectTaskPolls(
  options?: AngularTaskStatusOptions<string>,
): (taskId: string, overrides?: AngularTaskStatusOptions<string>) => Observable<TaskPoll<string>> {
  const { polls$, border } = injectWatches(options);
  return (taskId, overrides) => polls$(taskId, overrides).pipe(border.cross());
}
