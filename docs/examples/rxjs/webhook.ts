// #region recipe
import { catchError, EMPTY, filter, type Observable, startWith, switchMap, timer } from 'rxjs';
import { taskStatus$, type TaskStatus, type TaskStatusOptions } from 'rxjs-task-status';

/** Polls as usual, and at once when a webhook for the task arrives. The status comes from the API. */
export function pollOnWebhook$(
  taskId: string,
  webhook$: Observable<{ readonly taskId: string | undefined }>,
  options: TaskStatusOptions,
): Observable<TaskStatus> {
  const pollNow = webhook$.pipe(
    filter((event) => event.taskId === taskId),
    // once more after 2 s: the webhook may be ahead of the status endpoint
    switchMap(() => timer(2_000, options.scheduler).pipe(startWith('now'))),
    // an error would end the watch; completion does not, and polling continues
    catchError(() => EMPTY),
  );
  return taskStatus$(taskId, { ...options, pollNow });
}
// #endregion

import { map, take } from 'rxjs';
import type { TaskWebhook } from 'rxjs-task-status/node';
import { inMemory } from './in-memory.js';

const { options, print, requests, scheduler } = inMemory({
  task_1: [
    ['created', 0],
    ['running', 20_000],
    ['finished', 100_000],
  ],
});
// what verifyTaskWebhook returns. The webhook is 0.1 s ahead of the API, and has another word
const event: TaskWebhook = { taskId: 'task_1', status: 'started', payload: {} };
const webhook$ = timer(19_900, scheduler).pipe(
  take(1),
  map(() => event),
);

pollOnWebhook$('task_1', webhook$, {
  ...options,
  backoff: { initialDelay: 60_000, maxDelay: 60_000, jitter: 0 },
}).subscribe({
  next: (status) => print(status, `after ${requests.length} polls`),
  complete: () => print('complete'),
});
scheduler.flush();
