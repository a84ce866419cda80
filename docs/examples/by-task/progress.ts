// #region recipe
import { type Observable, scan } from 'rxjs';
import { taskPolls$ } from 'rxjs-task-status';
import type { TaskStatus, TaskStatusError, TaskStatusOptions } from 'rxjs-task-status';

/** What to show of a task. */
export interface Progress {
  /** The last status; absent before the first. */
  readonly status?: TaskStatus | undefined;
  /** When the last status was received, ms; absent before the first. */
  readonly answeredAt?: number | undefined;
  /** Why the last attempt failed; absent if it did not. */
  readonly error?: TaskStatusError | undefined;
}

/** Emits after each attempt. A failed attempt keeps the last status. */
export function progress$(taskId: string, options: TaskStatusOptions): Observable<Progress> {
  return taskPolls$(taskId, options).pipe(
    scan(
      (before: Progress, { status, error, at, duration }) =>
        error ? { ...before, error } : { status, answeredAt: at + duration },
      {},
    ),
  );
}

/** The progress as a line of text. `now` is the present time, ms. */
export function inWords({ status, answeredAt, error }: Progress, now: number): string {
  const words = status ?? 'waiting for the first status';
  if (!error) return words;
  if (answeredAt === undefined) return `${words}, retrying`;
  return `${words}, retrying, no answer for ${Math.round((now - answeredAt) / 1_000)} s`;
}
// #endregion

import { distinctUntilChanged, map } from 'rxjs';
import { inMemory } from '../rxjs/in-memory.js';

const { options, print, scheduler } = inMemory({
  task_1: [
    ['running', 0],
    [{ status: 503 }, 6_000],
    ['running', 25_000],
    ['finished', 40_000],
  ],
});
progress$('task_1', { ...options, retry: { jitter: 0 } })
  .pipe(
    map((progress) => inWords(progress, scheduler.now())),
    distinctUntilChanged(),
  )
  .subscribe({ next: print, complete: () => print('complete') });
scheduler.flush();
