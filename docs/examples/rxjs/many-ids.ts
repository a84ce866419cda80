// #region recipe
import { catchError, from, map, mergeMap, type Observable, of, scan } from 'rxjs';
import { createTaskStatus, isTaskStatusError, type TaskStatusOptions } from 'rxjs-task-status';

/** The status of each task, or the code of its error, after each change. */
export function board$(
  taskIds: Iterable<string>,
  options: TaskStatusOptions,
): Observable<Readonly<Record<string, string>>> {
  const watch = createTaskStatus(options);
  return from(taskIds).pipe(
    mergeMap((taskId) =>
      watch(taskId).pipe(
        catchError((error: unknown) => of(isTaskStatusError(error) ? error.code : 'error')),
        map((status) => ({ [taskId]: status })),
      ),
    ),
    scan((board, change) => ({ ...board, ...change }), {}),
  );
}
// #endregion

import { inMemory } from './in-memory.js';

const { options, print, scheduler } = inMemory({
  task_1: [
    ['running', 0],
    ['finished', 5_000],
  ],
  task_2: [
    ['created', 0],
    ['running', 2_000],
    ['failed', 9_000],
  ],
});
board$(['task_1', 'task_2', 'task_3'], options).subscribe({
  next: (board) => print(JSON.stringify(board)),
  complete: () => print('all tasks have ended'),
});
scheduler.flush();
