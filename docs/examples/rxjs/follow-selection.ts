// #region recipe
import { catchError, type Observable, of, switchMap, throwError } from 'rxjs';
import {
  type AnyTaskStatusError,
  createTaskStatus,
  isTaskStatusError,
  type TaskStatus,
  type TaskStatusOptions,
} from 'rxjs-task-status';

/** The status of the selected task. A new selection unsubscribes from the previous task. */
export function selectedStatus$(
  selectedId$: Observable<string>,
  options: TaskStatusOptions,
): Observable<TaskStatus | AnyTaskStatusError> {
  const watch = createTaskStatus(options);
  return selectedId$.pipe(
    switchMap((taskId) =>
      watch(taskId).pipe(
        // inside switchMap: the error of one task must not end the stream
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

selectedStatus$(selectedId$, options).subscribe((statusOrError) => {
  print(typeof statusOrError === 'string' ? statusOrError : statusOrError.message);
});
scheduler.flush();
