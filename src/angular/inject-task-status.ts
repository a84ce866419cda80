import { inject, NgZone } from '@angular/core';
import type { Observable } from 'rxjs';
import { taskStatus$, type TaskStatus } from 'rxjs-task-status';

import type { AngularTaskStatusOptions } from './provide-task-status.js';
import { injectWatchInContext } from './injection-context.js';
import { observeInside } from './zone.js';

/**
 * Watches a task; what `injectTaskStatus` gives.
 *
 * @param taskId the task
 * @param overrides stand in for the options given before, one by one, `backoff` and `retry` field by
 * field; what is `undefined` leaves what was there
 * @throws TypeError or RangeError at the call, for a task id or options that cannot work
 */
export type InjectedTaskStatus<S extends string = TaskStatus> = <T extends string = S>(
  taskId: string,
  overrides?: AngularTaskStatusOptions<T>,
) => Observable<T>;

/**
 * Gives the function that watches tasks through Angular's `HttpClient`.
 *
 * Its Observables are those of `taskStatus$`, and they also complete when the injection context ends:
 * with the component, directive or environment injector. Their timers run outside Angular's zone and
 * they emit inside, so that between requests the application is stable. On the server they make no
 * request, or one (see `ssr`), and complete.
 *
 * @param options over those of `provideTaskStatus`, one by one
 * @throws TypeError or RangeError at the call, for options that cannot work
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
