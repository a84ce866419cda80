// #region recipe
import { catchError, type Observable, of, switchMap, throwError } from 'rxjs';
import {
  type AnyTaskStatusError,
  createTaskStatus,
  isTaskStatusError,
  type TaskStatus,
  type TaskStatusOptions,
} from 'rxjs-task-status';

/** The status of the task that is selected; the watch of the one before it is let go. */
export function selectedStatus$(
  selectedId$: Observable<string>,
  options: TaskStatusOptions,
): Observable<TaskStatus | AnyTaskStatusError> {
  const watch = createTaskStatus(options);
  return selectedId$.pipe(
    switchMap((taskId) =>
      watch(taskId).pipe(
        // inside switchMap: one task's error must not end the selection
        catchError((error: unknown) =>
          isTaskStatusError(error) ? of(error) : throwError(() => error),
        ),
      ),
    ),
  );
}
// #endregion

import { concat, delay } from 'rxjs';
import { inMemory } from './in-memory.js';

const { options, print, scheduler } = inMemory({
  task_1: [
    ['running', 0],
    ['finished', 60_000],
  ],
  task_2: [
    ['created', 0],
    ['finished', 8_000],
  ],
});
const after = (ms: number, taskId: string) => of(taskId).pipe(delay(ms, scheduler));
const selectedId$ = concat(of('task_1'), after(3_000, 'task_0'), after(1_000, 'task_2'));

selectedStatus$(selectedId$, options).subscribe((seen) => {
  print(typeof seen === 'string' ? seen : seen.message);
});
scheduler.flush();
