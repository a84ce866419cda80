import { makeStateKey, type StateKey, type TransferState } from '@angular/core';
import { browserUseV1, isTaskStatusError, type TaskApi, type TaskPoll } from 'rxjs-task-status';

import { fromTransferable, toTransferable, type TransferableError } from './transferable-error.js';

/** The outcome of the one request on the server. */
export interface ServerPoll {
  /** Absent if there was no answer to handle, for example because `apiKey` threw. */
  readonly poll?: TaskPoll<string> | undefined;
  /** Why there is no status. Absent if there is one, or if the poll counts as "not visible yet". */
  readonly error?: unknown;
  /** Whether a retry may help. */
  readonly isTransient: boolean;
}

/** A {@link ServerPoll} as JSON. */
interface TransferredPoll {
  readonly poll?: PollFields | undefined;
  /** The error of the poll, or why there is none. */
  readonly error?: TransferableError | undefined;
  /** Whether the error is also that of the watch. */
  readonly hasFailed: boolean;
  readonly isTransient: boolean;
}

/** The fields of a poll but its error. */
interface PollFields {
  readonly taskId: string;
  readonly attempt: number;
  readonly at: number;
  readonly duration: number;
  readonly changed: boolean;
  readonly status?: string | undefined;
  readonly details?: unknown;
}

type Api = TaskApi<string> | undefined;

/**
 * The polls of the server, which the HTML contains for the first frames of the browser.
 *
 * Each is kept, because with incremental hydration a component may start much later. A newer status
 * replaces it.
 */
export class TransferredPolls {
  readonly #state: TransferState;

  constructor(state: TransferState) {
    this.#state = state;
  }

  /** Stores what the server has learned about a task. */
  set(taskId: string, api: Api, { poll, error, isTransient }: ServerPoll): void {
    const reason = error ?? poll?.error;
    this.#state.set(keyOf(taskId, api), {
      poll: poll && fieldsOf(poll),
      error: reason === undefined ? undefined : toTransferable(reason),
      hasFailed: error !== undefined,
      isTransient,
    });
  }

  /** What is known about a task; `undefined` if the server has not polled it. */
  get(taskId: string, api: Api): ServerPoll | undefined {
    const transferred = this.#state.get(keyOf(taskId, api), undefined);
    if (!transferred) return undefined;
    const { poll, hasFailed, isTransient } = transferred;
    const error = transferred.error && fromTransferable(transferred.error);
    return { poll: poll && toPoll(poll, error), error: hasFailed ? error : undefined, isTransient };
  }

  /** Replaces what the server has learned by a poll of the browser. */
  update(api: Api, poll: TaskPoll<string>): void {
    const { taskId, status, error, nextDelay } = poll;
    const key = keyOf(taskId, api);
    if (!this.#state.hasKey(key)) return;
    if (status !== undefined) this.set(taskId, api, { poll, isTransient: false });
    // the watch has failed: the next one must ask again
    else if (error && nextDelay === undefined) this.#state.remove(key);
  }
}

/** Two APIs may have tasks with the same id. */
function keyOf(taskId: string, api: Api = browserUseV1): StateKey<TransferredPoll | undefined> {
  return makeStateKey(`rxjs-task-status ${taskId} ${api.statuses.join()}`);
}

function fieldsOf({
  taskId,
  attempt,
  at,
  duration,
  changed,
  status,
  details,
}: TaskPoll<string>): PollFields {
  return { taskId, attempt, at, duration, changed, status, details };
}

function toPoll(
  { status, details, ...fields }: PollFields,
  error: Error | undefined,
): TaskPoll<string> | undefined {
  if (status !== undefined) {
    return { ...fields, status, ...(details !== undefined && { details }) };
  }
  return isTaskStatusError<string>(error) ? { ...fields, error } : undefined;
}
