import type { BackoffOptions, RetryOptions, TaskPoll, TaskStatusOptions } from 'rxjs-task-status';

import { exponentialDelay, withJitter } from '../watch/backoff.js';
import type { Rest } from './owned-task.js';

/** The counts of one slice of a watch. */
export interface SliceCounts {
  /** How many times in a row the last status was seen. */
  readonly seen: number;
  /** How many failures there were in a row. */
  readonly failures: number;
  /** Whether a status has changed. */
  readonly changed: boolean;
  /** Whether a request has succeeded. */
  readonly succeeded: boolean;
}

/**
 * When the next request of a task is due that gives its slot back after a poll.
 *
 * A watch that starts again begins its schedule again. So the counts are kept with the task, and the
 * delay is at least the one that a watch without a break would have.
 *
 * @param poll the last poll of the slice
 * @param before the counts before the slice
 * @param counts the counts of the slice
 */
export function restAfter(
  poll: TaskPoll<string>,
  before: Pick<Rest, 'seen' | 'failures'>,
  counts: SliceCounts,
  { backoff = {}, retry }: Pick<TaskStatusOptions<string>, 'backoff' | 'retry'>,
): Rest {
  const planned = poll.nextDelay ?? 0;
  const seen = counts.seen + (counts.changed ? 0 : before.seen);
  const failures = counts.failures + (counts.succeeded ? 0 : before.failures);
  const polling = pollDelay(Math.max(1, seen), backoff);
  const delay =
    failures === 0
      ? polling
      : Math.max(retryDelay(failures, retry || {}), failures > 1 ? polling : 0);
  return { due: Math.max(planned, delay), seen, failures };
}

/**
 * The schedule of a slice that continues a watch. The caller's function `delay` gets the counts and the
 * time of the whole watch, not only of the slice.
 *
 * @param before how many times in a row the status was seen before the slice, and how long it has lasted
 */
export function continueBackoff(
  { backoff = {} }: Pick<TaskStatusOptions<string>, 'backoff'>,
  before: (status: string | undefined) => { readonly seen: number; readonly elapsed: number },
): Pick<TaskStatusOptions<string>, 'backoff'> {
  const { delay } = backoff;
  if (!delay) return {};
  return {
    backoff: {
      delay: (count, status, { taskId }) => {
        const { seen, elapsed } = before(status);
        return delay(seen + count, status, { taskId, elapsed });
      },
    },
  };
}

// The defaults of `taskStatus$`.

function pollDelay(seen: number, options: BackoffOptions<string>): number {
  const { delay, initialDelay = 1_000, factor = 1.5, jitter = 0.1 } = options;
  const { maxDelay = Math.max(5_000, initialDelay), random = Math.random } = options;
  // the delay that the function has planned is not a formula of `seen`
  if (delay) return 0;
  const base = exponentialDelay(seen, { initialDelay, factor, maxDelay });
  return withJitter(base, 0, { jitter, random });
}

function retryDelay(failures: number, options: RetryOptions): number {
  const { initialDelay = 500, factor = 2, maxDelay = 30_000, jitter = 0.5 } = options;
  const { random = Math.random } = options;
  const base = exponentialDelay(failures, { initialDelay, factor, maxDelay });
  return withJitter(base, 0, { jitter, random });
}
