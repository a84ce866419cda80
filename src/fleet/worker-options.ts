import {
  createTaskStatus,
  mergeOptions,
  type TaskStatus,
  type TaskStatusOptions,
} from 'rxjs-task-status';

import { checkConnection, type FleetConnection } from './connection.js';
import type { FleetLearned } from './fleet-learned.js';
import { DEFAULT_PREFIX, DEFAULT_QUEUE } from './keys.js';
import type { FleetLogger } from './logger.js';

/** The options of {@link createFleetWorker}. */
export interface FleetWorkerOptions<S extends string = TaskStatus> {
  /**
   * ioredis options, or an ioredis instance. An instance with `maxRetriesPerRequest: null` is used as it
   * is, and not closed; another one is duplicated. The worker has two connections.
   */
  readonly connection: FleetConnection;
  /**
   * The prefix of all keys in Redis. Every worker and reader of a fleet has the same. Default:
   * `{fleet}`; the braces keep all keys on one node of a cluster.
   */
  readonly prefix?: string | undefined;
  /** The name of the queue. Default: `tasks`. */
  readonly queue?: string | undefined;
  /**
   * How many tasks this worker watches at the same time, an integer of at least 1. If there are more
   * tasks than slots, they are polled in turn. Default: 500.
   */
  readonly concurrency?: number | undefined;
  /**
   * How tasks are polled, as for `taskStatus$`. The fleet retries every failure but 404 and 422, so
   * `maxRetries`, `maxRetryAfter` and `shouldRetry` have no effect, and neither have `knownStatus` and
   * `unknownStatus`. `timeout` is the default of `maxAge`. An aborted `signal` stops the worker.
   */
  readonly watch: TaskStatusOptions<S>;
  /** The limit of requests over all workers. Every worker has the same. Default: none. */
  readonly limit?: FleetLimit | undefined;
  /**
   * A task that has not ended this long after it was added is published with `error: 'timeout'`, ms, at
   * least 1, or `Infinity`. Default: `watch.timeout`, else `Infinity`.
   */
  readonly maxAge?: number | undefined;
  /**
   * How long a worker may be away before others get its tasks, ms, at least 1,000. They check twice as
   * often. Default: 30,000.
   */
  readonly lockDuration?: number | undefined;
  /**
   * A schedule that learns how long tasks take, `learnedDelay()` of `rxjs-task-status/learned`. It is the
   * `backoff.delay` of `watch`, and all workers share what they learn, in Redis. `backoff.maxDelay` still
   * applies: raise it, for example to 60,000. Default: none.
   */
  readonly learned?: FleetLearned | undefined;
  /** Where the worker logs. Default: `console`, without `debug`. */
  readonly logger?: FleetLogger | undefined;
}

/** The limit of requests of a fleet. */
export interface FleetLimit {
  /** Above 0. The requests are evenly spaced. */
  readonly requestsPerSecond: number;
}

/** {@link FleetWorkerOptions}: checked, with every default filled in. */
export interface ResolvedWorkerOptions {
  readonly connection: FleetConnection;
  readonly prefix: string;
  readonly queue: string;
  readonly concurrency: number;
  readonly watch: TaskStatusOptions<string>;
  readonly requestsPerSecond: number | undefined;
  readonly maxAge: number;
  readonly lockDuration: number;
  readonly learned: FleetLearned | undefined;
  readonly logger: FleetLogger;
}

/** `console` without its debug level. */
const CONSOLE: FleetLogger = {
  info: (message) => console.info(message),
  warn: (message) => console.warn(message),
  error: (message) => console.error(message),
};

/**
 * Checks the options and fills in the defaults.
 *
 * @throws TypeError or RangeError that names the option
 */
export function resolveWorkerOptions(options: FleetWorkerOptions<string>): ResolvedWorkerOptions {
  checkObject('options', options);
  const { connection, concurrency = 500, watch, limit, lockDuration = 30_000 } = options;
  const { learned, logger = CONSOLE } = options;
  checkConnection(connection);
  if (watch === undefined) {
    throw new TypeError('watch is missing; pass the options of taskStatus$, such as { apiKey }');
  }
  createTaskStatus(watch);
  const { maxAge = watch.timeout ?? Infinity } = options;
  check('concurrency', concurrency, 1, 'an integer', Number.isInteger(concurrency));
  check('maxAge', maxAge, 1, 'a number');
  check('lockDuration', lockDuration, 1_000, 'a number', lockDuration < 2 ** 31);
  if (limit !== undefined) {
    checkObject('limit', limit);
    const { requestsPerSecond } = limit;
    const isValid = requestsPerSecond > 0 && requestsPerSecond < Infinity;
    check('limit.requestsPerSecond', requestsPerSecond, 0, 'a number', isValid);
  }
  // some loggers are functions with these methods
  if (typeof logger !== 'function') checkObject('logger', logger);
  for (const name of ['info', 'warn', 'error'] as const) {
    if (typeof logger[name] !== 'function') {
      throw new TypeError(`logger must have the methods info, warn and error; ${name} is missing`);
    }
  }
  return {
    connection,
    ...resolveNames(options),
    concurrency,
    watch: withLearned(watch, learned),
    requestsPerSecond: limit?.requestsPerSecond,
    maxAge,
    lockDuration,
    learned,
    logger,
  };
}

/** The options of the watches, with the delay of a schedule that learns. */
function withLearned(
  watch: TaskStatusOptions<string>,
  learned: FleetLearned | undefined,
): TaskStatusOptions<string> {
  if (learned === undefined) return watch;
  checkObject('learned', learned);
  for (const name of ['delay', 'observe', 'replaceShared'] as const) {
    if (typeof learned[name] === 'function') continue;
    throw new TypeError(`learned must be the result of learnedDelay(); ${name} is missing`);
  }
  const { delay } = watch.backoff ?? {};
  if (delay !== undefined && delay !== learned.delay) {
    throw new TypeError('watch.backoff.delay and learned are two schedules; pass one of them');
  }
  return mergeOptions<string>(watch, { backoff: { delay: learned.delay } });
}

/** Checks the prefix and the name of the queue. */
export function resolveNames(options: {
  readonly prefix?: string | undefined;
  readonly queue?: string | undefined;
}): { readonly prefix: string; readonly queue: string } {
  const { prefix = DEFAULT_PREFIX, queue = DEFAULT_QUEUE } = options;
  checkName('prefix', prefix);
  checkName('queue', queue);
  if (queue.includes(':')) {
    throw new TypeError(`queue must not contain a colon, got ${JSON.stringify(queue)}`);
  }
  return { prefix, queue };
}

/** Throws a TypeError for a value that is not a string with text. */
export function checkName(name: string, value: unknown): void {
  if (typeof value === 'string' && value !== '') return;
  const shown = typeof value === 'string' ? '""' : typeof value;
  throw new TypeError(`${name} must be a string that is not empty, got ${shown}`);
}

/** Throws a TypeError for a value that is not an object. */
export function checkObject(name: string, value: unknown): void {
  if (typeof value === 'object' && value !== null) return;
  throw new TypeError(
    `${name} must be a plain object, got ${value === null ? 'null' : typeof value}`,
  );
}

function check(name: string, value: unknown, min: number, kind: string, isValid = true): void {
  if (typeof value === 'number' && value >= min && isValid) return;
  const bound = min > 0 ? `of at least ${min}` : 'above 0';
  const message = `${name} must be ${kind} ${bound}, got ${String(value)}`;
  throw typeof value === 'number' ? new RangeError(message) : new TypeError(message);
}
