// #region recipe
import { type Observable, scan } from 'rxjs';
import type { TaskPoll, TaskStatus, TaskStatusError } from 'rxjs-task-status';

/** What to show of a task. */
export interface Progress {
  /** The last status; absent before the first. */
  readonly status?: TaskStatus | undefined;
  /** When the last status was received, ms; absent before the first. */
  readonly answeredAt?: number | undefined;
  /** Why the last attempt failed; absent if it did not. */
  readonly error?: TaskStatusError | undefined;
}

/** Emits after each attempt of `taskPolls$` or `pool.polls$`. A failed one keeps the last status. */
export function progress$(polls$: Observable<TaskPoll>): Observable<Progress> {
  return polls$.pipe(
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
