// #region recipe
import type { Logger } from 'pino';
import type { Subscription } from 'rxjs';
import type { TaskStatusPool } from 'rxjs-task-status';

/** Logs every poll of a pool: changes as `info`, failures as `warn`, the others as `debug`. */
export function logPolls<S extends string>(pool: TaskStatusPool<S>, logger: Logger): Subscription {
  return pool.allPolls$.subscribe((poll) => {
    // without the details, which may contain the whole output of the task
    const { taskId, attempt, at, duration, nextDelay, changed, status, error } = poll;
    const fields = { taskId, attempt, at, duration, nextDelay };
    if (error) logger.warn({ ...fields, err: error }, 'poll failed');
    else if (changed) logger.info({ ...fields, status }, 'status changed');
    else logger.debug({ ...fields, status }, 'polled');
  });
}
// #endregion
