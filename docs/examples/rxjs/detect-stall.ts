// #region recipe
import { asyncScheduler, type Observable, throwError, timeout } from 'rxjs';
import { taskStatus$, type TaskStatus, type TaskStatusOptions } from 'rxjs-task-status';

/** Errors if the status does not change for `stallsAfter` ms, even while all polls succeed. */
export function watchProgress$(
  taskId: string,
  stallsAfter: number,
  options: TaskStatusOptions,
): Observable<TaskStatus> {
  return taskStatus$(taskId, options).pipe(
    // statuses are distinct, so each emission is a change
    timeout({
      each: stallsAfter,
      scheduler: options.scheduler ?? asyncScheduler,
      with: () => throwError(() => new Error(`${taskId} has not changed for ${stallsAfter} ms`)),
    }),
  );
}
// #endregion

import { inMemory } from './in-memory.js';

const { options, print, scheduler, requests } = inMemory({
  task_1: [
    ['created', 0],
    ['running', 4_000],
  ],
});
watchProgress$('task_1', 60_000, options).subscribe({
  next: print,
  error: (error: unknown) => print(String(error)),
});
scheduler.flush();
print(`${requests.length} requests, and none after the error`);
