// #region recipe
import { map, type Observable } from 'rxjs';
import { taskPolls$, type TaskStatusOptions } from 'rxjs-task-status';

/** A line for each attempt: the status or the error, and the delay before the next attempt. */
export function attemptLines$(taskId: string, options: TaskStatusOptions): Observable<string> {
  return taskPolls$(taskId, options).pipe(
    map(({ attempt, status, error, nextDelay }) => {
      const outcome = status ?? `error (${error.code})`;
      const next = nextDelay === undefined ? 'the last one' : `next in ${nextDelay / 1_000} s`;
      return `#${attempt} ${outcome}, ${next}`;
    }),
  );
}
// #endregion

import { inMemory } from './in-memory.js';

const { options, print, scheduler } = inMemory({
  task_1: [
    ['running', 0],
    [{ status: 503, headers: { 'Retry-After': '3' } }, 2_000],
    ['running', 4_000],
    ['finished', 9_000],
  ],
});
attemptLines$('task_1', { ...options, retry: { jitter: 0 } }).subscribe(print);
scheduler.flush();
