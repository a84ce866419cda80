import type { Observable } from 'rxjs';
import { toStatus, type TaskStatus } from 'rxjs-task-status';

import { injectWatches } from './injection-context.js';
import type { AngularTaskStatusOptions } from './options.js';

/** `T`, but up to TypeScript 5.9 what the caller does with the result does not replace its default. */
type NotInferred<T> = [T][T extends unknown ? 0 : never];

/**
 * The function that `injectTaskStatus` returns: it watches a task.
 *
 * @param taskId the task
 * @param overrides replace the options given before, `backoff` and `retry` field by field; `undefined`
 * changes nothing
 * @throws TypeError or RangeError at the call, for a task id or an option that is not valid
 */
export type InjectedTaskStatus<S extends string = TaskStatus> = <T extends string = S>(
  taskId: string,
  overrides?: AngularTaskStatusOptions<T>,
) => Observable<NotInferred<T>>;

/**
 * Returns a function that watches tasks over Angular's `HttpClient`.
 *
 * Its Observables emit and end like those of `taskStatus$`. They also complete when the injection context
 * is destroyed: that of the component, directive or environment injector. Components that watch a task
 * with the same options share one watch. The timers run outside Angular's zone and the Observables emit
 * inside it, so the application is stable between requests. On the server they make no request, or one
 * (see `ssr`).
 *
 * @param options replace those of `provideTaskStatus`, `backoff` and `retry` field by field
 * @throws TypeError or RangeError at the call, for an option that is not valid
 *
 * @example
 * export class TaskBadge {
 *   private readonly watch$ = injectTaskStatus();
 *   readonly text = toSignal(
 *     this.watch$('task_1234567890abcdef').pipe(
 *       // an error of toSignal would be thrown by every read
 *       catchError((error: TaskStatusError) => of(error.message)),
 *     ),
 *   );
 * }
 */
export function injectTaskStatus<S extends string = TaskStatus>(
  options?: AngularTaskStatusOptions<S>,
): InjectedTaskStatus<S>;
export function injectTaskStatus(
  options?: AngularTaskStatusOptions<string>,
): (taskId: string, overrides?: AngularTaskStatusOptions<string>) => Observable<string> {
  const { polls$, border } = injectWatches(options);
  return (taskId, overrides) => polls$(taskId, overrides).pipe(toStatus<string>(), border.cross());
}
