// #region recipe
import { catchError, EMPTY, type Observable, startWith, switchMap, timer } from 'rxjs';
import { taskStatus$, type TaskStatus, type TaskStatusOptions } from 'rxjs-task-status';

/** Polls as usual, and at once when a webhook arrives. The status always comes from the API. */
export function pollOnWebhook$(
  taskId: string,
  webhook$: Observable<unknown>,
  options: TaskStatusOptions,
): Observable<TaskStatus> {
  const pollNow = webhook$.pipe(
    // once more after 2 s: the webhook may be ahead of the status endpoint
    switchMap(() => timer(2_000, options.scheduler).pipe(startWith('now'))),
    // an error would end the watch; completion does not, and polling continues
    catchError(() => EMPTY),
  );
  return taskStatus$(taskId, { ...options, pollNow });
}
// #endregion

import { take } from 'rxjs';
import { inMemory } from './in-memory.js';

const { options, print, requests, scheduler } = inMemory({
  task_1: [
    ['created', 0],
    ['running', 20_000],
    ['finished', 100_000],
  ],
});
// the webhook's stream completes after the first event
const webhook$ = timer(19_900, scheduler).pipe(take(1));

pollOnWebhook$('task_1', webhook$, {
  ...options,
  backoff: { initialDelay: 60_000, maxDelay: 60_000, jitter: 0 },
}).subscribe({
  next: (status) => print(status, `after ${requests.length} polls`),
  complete: () => print('complete'),
});
scheduler.flush();
