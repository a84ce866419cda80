// #region recipe
import { defer, type Observable, type ObservableInput, retry, switchMap, takeUntil } from 'rxjs';
import { throwError, timer } from 'rxjs';
import { requireFinished, taskStatus$, type TaskStatus } from 'rxjs-task-status';
import { type TaskStatusOptions, TaskUnsuccessfulError } from 'rxjs-task-status';

/** Starts a task again if it fails, at most twice, and gives up after `deadline` ms. */
export function runWithRetries$(
  start: () => ObservableInput<string>,
  deadline: number,
  options: TaskStatusOptions,
): Observable<TaskStatus> {
  const tooLate$ = timer(deadline, options.scheduler).pipe(
    switchMap(() => throwError(() => new Error(`Not finished within ${deadline} ms`))),
  );
  return defer(start).pipe(
    switchMap((taskId) => taskStatus$(taskId, options).pipe(requireFinished(taskId))),
    retry({
      count: 2,
      delay: (error: unknown, retries) =>
        error instanceof TaskUnsuccessfulError && error.taskStatus === 'failed'
          ? timer(retries * 5_000, options.scheduler)
          : throwError(() => error), // failed requests have been retried already
    }),
    // the last: it also ends a start, and a delay between two tasks
    takeUntil(tooLate$),
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
  task_3: [['running', 0]],
});
const ids = ['task_1', 'task_2', 'task_1', 'task_3'];
const start = () => {
  const taskId = ids.shift() ?? 'task_0';
  print('started', taskId);
  return [taskId];
};
const observer = {
  next: print,
  error: (error: unknown) => print(String(error)),
  complete: () => print('complete'),
};
runWithRetries$(start, 60_000, options).subscribe(observer);
scheduler.flush();
runWithRetries$(start, 10_000, options).subscribe(observer);
scheduler.flush();
