import type { TaskStatusError } from '../api/errors.js';
import type { TaskStatus } from '../api/browser-use.js';

/**
 * One completed attempt: a request that was answered with a `status`, or failed with an `error`. All
 * times are ms.
 */
export type TaskPoll<S extends string = TaskStatus, D = unknown> = {
  /** The task's id. */
  readonly taskId: string;
  /** Which request of the watch this was: 1, 2, … */
  readonly attempt: number;
  /** When the request was sent, by the scheduler's clock. */
  readonly at: number;
  /** How long it took from sending the request to handling its answer. */
  readonly duration: number;
  /** The planned delay before the next request; absent if, and only if, this poll ends the watch. */
  readonly nextDelay?: number;
  /** Whether the status differs from the previous one, or from `knownStatus`. */
  readonly changed: boolean;
} & (
  | {
      readonly status: S;
      /** What the API's `details` returned for this answer; absent if the API has none. */
      readonly details?: D;
      readonly error?: never;
    }
  | { readonly status?: never; readonly details?: never; readonly error: TaskStatusError<S> }
);
