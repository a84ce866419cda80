import {
  asyncScheduler,
  catchError,
  defer,
  distinct,
  from,
  map,
  mergeMap,
  Observable,
  of,
  startWith,
  Subject,
  Subscription,
  takeUntil,
  type ObservableInput,
} from 'rxjs';

import { show } from '../api/shape.js';
import type { TaskStatus } from '../api/task-api.js';
import {
  checkPlain,
  checkTaskId,
  resolve,
  type Plan,
  type TaskStatusOptions,
} from '../watch/options.js';
import { Queue } from '../watch/queue.js';
import { toStatus } from './operators.js';
import { SharedWatch } from './shared-watch.js';
import type { TaskPoll } from './task-polls.js';

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

/** What `statuses$` emits: a task's new status, or the error that it has ended with. */
export type PooledStatus<S extends string = TaskStatus> =
  | { readonly taskId: string; readonly status: S; readonly error?: never }
  | { readonly taskId: string; readonly status?: never; readonly error: unknown };

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
  const { maxConcurrent = 16 } = options;
  const { scheduler, retry } = resolve(options, asyncScheduler);
  if (!(maxConcurrent >= 1) || (maxConcurrent % 1 && maxConcurrent !== Infinity)) {
    throw new RangeError(
      `maxConcurrent must be a whole number of 1 or more, got ${show(maxConcurrent)}`,
    );
  }

  const changed$ = new Subject<void>();
  const closed$ = new Subject<void>();
  const gate = new Queue({ scheduler, retry }, maxConcurrent, () => changed$.next());
  const planOf = (overrides: TaskStatusOptions<S>): Plan<S> => ({
    ...resolve(overlay(options, overrides), asyncScheduler),
    gate,
  });
  const plan = planOf({});
  const watches = new Map<string, SharedWatch<S>>();
  let closed = false;
  let watching = 0;
  let errors = 0;

  const household = {
    started: () => {
      watching++;
      changed$.next();
    },
    polled: ({ error }: TaskPoll<S>) => {
      if (error) errors++;
    },
    ended: () => {
      watching--;
      changed$.next();
    },
    forget: (watch: SharedWatch<S>) => {
      if (watches.get(watch.taskId) === watch) watches.delete(watch.taskId);
    },
  };

  /** The task's watch, held until `holder` is unsubscribed. */
  function hold(taskId: string, its: Plan<S>, holder: Subscription): SharedWatch<S> {
    let watch = watches.get(taskId);
    if (!watch) {
      watch = new SharedWatch(taskId, its, household);
      watches.set(taskId, watch);
    }
    const held = watch;
    held.hold();
    holder.add(() => held.release());
    return held;
  }

  function share<V>(
    taskId: string,
    overrides: TaskStatusOptions<S> | undefined,
    latest: (watch: SharedWatch<S>) => V | undefined,
    live: (live$: Observable<TaskPoll<S>>) => Observable<V>,
  ): Observable<V> {
    checkTaskId(taskId);
    const its = overrides === undefined ? plan : planOf(overrides);
    return new Observable((subscriber) => {
      if (closed) {
        subscriber.complete();
        return;
      }
      const watch = hold(taskId, its, subscriber);
      const seen = latest(watch);
      if (seen !== undefined) subscriber.next(seen);
      live(watch.live$).subscribe(subscriber);
      watch.start();
    });
  }

  const status$ = (taskId: string, overrides?: TaskStatusOptions<S>): Observable<S> =>
    share(
      taskId,
      overrides,
      (watch) => watch.status,
      (live$) => live$.pipe(toStatus()),
    );

  const polls$ = (taskId: string, overrides?: TaskStatusOptions<S>): Observable<TaskPoll<S>> =>
    share(
      taskId,
      overrides,
      (watch) => watch.poll,
      (live$) => live$,
    );

  const statuses$ = (taskIds: ObservableInput<string>): Observable<PooledStatus<S>> =>
    new Observable((subscriber) => {
      const one$ = (taskId: string): Observable<PooledStatus<S>> =>
        defer(() => {
          const own$ = status$(taskId);
          // held to the end of all: what has ended is still known to who looks at one task
          hold(taskId, plan, subscriber);
          return own$;
        }).pipe(
          map((status) => ({ taskId, status })),
          catchError((error: unknown) => of({ taskId, error })),
        );
      if (closed) {
        subscriber.complete();
        return;
      }
      (isAsyncIterable(taskIds) ? pull(taskIds, gate) : from(taskIds))
        .pipe(distinct(), mergeMap(one$), takeUntil(closed$))
        .subscribe(subscriber);
    });

  const stats$: Observable<TaskStatusPoolStats> = changed$.pipe(
    startWith(undefined),
    map((): TaskStatusPoolStats => {
      const { queued, inFlight, requests, heldUntil } = gate;
      const stats = { watching, queued, inFlight, requests, errors };
      return heldUntil === undefined ? stats : { ...stats, heldUntil };
    }),
  );

  const close = (): void => {
    if (closed) return;
    closed = true;
    closed$.next();
    for (const watch of [...watches.values()]) watch.complete();
    watches.clear();
    changed$.complete();
  };

  // where there is no Symbol.dispose the key is "undefined", which nobody asks for
  return { status$, polls$, statuses$, stats$, close, [Symbol.dispose]: close };
}

/** The pool's options with those of one task over them. */
function overlay<S extends string>(
  options: TaskStatusOptions<S>,
  overrides: TaskStatusOptions<S>,
): TaskStatusOptions<S> {
  checkPlain('overrides', overrides, '; in mergeMap and its like write (id) => pool.status$(id)');
  const { transport, fetch, retry } = overrides;
  return {
    ...options,
    // one stands in for the other
    ...(transport || fetch ? { transport: undefined, fetch: undefined } : {}),
    ...overrides,
    backoff: merged('backoff', options.backoff, overrides.backoff) || undefined,
    retry: retry === false ? false : merged('retry', options.retry, retry),
  };
}

function merged<O extends object>(
  name: string,
  own: O | false | undefined,
  over: O | undefined,
): O | false | undefined {
  if (over === undefined) return own;
  checkPlain(name, over);
  return own ? { ...own, ...over } : over;
}

function isAsyncIterable(ids: ObservableInput<string>): ids is AsyncIterable<string> {
  return Symbol.asyncIterator in Object(ids) && !(Symbol.iterator in Object(ids));
}

/** The ids of an async iterable, each pulled when the next request could leave at once. */
function pull(ids: AsyncIterable<string>, gate: Queue): Observable<string> {
  return new Observable((subscriber) => {
    const iterator = ids[Symbol.asyncIterator]();
    const next = (): void => {
      subscriber.add(gate.whenFree(() => void take()));
    };
    const take = async (): Promise<void> => {
      try {
        const pulled = await iterator.next();
        if (pulled.done) subscriber.complete();
        else {
          subscriber.next(pulled.value);
          if (!subscriber.closed) next();
        }
      } catch (error) {
        subscriber.error(error);
      }
    };
    subscriber.add(() => {
      // it has nothing to tell any more, not even a failure
      iterator.return?.().then(undefined, () => undefined);
    });
    next();
  });
}
