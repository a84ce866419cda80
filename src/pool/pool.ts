import {
  asyncScheduler,
  distinctUntilChanged,
  map,
  Observable,
  ReplaySubject,
  startWith,
  Subject,
  takeWhile,
  type ObservableInput,
  type Subscriber,
} from 'rxjs';

import { show } from '../api/guards.js';
import { runAll } from '../api/run-all.js';
import type { BrowserUseV1Task, TaskStatus } from '../api/browser-use.js';
import { iterable, type IterableObservable } from '../stream/iterable.js';
import type { TaskResult } from '../stream/task-result.js';
import { checkPlainObject, checkTaskId } from '../watch/checks.js';
import { mergeOptions } from '../watch/merge-options.js';
import type { TaskStatusOptions } from '../watch/options.js';
import { resolveOptions, type ResolvedOptions } from '../watch/resolve-options.js';
import type { TaskPoll } from '../watch/task-poll.js';
import { fromTaskIds } from './from-task-ids.js';
import { PollObserver, StatusObserver, type Observer } from './observers.js';
import { ResultObserver } from './result-observer.js';
import { RequestLimiter } from './request-limiter.js';
import { SharedResults } from './shared-results.js';
import { SharedWatches } from './shared-watches.js';
import { isSameStats, type TaskStatusPoolStats } from './stats.js';
import { TaskGroup, type PooledStatus } from './task-group.js';
import type { TaskStatusPool, TaskStatusPoolOptions } from './task-status-pool.js';

/** The options of one task. */
interface TaskOptions<S extends string> {
  /** For one subscriber alone. */
  readonly knownStatus: S | undefined;
  /** For the watch that all subscribers share. */
  readonly shared: ResolvedOptions<S>;
}

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
  const allPolls$ = new Subject<TaskPoll<S>>();
  const watches = new SharedWatches<S>({
    scheduler,
    signal,
    onPoll: (poll) => allPolls$.next(poll),
    onChange: () => changed$.next(),
    onHandled: () => limiter.grant(),
  });
  const groups = new Set<Subscriber<PooledStatus<S>>>();
  const poolOptions = resolve(watchOptions);
  let closed = false;
  const closed$ = new ReplaySubject<void>(1);
  const results = new SharedResults<S>(signal, closed$);

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
      (subscriber) => new ResultObserver(taskId, subscriber, (task) => results.resultOf(task)),
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

  const pollNow = (taskId?: string): void => {
    if (taskId !== undefined) checkTaskId(taskId);
    if (!closed) watches.pollNow(taskId);
  };

  const stats = (): TaskStatusPoolStats => {
    const { queued, inFlight, requests, heldUntil } = limiter;
    const { running, errors, failing, lastAnswerAt } = watches;
    return {
      watching: running,
      queued,
      inFlight,
      requests,
      errors,
      failing,
      ...(lastAnswerAt !== undefined && { lastAnswerAt }),
      ...(heldUntil !== undefined && { heldUntil }),
    };
  };

  const currentStats$ = changed$.pipe(
    startWith(undefined),
    map(stats),
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
      () => allPolls$.complete(),
      () => runAll([...groups].map((subscriber) => () => subscriber.complete())),
      () => watches.complete(),
      () => closed$.next(),
      // a cooldown may have ended since the last change
      () => changed$.next(),
      () => changed$.complete(),
    ]);
  };

  // in a runtime without Symbol.dispose the key is "undefined", which does no harm
  return {
    status$,
    polls$,
    result$,
    statuses$,
    allPolls$: allPolls$.asObservable(),
    pollNow,
    stats,
    stats$,
    close,
    [Symbol.dispose]: close,
  };
}

function checkMaxConcurrent(value: unknown): void {
  if (value === Infinity || (Number.isInteger(value) && Number(value) >= 1)) return;
  const message = `maxConcurrent must be an integer of at least 1, or Infinity, got ${show(value)}`;
  throw typeof value === 'number' ? new RangeError(message) : new TypeError(message);
}
