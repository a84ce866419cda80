// #region recipe
import { channel } from 'node:diagnostics_channel';
import type { Subscription } from 'rxjs';
import type { TaskStatusPool } from 'rxjs-task-status';

const polls = channel('rxjs-task-status:poll');

/** Publishes every poll of a pool on the diagnostics channel `rxjs-task-status:poll`. */
export function publishPolls<S extends string>(pool: TaskStatusPool<S>): Subscription {
  return pool.allPolls$.subscribe((poll) => {
    if (polls.hasSubscribers) polls.publish(poll);
  });
}
// #endregion
