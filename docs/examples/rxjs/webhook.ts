// #region recipe
import { filter, merge, type Observable, take } from 'rxjs';
import {
  isTerminal,
  taskStatus$,
  type TaskStatus,
  type TaskStatusOptions,
  type TerminalTaskStatus,
} from 'rxjs-task-status';

/** The webhook only causes a poll. The status comes from the API. */
export function pollOnWebhook$(
  taskId: string,
  webhook$: Observable<unknown>,
  options: TaskStatusOptions,
): Observable<TaskStatus> {
  return taskStatus$(taskId, { ...options, pollNow: webhook$ });
}

/** The webhook is trusted: the first terminal status wins, from a poll or from the webhook. */
export function firstTerminalStatus$(
  taskId: string,
  webhook$: Observable<TaskStatus>,
  options: TaskStatusOptions,
): Observable<TerminalTaskStatus> {
  // merge, not race: if the webhook completes without a terminal status, polling continues
  return merge(taskStatus$(taskId, options), webhook$).pipe(
    filter((status) => isTerminal(status)),
    take(1),
  );
}
// #endregion

import { map, timer } from 'rxjs';
import { inMemory } from './in-memory.js';

const { options, print, scheduler } = inMemory({
  task_1: [
    ['running', 0],
    ['finished', 20_000],
  ],
});
const webhook$ = timer(20_100, scheduler).pipe(map((): TaskStatus => 'finished'));

taskStatus$('task_1', options).subscribe((status) => print('without webhook:', status));
pollOnWebhook$('task_1', webhook$, options).subscribe((status) => print('poll now:', status));
firstTerminalStatus$('task_1', webhook$, options).subscribe((status) => print('trusted:', status));
scheduler.flush();
