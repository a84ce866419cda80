// #region recipe
import { type Observable, type ObservableInput, scan } from 'rxjs';
import { isTaskStatusError, type TaskStatusPool } from 'rxjs-task-status';

/** The status of each task, or the code of its error, after each change. */
export function board$(
  pool: TaskStatusPool,
  taskIds: ObservableInput<string>,
): Observable<ReadonlyMap<string, string>> {
  return pool
    .statuses$(taskIds)
    .pipe(
      scan(
        (board, { taskId, status, error }) => new Map(board).set(taskId, status ?? nameOf(error)),
        new Map<string, string>(),
      ),
    );
}

function nameOf(error: unknown): string {
  return isTaskStatusError(error) ? error.code : String(error);
}
// #endregion

import { createTaskStatusPool } from 'rxjs-task-status';
import { inMemory } from './in-memory.js';

const { options, print, scheduler } = inMemory({
  task_1: [
    ['running', 0],
    ['finished', 3_000],
  ],
  task_2: [['stopped', 0]],
});
const pool = createTaskStatusPool(options);
board$(pool, ['task_1', 'task_2', 'task_3']).subscribe({
  next: (board) => print([...board].map(([taskId, what]) => `${taskId}: ${what}`).join(', ')),
  complete: () => print('all have ended'),
});
scheduler.flush();
