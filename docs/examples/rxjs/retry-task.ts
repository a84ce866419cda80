// #region recipe
import {
  defer,
  type Observable,
  type ObservableInput,
  retry,
  switchMap,
  throwError,
  timer,
} from 'rxjs';
import {
  requireFinished,
  taskStatus$,
  type TaskStatus,
  type TaskStatusOptions,
  TaskUnsuccessfulError,
} from 'rxjs-task-status';

/** Starts a task again if it fails, at most twice. A stopped task is not started again. */
export function runWithRetries$(
  start: () => ObservableInput<string>,
  options: TaskStatusOptions,
): Observable<TaskStatus> {
  return defer(start).pipe(
    switchMap((taskId) => taskStatus$(taskId, options).pipe(requireFinished(taskId))),
    retry({
      count: 2,
      delay: (error: unknown, retries) =>
        error instanceof TaskUnsuccessfulError && error.taskStatus === 'failed'
          ? timer(retries * 5_000, options.scheduler)
          : // not a failed task: failed requests have been retried already
            throwError(() => error),
    }),
  );
}
// #endregion

import { inMemory } from './in-memory.js';

const { options, print, scheduler } = inMemory({
  task_1: [
    ['running', 0],
    ['failed', 3_000],
  ],
  task_2: [
    ['running', 0],
    ['finished', 12_000],
  ],
});
const ids = ['task_1', 'task_2'];
const start = () => {
  const taskId = ids.shift() ?? 'task_0';
  print('started', taskId);
  return [taskId];
};
runWithRetries$(start, options).subscribe({ next: print, complete: () => print('complete') });
scheduler.flush();
