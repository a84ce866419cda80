import type { Observable, ObservableInput } from 'rxjs';

import type { TaskStatus } from '../api/browser-use.js';
import type { IterableObservable } from '../stream/iterable.js';
import type { TaskResult } from '../stream/task-result.js';
import type { TaskStatusOptions } from '../watch/options.js';
import type { TaskPoll } from '../watch/task-poll.js';
import type { TaskStatusPoolStats } from './stats.js';
import type { PooledStatus } from './task-group.js';

/** The options of a pool: those of `taskStatus$`, and a limit of concurrent requests. */
export interface TaskStatusPoolOptions<
  S extends string = TaskStatus,
  D = unknown,
  R = unknown,
> extends TaskStatusOptions<S, D, R> {
  /**
   * How many requests of the whole pool can be in flight: an integer of at least 1, or `Infinity`.
   * Default 16.
   */
  readonly maxConcurrent?: number | undefined;
}

/**
 * `close()` for `using`, where the type library has `Symbol.dispose`.
 *
 * @inline
 */
type DisposeMethod = SymbolConstructor extends { readonly dispose: infer D extends symbol }
  ? { readonly [K in D]: () => void }
  : unknown;

/** Watches many tasks for many subscribers, see `createTaskStatusPool`. No method uses `this`. */
export type TaskStatusPool<
  S extends string = TaskStatus,
  D = unknown,
  R = unknown,
> = DisposeMethod & {
  /**
   * The statuses of a task, like `taskStatus$`. A late subscriber gets the latest status at once.
   * Also completes when the pool is closed.
   *
   * @param overrides options for this task. If the task is being watched already, only `knownStatus`
   * has an effect, for this subscriber alone
   */
  readonly status$: (taskId: string, overrides?: TaskStatusOptions<S>) => IterableObservable<S>;
  /**
   * The polls of a task, like `taskPolls$`. A late subscriber gets the latest poll at once. Also
   * completes when the pool is closed.
   *
   * @param overrides as for `status$`
   */
  readonly polls$: (
    taskId: string,
    overrides?: TaskStatusOptions<S>,
  ) => IterableObservable<TaskPoll<S, D>>;
  /**
   * The result of a task, like `taskResult$`: emits one value and completes. All subscribers share the
   * watch and the request of the result, which counts towards `maxConcurrent`. Errors with a
   * `TaskUnsuccessfulError` if the task ended without success, and if the pool is closed before the
   * result has arrived. `knownStatus` has no effect.
   *
   * @param overrides as for `status$`
   */
  readonly result$: (
    taskId: string,
    overrides?: TaskStatusOptions<S>,
  ) => IterableObservable<TaskResult<S, D, R>>;
  /**
   * The statuses of many tasks. A task's error is emitted as a value and ends only the watch of that
   * task. Completes when the ids have completed and every task has ended, and when the pool is closed.
   * Errors if the ids error.
   *
   * An id that is repeated while its task is being watched changes nothing. An id that comes again
   * after its task has ended is watched again. Ids of an async iterable are pulled only as fast as
   * requests can be sent.
   */
  readonly statuses$: (taskIds: ObservableInput<string>) => Observable<PooledStatus<S>>;
  /**
   * Every poll of every task that is being watched, also of tasks that are added later: for logs,
   * metrics and traces. Each poll is emitted once, however many subscribers its task has, and before
   * they get it. `changed` is relative to the previous status of the watch, and true for the first one.
   * Starts no watch. Never errors; completes on `close()`.
   */
  readonly allPolls$: Observable<TaskPoll<S, D>>;
  /**
   * Polls one task now, or all, like the option `pollNow`: it ends a poll delay but not the delay before
   * a retry, waits for `maxConcurrent` and for the end of a cooldown, and does nothing in a pause, for a
   * task that is not being watched, and after `close()`. A task is polled at most every 250 ms.
   *
   * @param taskId the task; all tasks if absent
   * @throws TypeError for a task id that is not valid
   */
  readonly pollNow: (taskId?: string) => void;
  /** The present stats of the pool. After `close()` they do not change. */
  readonly stats: () => TaskStatusPoolStats;
  /** The stats of the pool: the present ones on subscribe, then each change. Completes on `close()`. */
  readonly stats$: Observable<TaskStatusPoolStats>;
  /**
   * Completes all streams of the pool and aborts its requests; a `result$` without its result errors.
   * Further calls do nothing.
   */
  readonly close: () => void;
};
