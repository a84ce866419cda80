// #region recipe
import { type Observable, ReplaySubject, share, timer } from 'rxjs';
import { taskStatus$, type TaskStatus, type TaskStatusOptions } from 'rxjs-task-status';

/**
 * One watch for any number of subscribers. A late subscriber gets the latest status at once. The
 * watch stops one second after the last subscriber has unsubscribed.
 */
export function sharedStatus$(taskId: string, options: TaskStatusOptions): Observable<TaskStatus> {
  return taskStatus$(taskId, options).pipe(
    share({
      connector: () => new ReplaySubject(1),
      // not at once: between two pages there may be no subscriber for a moment
      resetOnRefCountZero: () => timer(1_000, options.scheduler),
      resetOnComplete: false,
    }),
  );
}
// #endregion

import { inMemory } from './in-memory.js';

const { options, print, scheduler, requests } = inMemory({
  task_1: [
    ['running', 0],
    ['finished', 6_000],
  ],
});
const status$ = sharedStatus$('task_1', options);
status$.subscribe((status) => print('list:', status));
scheduler.schedule(() => {
  status$.subscribe((status) => print('detail:', status));
}, 2_000);
scheduler.flush();
print(`${requests.length} requests for both`);
