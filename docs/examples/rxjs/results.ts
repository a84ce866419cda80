// #region recipe
import { concat, map, type Observable, type ObservableInput, from, of, switchMap } from 'rxjs';
import {
  requireFinished,
  taskStatus$,
  type TaskStatus,
  type TaskStatusOptions,
} from 'rxjs-task-status';

/** The status of a task, and its result once there is one. */
export interface TaskView<R> {
  readonly status: TaskStatus;
  readonly result?: R;
}

/** Emits each status, and then the result. Errors if the task ends without success. */
export function withResult$<R>(
  taskId: string,
  loadResult: (taskId: string) => ObservableInput<R>,
  options: TaskStatusOptions,
): Observable<TaskView<R>> {
  return taskStatus$(taskId, options).pipe(
    requireFinished(taskId),
    switchMap((status) => {
      const view$ = of({ status });
      return status === 'finished'
        ? concat(view$, from(loadResult(taskId)).pipe(map((result) => ({ status, result }))))
        : view$;
    }),
  );
}
// #endregion

import { delay } from 'rxjs';
import { inMemory } from './in-memory.js';

const { options, print, scheduler } = inMemory({
  task_1: [
    ['running', 0],
    ['finished', 4_000],
  ],
  task_2: [
    ['running', 0],
    ['stopped', 4_000],
  ],
});
const loadResult = (taskId: string) => of(`the output of ${taskId}`).pipe(delay(200, scheduler));
for (const taskId of ['task_1', 'task_2']) {
  withResult$(taskId, loadResult, options).subscribe({
    next: (view) => print(taskId, JSON.stringify(view)),
    error: (error: unknown) => print(String(error)),
  });
}
scheduler.flush();
