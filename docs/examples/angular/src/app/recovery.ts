import { HttpStatusError, isTaskStatusError, type TaskPoll } from 'rxjs-task-status';

/** How long after its watch has failed a task is watched again, ms. */
const WATCH_AGAIN = 30_000;

/**
 * The delay before a failed task is watched again, ms. An outage that lasts longer than all retries and a
 * key that is rejected may pass. `undefined` if a new watch would fail as well: there is no such task (404),
 * or its id is not valid (422).
 */
export function delayAfter(error: unknown): number | undefined {
  if (!isTaskStatusError(error)) return undefined;
  if (error.code === 'not-found' || error.code === 'invalid') return undefined;
  const retryAfter = error instanceof HttpStatusError ? error.retryAfter : undefined;
  return Math.max(WATCH_AGAIN, retryAfter ?? 0);
}

/** Whether the task API has answered, also if it says that there is no such task. */
export function isAnswered({ error }: TaskPoll): boolean {
  return error === undefined || delayAfter(error) === undefined;
}
