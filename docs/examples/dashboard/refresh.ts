// #region recipe
import { Subscription, type Observable } from 'rxjs';
import type { TaskStatusPool } from 'rxjs-task-status';

/** Polls the task whose webhook has arrived, and all tasks when the user presses "refresh". */
export function pollOn(
  pool: TaskStatusPool,
  webhookIds$: Observable<string>,
  refresh$: Observable<unknown>,
): Subscription {
  const subscription = new Subscription();
  subscription.add(webhookIds$.subscribe((taskId) => pool.pollNow(taskId)));
  subscription.add(refresh$.subscribe(() => pool.pollNow()));
  return subscription;
}
// #endregion

import { map, timer } from 'rxjs';
import { createTaskStatusPool } from 'rxjs-task-status';
import { inMemory } from './in-memory.js';

const { options, print, scheduler } = inMemory({
  task_1: [
    ['running', 0],
    ['finished', 2_000],
  ],
  task_2: [
    ['running', 0],
    ['finished', 5_000],
  ],
});
// once a minute, in case a webhook is lost
const pool = createTaskStatusPool({ ...options, backoff: { initialDelay: 60_000, jitter: 0 } });
pool.statuses$(['task_1', 'task_2']).subscribe(({ taskId, status }) => print(taskId, status));
pollOn(pool, timer(2_100, scheduler).pipe(map(() => 'task_1')), timer(6_000, scheduler));
scheduler.flush();
