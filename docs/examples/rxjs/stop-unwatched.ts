// #region recipe
import { defer, type Observable, type ObservableInput, ReplaySubject } from 'rxjs';
import { share, tap, timer } from 'rxjs';
import { taskStatus$, type TaskStatus, type TaskStatusOptions } from 'rxjs-task-status';

/** Stops the task one second after the last subscriber has left, unless it has ended. */
export function stopUnwatched$(
  taskId: string,
  stop: (taskId: string) => ObservableInput<unknown>,
  options: TaskStatusOptions,
): Observable<TaskStatus> {
  const stopTask = () => defer(() => stop(taskId)).subscribe({ error: console.error });
  return taskStatus$(taskId, options).pipe(
    // not called when the watch has completed or failed
    tap({ unsubscribe: stopTask }),
    share({
      connector: () => new ReplaySubject(1),
      // not at once: a subscriber may leave with the terminal status, just before the end
      resetOnRefCountZero: () => timer(1_000, options.scheduler),
      resetOnComplete: false,
    }),
  );
}
// #endregion

import { EMPTY, take } from 'rxjs';
import { inMemory } from './in-memory.js';

const { options, print, requests, scheduler } = inMemory({
  task_1: [['running', 0]],
  task_2: [
    ['running', 0],
    ['finished', 4_000],
  ],
});
// of version 1: fetch(`${baseUrl}/stop-task?task_id=${taskId}`, { method: 'PUT', headers })
const stop = (taskId: string) => {
  print(`PUT /stop-task?task_id=${taskId}`);
  return EMPTY;
};
const first$ = stopUnwatched$('task_1', stop, options);
const list = first$.subscribe((status) => print('list: task_1', status));
const detail = first$.subscribe((status) => print('detail: task_1', status));
scheduler.schedule(() => list.unsubscribe(), 2_000);
scheduler.schedule(() => detail.unsubscribe(), 6_000);
stopUnwatched$('task_2', stop, options)
  .pipe(take(2))
  .subscribe({ next: (status) => print('task_2', status), complete: () => print('task_2 left') });
scheduler.flush();
print(`${requests.length} requests`);
