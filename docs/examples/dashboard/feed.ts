// #region recipe
import type { Observable } from 'rxjs';
import type { PooledStatus, TaskStatusPool } from 'rxjs-task-status';

/** Watches all tasks of a paged list. A page is fetched when requests can be sent. */
export function watchAll$(
  pool: TaskStatusPool,
  fetchPage: (page: number) => Promise<readonly string[]>,
): Observable<PooledStatus> {
  async function* ids(): AsyncGenerator<string> {
    for (let page = 0; ; page++) {
      const taskIds = await fetchPage(page);
      if (taskIds.length === 0) return;
      yield* taskIds;
    }
  }
  return pool.statuses$({ [Symbol.asyncIterator]: ids });
}
// #endregion

import { createTaskStatusPool } from 'rxjs-task-status';
import { inMemory } from './in-memory.js';

const all = ['task_1', 'task_2', 'task_3', 'task_4', 'task_5'];
const { options, print, scheduler } = inMemory(
  Object.fromEntries(all.map((id) => [id, [['finished', 0]]])),
);
const pool = createTaskStatusPool({ ...options, maxConcurrent: 2 });
let on = true;
watchAll$(pool, (page) => {
  print(`page ${page} is fetched`);
  return Promise.resolve(all.slice(2 * page, 2 * page + 2));
}).subscribe({
  next: ({ taskId, status }) => print(taskId, status),
  complete: () => (on = false),
});
// the pages are promises: virtual time goes on when they have settled
while (on) {
  await new Promise((resolve) => setImmediate(resolve));
  scheduler.flush();
}
