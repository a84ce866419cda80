// #region recipe
import { filter, type Observable, race, take } from 'rxjs';
import {
  isTerminal,
  taskStatus$,
  type TaskStatus,
  type TaskStatusOptions,
  type TerminalTaskStatus,
} from 'rxjs-task-status';

/** The webhook only knocks: the next poll leaves at once and tells what is true. */
export function pollOnWebhook$(
  taskId: string,
  webhook$: Observable<unknown>,
  options: TaskStatusOptions,
): Observable<TaskStatus> {
  return taskStatus$(taskId, { ...options, pollNow: webhook$ });
}

/** The webhook is believed: whoever tells of the end first wins, and the other one is let go. */
export function firstToTell$(
  taskId: string,
  webhook$: Observable<TaskStatus>,
  options: TaskStatusOptions,
): Observable<TerminalTaskStatus> {
  return race(
    taskStatus$(taskId, options).pipe(filter((status) => isTerminal(status))),
    webhook$.pipe(filter((status) => isTerminal(status))),
  ).pipe(take(1));
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

taskStatus$('task_1', options).subscribe((status) => print('left alone:', status));
pollOnWebhook$('task_1', webhook$, options).subscribe((status) => print('knocked:', status));
firstToTell$('task_1', webhook$, options).subscribe((status) => print('believed:', status));
scheduler.flush();
