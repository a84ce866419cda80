// #region recipe
import type { Observable } from 'rxjs';
import type { TaskPoll, TaskStatus, TaskStatusPool } from 'rxjs-task-status';

/** A row of a list: only the status. */
export function row$(pool: TaskStatusPool, taskId: string): Observable<TaskStatus> {
  return pool.status$(taskId);
}

/** The page of one task: every poll. */
export function details$(pool: TaskStatusPool, taskId: string): Observable<TaskPoll> {
  return pool.polls$(taskId);
}
// #endregion

import { createTaskStatusPool } from 'rxjs-task-status';
import { inMemory } from './in-memory.js';

const { options, print, requests, scheduler } = inMemory({
  task_1: [
    ['running', 0],
    ['finished', 5_000],
  ],
});
const pool = createTaskStatusPool(options);
row$(pool, 'task_1').subscribe((status) => print('row:', status));
scheduler.schedule(() => {
  print('the page is opened');
  details$(pool, 'task_1').subscribe(({ attempt, status }) => print(`page: #${attempt}`, status));
}, 2_000);
scheduler.flush();
print(`${requests.length} requests for both`);
