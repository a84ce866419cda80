// #region recipe
import type { Observable } from 'rxjs';
import type { TaskStatus, TaskStatusPool } from 'rxjs-task-status';

/** A task that somebody is waiting for: polled every second at least. */
export function urgent$(pool: TaskStatusPool, taskId: string): Observable<TaskStatus> {
  return pool.status$(taskId, { backoff: { maxDelay: 1_000 } });
}
// #endregion

import { createTaskStatusPool } from 'rxjs-task-status';
import { inMemory } from './in-memory.js';

const { options, print, requests, scheduler } = inMemory({
  task_1: [
    ['running', 0],
    ['finished', 20_000],
  ],
  task_2: [
    ['running', 0],
    ['finished', 20_000],
  ],
});
const pool = createTaskStatusPool(options);
urgent$(pool, 'task_1').subscribe((status) => print('urgent first:', status));
pool.status$('task_1').subscribe();

// here the list was first, so its options apply
pool.status$('task_2').subscribe();
urgent$(pool, 'task_2').subscribe((status) => print('urgent second:', status));
scheduler.flush();
for (const id of ['task_1', 'task_2']) {
  print(id, requests.filter(({ taskId }) => taskId === id).length, 'requests');
}
