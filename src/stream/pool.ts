import {
  asyncScheduler,
  distinctUntilChanged,
  map,
  Observable,
  startWith,
  Subject,
  takeWhile,
  type ObservableInput,
  type Subscriber,
} from 'rxjs';

import type { TaskStatus } from '../api/task-api.js';
import { checkNumber, checkPlainObject, checkTaskId } from '../watch/checks.js';
import { mergeOptions } from '../watch/merge-options.js';
import type { TaskStatusOptions } from '../watch/options.js';
import { RequestLimiter } from '../watch/request-limiter.js';
import { resolveOptions, type ResolvedOptions } from '../watch/resolve-options.js';
import { idsOf } from './ids-of.js';
import { SharedWatch, type Household, type Viewer } from './shared-watch.js';
import { TaskGroup, type PooledStatus } from './task-group.js';
import type { TaskPoll } from '../watch/task-poll.js';
import { toAll } from './to-all.js';
import { PollViewer, StatusViewer } from './viewers.js';

export type { PooledStatus } from './task-group.js';

/** The options of a pool: those of `taskStatus$`, and how many requests it makes at once. */
export interface TaskStatusPoolOptions<S extends string = TaskStatus> extends TaskStatusOptions<S> {
  /** At most this many requests of the whole pool are on their way, 1 or more. Default 16. */
  readonly maxConcurrent?: number | undefined;
}

/** What a pool is doing. */
export interface TaskStatusPoolStats {
  /** Tasks that are being watched. */
  readonly watching: number;
  /** Requests that wait for their turn. */
  readonly queued: number;
  /** Requests on their way. */
  readonly inFlight: number;
  /** Requests that have left so far. */
  readonly requests: number;
  /** Requests so far that brought no status. */
  readonly errors: number;
  /** Until when the server wants to be left alone, by the scheduler's clock; absent otherwise. */
  readonly heldUntil?: number;
}

type DisposeMethod = SymbolConstructor extends { readonly dispose: infer D extends symbol }
  ? { readonly [K in D]: () => void }
  : unknown;

/** Watches many tasks for many subscribers; see {@link createTaskStatusPool}. Its methods work detached. */
export type TaskStatusPool<S extends string = TaskStatus> = DisposeMethod & {
  /**
   * The statuses of a task, as `taskStatus$` gives them; a late subscriber gets the latest at once.
   *
   * @param overrides options for this task; where it is watched already, those it is watched with hold
   */
  readonly status$: (taskId: string, overrides?: TaskStatusOptions<S>) => Observable<S>;
  /** The polls of a task, as `taskPolls$` gives them; a late subscriber gets the latest at once. */
  readonly polls$: (taskId: string, overrides?: TaskStatusOptions<S>) => Observable<TaskPoll<S>>;
  /**
   * The statuses of many tasks. A task's error comes as an element and ends that task alone; repeated
   * ids are watched once. Completes when the ids have and every task has ended. Of an async iterable
   * no more ids are pulled than requests can leave.
   */
  readonly statuses$: (taskIds: ObservableInput<string>) => Observable<PooledStatus<S>>;
  /** What the pool is doing: now, and after each change. */
  readonly stats$: Observable<TaskStatusPoolStats>;
  /** Completes everything that the pool has given out. */
  readonly close: () => void;
};

/**
 * Watches many tasks for many subscribers, for dashboards and monitors.
 *
 * There is one watch for a task however many subscribe to it; the last one to leave stops it. At most
 * `maxConcurrent` requests of the whole pool are on their way, first come, first served; time in the
 * queue does not count as `requestTimeout`. A 429, or a 503 with `Retry-After`, holds the whole pool,
 * and after it requests leave spread out.
 *
 * @param options as for `taskStatus$`, and `maxConcurrent` (default 16)
 * @throws TypeError or RangeError at the call, for options that cannot work
 *
 * @example
 * const pool = createTaskStatusPool({ apiKey });
 * pool.statuses$(['task_1', 'task_2']).subscribe(({ taskId, status, error }) =>
 *   console.log(taskId, status ?? error),
 * );
 */
export function createTaskStatusPool<S extends string = TaskStatus>(
  options: TaskStatusPoolOptions<S> = {},
): TaskStatusPool<S> {
  const { scheduler, retry } = resolveOptions(options, asyncScheduler);
  // the signal is the pool's own business: a listener for each watch is found one after the other,
  // which at 100,000 takes all the time there is
  const { maxConcurrent = 16, signal, ...watched } = options;
  checkNumber('maxConcurrent', maxConcurrent, [1, Infinity, Infinity, true]);

  const changed$ = new Subject<void>();
  const limiter = new RequestLimiter({ scheduler, retry }, maxConcurrent, changed$);
  const resolveOwn = (own: TaskStatusOptions<S>): ResolvedOptions<S> =>
    resolveOptions(own, asyncScheduler, limiter);
  const resolved = resolveOwn(watched);
  const withOverrides = (overrides: TaskStatusOptions<S>): TaskStatusOptions<S> => {
    checkPlainObject('overrides', overrides, '; as a callback write (id) => pool.status$(id)');
    return mergeOptions(watched, overrides);
  };
  const watches = new Map<string, SharedWatch<S>>();
  const groups = new Set<Subscriber<PooledStatus<S>>>();
  let closed = false;
  let watching = 0;
  let errors = 0;
  /** How many watches end with the pool's signal. */
  let heeding = 0;

  const heeds = (watch: SharedWatch<S>): boolean => !watch.options.signal;
  const abort = (): void => {
    endAll(
      [...watches.values()].filter((watch) => watch.on && heeds(watch)),
      // Stryker disable next-line OptionalChaining: it is a listener on signal
      (watch) => watch.error(signal?.reason),
    );
  };

  const household: Household<S> = {
    started: (watch) => {
      watching++;
      if (signal && heeds(watch)) {
        if (heeding++ === 0) signal.addEventListener('abort', abort);
        if (signal.aborted) watch.error(signal.reason);
      }
      changed$.next();
    },
    answered: (error) => {
      if (error) errors++;
    },
    settled: () => limiter.grant(),
    ended: (watch) => {
      watching--;
      if (signal && heeds(watch) && --heeding === 0) signal.removeEventListener('abort', abort);
      changed$.next();
    },
    forget: (watch) => {
      if (watches.get(watch.taskId) === watch) watches.delete(watch.taskId);
    },
  };

  function watchOf(taskId: string, its: ResolvedOptions<S> = resolved): SharedWatch<S> {
    let watch = watches.get(taskId);
    if (!watch) {
      watch = new SharedWatch(taskId, its, household);
      watches.set(taskId, watch);
    }
    return watch;
  }

  function share<V>(
    taskId: string,
    overrides: TaskStatusOptions<S> | undefined,
    viewerOf: (subscriber: Subscriber<V>) => Viewer<S>,
  ): Observable<V> {
    checkTaskId(taskId);
    const its = overrides === undefined ? resolved : resolveOwn(withOverrides(overrides));
    return new Observable((subscriber) => {
      if (closed) {
        subscriber.complete();
        return;
      }
      const viewer = viewerOf(subscriber);
      const watch = watchOf(taskId, its);
      // before join(): the subscriber may unsubscribe inside it
      subscriber.add(() => watch.leave(viewer));
      watch.join(viewer);
    });
  }

  const status$ = (taskId: string, overrides?: TaskStatusOptions<S>): Observable<S> =>
    share(taskId, overrides, (subscriber) => new StatusViewer(subscriber));

  const polls$ = (taskId: string, overrides?: TaskStatusOptions<S>): Observable<TaskPoll<S>> =>
    share(taskId, overrides, (subscriber) => new PollViewer(subscriber));

  const statuses$ = (taskIds: ObservableInput<string>): Observable<PooledStatus<S>> => {
    const ids$ = idsOf(taskIds, (callback) => limiter.onCapacity(callback));
    return new Observable((subscriber) => {
      if (closed) {
        subscriber.complete();
        return;
      }
      const group = new TaskGroup(subscriber, (taskId) => watchOf(taskId));
      groups.add(subscriber);
      // Stryker disable next-line ArrowFunction: for the sake of memory, which test/pool/freed.test.ts looks at
      subscriber.add(() => groups.delete(subscriber));
      subscriber.add(group);
      subscriber.add(
        // not in next: a list goes on by itself, and who leaves inside of it could not stop it there
        ids$.pipe(takeWhile((taskId) => group.add(taskId))).subscribe({
          error: (error: unknown) => subscriber.error(error),
          complete: () => group.complete(),
        }),
      );
    });
  };

  const figures$ = changed$.pipe(
    startWith(undefined),
    map((): TaskStatusPoolStats => {
      const { queued, inFlight, requests, heldUntil } = limiter;
      const figures = { watching, queued, inFlight, requests, errors };
      return heldUntil === undefined ? figures : { ...figures, heldUntil };
    }),
    distinctUntilChanged(isSame),
  );
  const stats$ = new Observable<TaskStatusPoolStats>((subscriber) => {
    figures$.subscribe(subscriber);
    // that a hold is over is a change as well: the limiter keeps a timer for it while someone looks
    limiter.grant();
    return () => limiter.grant();
  });

  const close = (): void => {
    closed = true;
    toAll(
      [
        () => toAll([...groups], (group) => group.complete()),
        () => endAll([...watches.values()], (watch) => watch.complete()),
        // a hold may be over by now, of which nobody has told yet
        () => changed$.next(),
        () => changed$.complete(),
      ],
      (step) => step(),
    );
  };

  // where there is no Symbol.dispose the key is "undefined", which nobody asks for
  return { status$, polls$, statuses$, stats$, close, [Symbol.dispose]: close };
}

/** Ends many watches: all stop before anyone is told, so that none is let in for those before it. */
function endAll<S extends string>(
  watches: readonly SharedWatch<S>[],
  end: (watch: SharedWatch<S>) => void,
): void {
  try {
    toAll(watches, (watch) => watch.halt());
  } finally {
    toAll(watches, end);
  }
}

function isSame(one: TaskStatusPoolStats, other: TaskStatusPoolStats): boolean {
  return (
    one.watching === other.watching &&
    one.queued === other.queued &&
    one.inFlight === other.inFlight &&
    one.requests === other.requests &&
    // Stryker disable next-line ConditionalExpression: a failure changes what is in flight as well
    one.errors === other.errors &&
    one.heldUntil === other.heldUntil
  );
}
