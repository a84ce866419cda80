// #region recipe
import { defer, type Observable, type ObservableInput, switchMap } from 'rxjs';
import { taskStatus$, type TaskStatus, type TaskStatusOptions } from 'rxjs-task-status';

/** Starts a task on subscribe, and watches it until it has ended. */
export function startAndWatch$(
  start: () => ObservableInput<string>,
  options: TaskStatusOptions,
): Observable<TaskStatus> {
  return defer(start).pipe(
    // a new task may not be visible to the status endpoint yet
    switchMap((taskId) => taskStatus$(taskId, { notFoundGrace: 10_000, ...options })),
  );
}
// #endregion

import { of } from 'rxjs';
import { inMemory } from './in-memory.js';

const { options, print, scheduler } = inMemory({
  task_1: [
    ['created', 800],
    ['running', 3_000],
    ['finished', 9_000],
  ],
});
startAndWatch$(() => of('task_1'), options).subscribe({
  next: print,
  complete: () => print('complete'),
});
scheduler.flush();
