import {
  asyncScheduler,
  distinctUntilChanged,
  map,
  merge,
  Observable,
  ReplaySubject,
  shareReplay,
  startWith,
  Subject,
  take,
  takeWhile,
  type ObservableInput,
  type Subscriber,
} from 'rxjs';

import { show } from '../api/guards.js';
import { runAll } from '../api/run-all.js';
import type { BrowserUseV1Task, TaskStatus } from '../api/browser-use.js';
import { TaskUnsuccessfulError } from '../api/errors.js';
import { iterable, type IterableObservable } from '../stream/iterable.js';
import { emitResult, type EndedTask, type TaskResult } from '../stream/task-result.js';
import { checkPlainObject, checkTaskId } from '../watch/checks.js';
import { mergeOptions } from '../watch/merge-options.js';
import type { TaskStatusOptions } from '../watch/options.js';
import { resolveOptions, type ResolvedOptions } from '../watch/resolve-options.js';
import type { TaskPoll } from '../watch/task-poll.js';
import { fromTaskIds } from './from-task-ids.js';
import { PollObserver, StatusObserver, type Observer } from './observers.js';
import { ResultObserver } from './result-observer.js';
import { RequestLimiter } from './request-limiter.js';
import { SharedWatches } from './shared-watches.js';
import { isSameStats, type TaskStatusPoolStats } from './stats.js';
import { TaskGroup, type PooledStatus } from './task-group.js';

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

/** `close()` for `using`, where the type library has `Symbol.dispose`. */
type DisposeMethod = SymbolConstructor extends { readonly dispose: infer D extends symbol }
  ? { readonly [K in D]: () => void }
  : unknown;

/** The options of one task. */
interface TaskOptions<S extends string> {
  /** For one subscriber alone. */
  readonly knownStatus: S | undefined;
  /** For the watch that all subscribers share. */
  readonly shared: ResolvedOptions<S>;
}

/** Watches many tasks for many subscribers, see {@link createTaskStatusPool}. No method uses `this`. */
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
  /** The stats of the pool: the current ones on subscribe, then each change. Completes on `close()`. */
  readonly stats$: Observable<TaskStatusPoolStats>;
  /**
   * Completes all streams of the pool and aborts its requests; a `result$` without its result errors.
   * Further calls do nothing.
   */
  readonly close: () => void;
};

/**
 * Watches many tasks for many subscribers, for dashboards and monitors.
 *
 * A task has one watch, however many subscribe to it; the last one to unsubscribe stops it. At most
 * `maxConcurrent` requests of the whole pool are in flight, first in, first out. Time in the queue does
 * not count towards `requestTimeout`. A 429, or a 503 with `Retry-After`, pauses the whole pool; after
 * that its requests are spread out.
 *
 * @param options as for `taskStatus$`, and `maxConcurrent` (default 16)
 * @throws TypeError or RangeError at the call, for an option that is not valid
 *
 * @example
 * const pool = createTaskStatusPool({ apiKey });
 * pool.statuses$(['task_1', 'task_2']).subscribe(({ taskId, status, error }) =>
 *   console.log(taskId, status ?? error),
 * );
 */
export function createTaskStatusPool(
  options?: TaskStatusPoolOptions & { readonly api?: undefined },
): TaskStatusPool<TaskStatus, undefined, BrowserUseV1Task>;
/**
 * The same for another API.
 *
 * @param options as above; `api` decides the types
 */
export function createTaskStatusPool<S extends string = TaskStatus, D = unknown, R = unknown>(
  options?: TaskStatusPoolOptions<S, D, R>,
): TaskStatusPool<S, D, R>;
export function createTaskStatusPool<S extends string>(
  options: TaskStatusPoolOptions<S> = {},
): TaskStatusPool<S> {
  const { scheduler, retry } = resolveOptions(options, asyncScheduler);
  // the pool listens to the signal once for all watches: removing one of 100,000 listeners is slow
  const { maxConcurrent = 16, signal, ...watchOptions } = options;
  checkMaxConcurrent(maxConcurrent);

  const changed$ = new Subject<void>();
  const limiter = new RequestLimiter({ scheduler, retry, maxConcurrent }, changed$);
  const watches = new SharedWatches<S>({
    signal,
    onChange: () => changed$.next(),
    onHandled: () => limiter.grant(),
  });
  const groups = new Set<Subscriber<PooledStatus<S>>>();
  const poolOptions = resolve(watchOptions);
  let closed = false;
  const closed$ = new ReplaySubject<void>(1);

  function resolve(own: TaskStatusOptions<S>): TaskOptions<S> {
    const { knownStatus, ...shared } = resolveOptions(own, asyncScheduler, limiter);
    return { knownStatus, shared: { ...shared, knownStatus: undefined } };
  }

  function withOverrides(overrides: TaskStatusOptions<S>): TaskOptions<S> {
    checkPlainObject('overrides', overrides, '; as a callback write (id) => pool.status$(id)');
    return resolve(mergeOptions(watchOptions, overrides));
  }

  function observeTask<V>(
    taskId: string,
    overrides: TaskStatusOptions<S> | undefined,
    observerOf: (subscriber: Subscriber<V>, options: TaskOptions<S>) => Observer<S>,
  ): IterableObservable<V> {
    checkTaskId(taskId);
    const taskOptions = overrides === undefined ? poolOptions : withOverrides(overrides);
    const task$ = new Observable<V>((subscriber) => {
      const observer = observerOf(subscriber, taskOptions);
      if (closed) {
        observer.onComplete();
        return;
      }
      const watch = watches.find(taskId, taskOptions.shared);
      // before add(): the subscriber may unsubscribe inside it
      subscriber.add(() => watch.remove(observer));
      watch.add(observer);
    });
    return iterable(task$);
  }

  // the observers of a watch get the same object at its end
  const results = new WeakMap<EndedTask<S>, Observable<TaskResult<S>>>();

  /** The result of a task that has ended: one request for all who subscribe with the same object. */
  function resultOf(task: EndedTask<S>): Observable<TaskResult<S>> {
    let result$ = results.get(task);
    if (!result$) {
      const { options: shared, answer } = task;
      const { taskId, status, details } = answer;
      const options = { ...shared, signal: shared.signal ?? signal };
      const fetched$ = new Observable<TaskResult<S>>((subscriber) =>
        emitResult({ ...task, options }, subscriber),
      );
      const closedBefore$ = closed$.pipe(
        map(() => {
          throw new TaskUnsuccessfulError(status, taskId, false, details);
        }),
      );
      // first, because a transport may close the pool
      result$ = merge(closedBefore$, fetched$).pipe(
        take(1),
        shareReplay({ bufferSize: 1, refCount: true }),
      );
      results.set(task, result$);
    }
    return result$;
  }

  type Overrides = TaskStatusOptions<S>;

  const status$ = (taskId: string, overrides?: Overrides): IterableObservable<S> =>
    observeTask(
      taskId,
      overrides,
      (subscriber, { knownStatus }) => new StatusObserver(subscriber, knownStatus),
    );

  const polls$ = (taskId: string, overrides?: Overrides): IterableObservable<TaskPoll<S>> =>
    observeTask(
      taskId,
      overrides,
      (subscriber, { knownStatus }) => new PollObserver(subscriber, knownStatus),
    );

  const result$ = (taskId: string, overrides?: Overrides): IterableObservable<TaskResult<S>> =>
    observeTask(
      taskId,
      overrides,
      (subscriber) => new ResultObserver(taskId, subscriber, resultOf),
    );

  const statuses$ = (taskIds: ObservableInput<string>): Observable<PooledStatus<S>> => {
    const ids$ = fromTaskIds(taskIds, (callback) => limiter.onCapacity(callback));
    return new Observable((subscriber) => {
      if (closed) {
        subscriber.complete();
        return;
      }
      const { knownStatus, shared } = poolOptions;
      const source = {
        find: (taskId: string) => watches.find(taskId, shared),
        findRunning: (taskId: string) => watches.findRunning(taskId, shared),
      };
      const group = new TaskGroup(subscriber, source, knownStatus, Array.isArray(taskIds));
      groups.add(subscriber);
      subscriber.add(() => groups.delete(subscriber));
      // not the group itself: RxJS 8 calls the method `add` of a teardown that has one
      subscriber.add(() => group.unsubscribe());
      subscriber.add(
        // takeWhile: an array emits all ids inside subscribe(), before anything can unsubscribe
        ids$.pipe(takeWhile((taskId) => group.add(taskId))).subscribe({
          error: (error: unknown) => subscriber.error(error),
          complete: () => group.completeIds(),
        }),
      );
    });
  };

  const currentStats$ = changed$.pipe(
    startWith(undefined),
    map((): TaskStatusPoolStats => {
      const { queued, inFlight, requests, heldUntil } = limiter;
      const { running, errors } = watches;
      const stats = { watching: running, queued, inFlight, requests, errors };
      return heldUntil === undefined ? stats : { ...stats, heldUntil };
    }),
    distinctUntilChanged(isSameStats),
  );
  const stats$ = new Observable<TaskStatusPoolStats>((subscriber) => {
    currentStats$.subscribe(subscriber);
    // starts or stops the timer for the end of a cooldown, which changes the stats
    limiter.grant();
    return () => limiter.grant();
  });

  const close = (): void => {
    closed = true;
    runAll([
      () => runAll([...groups].map((subscriber) => () => subscriber.complete())),
      () => watches.complete(),
      () => closed$.next(),
      // a cooldown may have ended since the last change
      () => changed$.next(),
      () => changed$.complete(),
    ]);
  };

  // in a runtime without Symbol.dispose the key is "undefined", which does no harm
  return { status$, polls$, result$, statuses$, stats$, close, [Symbol.dispose]: close };
}

function checkMaxConcurrent(value: unknown): void {
  if (value === Infinity || (Number.isInteger(value) && Number(value) >= 1)) return;
  const message = `maxConcurrent must be an integer of at least 1, or Infinity, got ${show(value)}`;
  throw typeof value === 'number' ? new RangeError(message) : new TypeError(message);
}
