import { inject, NgZone } from '@angular/core';
import type { Observable } from 'rxjs';
import { taskStatus$, type TaskStatus } from 'rxjs-task-status';

import type { AngularTaskStatusOptions } from './provide-task-status.js';
import { injectWatchInContext } from './injection-context.js';
import { observeInside } from './zone.js';

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
) => Observable<T>;

/**
 * Returns a function that watches tasks over Angular's `HttpClient`.
 *
 * Its Observables emit and end like those of `taskStatus$`. They also complete when the injection context
 * is destroyed: that of the component, directive or environment injector. Their timers run outside
 * Angular's zone and they emit inside it, so the application is stable between requests. On the server
 * they make no request, or one (see `ssr`), and complete.
 *
 * @param options replace those of `provideTaskStatus`, `backoff` and `retry` field by field
 * @throws TypeError or RangeError at the call, for an option that is not valid
 *
 * @example
 * export class TaskBadge {
 *   private readonly watch$ = injectTaskStatus();
 *   readonly status = toSignal(this.watch$('task_1234567890abcdef'));
 * }
 */
export function injectTaskStatus<S extends string = TaskStatus>(
  options?: AngularTaskStatusOptions<S>,
): InjectedTaskStatus<S>;
export function injectTaskStatus(
  options?: AngularTaskStatusOptions<string>,
): (taskId: string, overrides?: AngularTaskStatusOptions<string>) => Observable<string> {
  const watch$ = injectWatchInContext(options);
  const zone = inject(NgZone);
  return (taskId, overrides) =>
    watch$(taskStatus$<string>, taskId, overrides).pipe(observeInside(zone));
}
