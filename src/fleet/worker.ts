import { Worker } from 'bullmq';
import {
  asyncScheduler,
  exhaustMap,
  from,
  lastValueFrom,
  race,
  startWith,
  Subject,
  takeUntil,
  timer,
  type Observable,
} from 'rxjs';
import type { TaskStatus } from 'rxjs-task-status';

import { openConnection } from './connection.js';
import type { FleetStats } from './fleet-stats.js';
import type { JobData } from './hand-back.js';
import { fleetKeys, waitingJobs } from './keys.js';
import { LearnedCounts } from './learned-counts.js';
import { ThrottledLogger } from './logger.js';
import { messageOf } from './message-of.js';
import { RedisRetry } from './redis-retry.js';
import { TaskRunner } from './task-runner.js';
import { resolveWorkerOptions, type FleetWorkerOptions } from './worker-options.js';

/** How long `stop()` waits for Redis, ms. */
const STOP_LIMIT = 3_000;
/** How long it waits after its commands were given up, and after the connection was closed, ms. */
const END_LIMIT = 500;
/** How often the number of waiting tasks is read, ms. */
const WAITING_INTERVAL = 1_000;
/** How often the counts of a schedule that learns are read, ms. */
const LEARNED_INTERVAL = 2_000;
/** How long no job is asked for after Redis has refused a command, ms. */
const REFUSED_DELAY = 1_000;
/** A watch can outlive any number of workers. */
const MAX_STALLED_COUNT = 1_000_000_000;

/** A worker of a fleet: see {@link createFleetWorker}. No method uses `this`. */
export interface FleetWorker {
  /**
   * What the worker is doing: the current stats on subscribe, then each change, at most ten times a
   * second. Completes after `stop()`.
   */
  readonly stats$: Observable<FleetStats>;
  /** What the worker is doing now. */
  readonly stats: () => FleetStats;
  /**
   * Hands all tasks over to the other workers. Sends no request afterwards. Resolves within seconds,
   * also if Redis is away; its tasks are then found after `lockDuration`. Further calls return the same
   * promise.
   */
  readonly stop: () => Promise<void>;
}

/**
 * Starts a worker of a fleet: it polls tasks of the queue and publishes each change to a stream in
 * Redis, which `changes$` reads. Any number of workers can run, on any number of machines.
 *
 * Every change that a worker has read reaches the stream, in order for each task. No error of Redis and
 * no failure of the API that passes ends a task: only a terminal status, 404, 422 and `maxAge` do. 401
 * and 403 pause the whole fleet, and a failure with `Retry-After` holds it.
 *
 * @param options `connection` and `watch` are required
 * @throws TypeError or RangeError at the call, for an option that is not valid
 *
 * @example
 * const worker = createFleetWorker({
 *   connection: { host: 'redis' },
 *   watch: { apiKey },
 *   limit: { requestsPerSecond: 20 },
 * });
 * process.once('SIGTERM', () => void worker.stop());
 */
export function createFleetWorker<S extends string = TaskStatus>(
  options: FleetWorkerOptions<S>,
): FleetWorker;
export function createFleetWorker(options: FleetWorkerOptions<string>): FleetWorker {
  const resolved = resolveWorkerOptions(options);
  const { concurrency, lockDuration, prefix, queue, watch } = resolved;
  const scheduler = watch.scheduler ?? asyncScheduler;
  const log = new ThrottledLogger(resolved.logger, scheduler);
  const onError = (error: unknown): void => {
    const message = messageOf(error);
    const [kind = ''] = message.split(' ');
    log.warn(`error ${kind}`, `Redis: ${message}`);
  };
  const opened = openConnection(resolved.connection, 'worker', onError);
  const { redis } = opened;
  const retry = new RedisRetry(scheduler, log);
  const store = { redis, keys: fleetKeys(prefix), retry };
  const counts = resolved.learned && new LearnedCounts(resolved.learned, store, log);
  const runner = new TaskRunner({ ...resolved, counts, scheduler, store, log, onError });
  const waitKey = waitingJobs(prefix, queue);
  const worker = new Worker<JobData>(queue, (job, token) => runner.process(job, token, waitKey), {
    connection: redis,
    prefix,
    concurrency,
    lockDuration,
    stalledInterval: lockDuration / 2,
    maxStalledCount: MAX_STALLED_COUNT,
    // Redis may be full for a moment only
    runRetryDelay: 1_000,
  });
  const stopping$ = new Subject<void>();
  const refused$ = new Subject<void>();
  worker.on('error', (error) => {
    onError(error);
    if (error.name === 'ReplyError') refused$.next();
  });
  worker.on('lockRenewalFailed', (jobIds) => runner.onLocksLost(jobIds));

  // after a refused command (OOM, READONLY) BullMQ asks for the next job without a delay
  refused$
    .pipe(
      exhaustMap(() => {
        worker.pause(true).catch(onError);
        return timer(REFUSED_DELAY, scheduler);
      }),
      takeUntil(stopping$),
    )
    .subscribe({ next: () => void worker.resume().catch(onError), error: onError });
  timer(0, WAITING_INTERVAL, scheduler)
    .pipe(
      exhaustMap(() => retry.run(() => redis.llen(waitKey))),
      takeUntil(stopping$),
    )
    .subscribe({ next: (waiting) => runner.onWaiting(waiting), error: onError });
  if (counts) {
    // the first read is the first command of the worker, so it has an answer before the first poll
    timer(LEARNED_INTERVAL, LEARNED_INTERVAL, scheduler)
      .pipe(
        startWith(0),
        exhaustMap(() => counts.read()),
        takeUntil(stopping$),
      )
      .subscribe({ error: onError });
  }

  async function stopNow(): Promise<void> {
    watch.signal?.removeEventListener('abort', onAbort);
    stopping$.next();
    const closed = worker.close().catch(onError);
    runner.stop();
    const end = (limit: number) =>
      lastValueFrom(race(from(closed), timer(limit, scheduler)), { defaultValue: 0 });
    await end(STOP_LIMIT);
    retry.close();
    await end(END_LIMIT);
    opened.close();
    await end(END_LIMIT);
    runner.close();
  }
  let stopped: Promise<void> | undefined;
  const stop = (): Promise<void> => (stopped ??= stopNow());

  const onAbort = () => void stop();
  watch.signal?.addEventListener('abort', onAbort, { once: true });
  if (watch.signal?.aborted) onAbort();
  return { stats$: runner.stats$, stats: () => runner.stats(), stop };
}
