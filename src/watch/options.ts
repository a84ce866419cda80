import type { SchedulerLike, Subscribable } from 'rxjs';

import { withKey, type Exchange } from '../api/request.js';
import type { StatusResponse } from '../api/response.js';
import { show } from '../api/show.js';
import {
  browserUseV1,
  checkTaskApi,
  parseBaseUrl,
  type TaskApi,
  type TaskStatus,
} from '../api/task-api.js';
import {
  fetchTransport,
  type FetchLike,
  type RequestSignal,
  type StatusTransport,
} from '../api/transport.js';
import type { TaskStatusError } from '../api/errors.js';
import { LONGEST, type Jitter, type Schedule } from './backoff.js';

/** Keeps an option from deciding what `S` is: that is for `api` alone. */
type Fixed<S> = [S][S extends unknown ? 0 : never];

/** The runtime's `URL`; of the needed shape where no type library declares one. */
export type Url = typeof globalThis extends { URL: { prototype: infer T } }
  ? T
  : { readonly href: string };

/** The wait between polls. Each field may be left out. */
export interface BackoffOptions<S extends string = TaskStatus> {
  /** The first wait, ms, 0 to 2,147,483,647. Default 1,000. */
  readonly initialDelay?: number | undefined;
  /** What each wait is of the one before it while the status stays the same, at least 1. Default 1.5. */
  readonly factor?: number | undefined;
  /** The longest wait, ms, 0 to 2,147,483,647; only the server can ask for more. Default 5,000. */
  readonly maxDelay?: number | undefined;
  /** The part of a wait that is left to chance, 0 to 1. Default 0.1. */
  readonly jitter?: number | undefined;
  /** Whether a change of status starts the backoff again. Default `true`. */
  readonly resetOnChange?: boolean | undefined;
  /** Like `Math.random`, the default. */
  readonly random?: (() => number) | undefined;
  /**
   * Stands in for the formula: the wait, ms, before jitter, after `status` was seen `seen` times in a
   * row; held between 1 and `maxDelay`.
   */
  readonly delay?: ((seen: number, status: S | undefined) => number) | undefined;
}

// a method's type, so that a function over the default TaskStatusError serves every API
type ShouldRetry<S extends string> = {
  call(error: TaskStatusError<S>, retries: number): boolean;
}['call'];

/** What happens to a transient failure. Each field may be left out. */
export interface RetryOptions<S extends string = TaskStatus> {
  /** How many times in a row, a whole number of 0 or more, or `Infinity`. Default 10. */
  readonly maxRetries?: number | undefined;
  /** The wait before the first retry, ms, 0 to 2,147,483,647. Default 500. */
  readonly initialDelay?: number | undefined;
  /** What each wait is of the one before it, at least 1. Default 2. */
  readonly factor?: number | undefined;
  /** The longest wait, ms, 0 to 2,147,483,647; only the server can ask for more. Default 30,000. */
  readonly maxDelay?: number | undefined;
  /** The part of a wait that is left to chance, 0 to 1. Default 0.5. */
  readonly jitter?: number | undefined;
  /** The longest wait that a server may ask for, ms, 0 to 2,147,483,647. Default 300,000. */
  readonly maxRetryAfter?: number | undefined;
  /** Like `Math.random`, the default. */
  readonly random?: (() => number) | undefined;
  /**
   * Replaces the choice between permanent and transient failures.
   *
   * @param retries how many failures in a row came before this one
   */
  readonly shouldRetry?: ShouldRetry<S> | undefined;
}

/** All that a watch can be told. Every option may be left out or `undefined`. */
export interface TaskStatusOptions<S extends string = TaskStatus> {
  /** Sent as `Authorization: Bearer`; a function is asked before every request. Default: none. */
  readonly apiKey?: string | (() => string | Promise<string>) | undefined;
  /** A proxy of yours, or a test server. Default: the API's own. */
  readonly baseUrl?: string | Url | undefined;
  /** Sent with every request. Default: none. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** How a request is sent. Default: `fetchTransport()`. */
  readonly transport?: StatusTransport | undefined;
  /** Short for `transport: fetchTransport(fetch)`. Default: `globalThis.fetch`, else `cross-fetch`. */
  readonly fetch?: FetchLike | undefined;
  /** Which task API is asked. Default: `browserUseV1`. */
  readonly api?: TaskApi<S> | undefined;
  /** For one request, ms, 1 to 2,147,483,647, or `Infinity` for no limit. Default 30,000. */
  readonly requestTimeout?: number | undefined;

  /** The wait between polls, merged field by field with its defaults. */
  readonly backoff?: BackoffOptions<Fixed<S>> | undefined;
  /** For the whole watch, ms, 0 to 2,147,483,647. Default `Infinity`, for no limit. */
  readonly timeout?: number | undefined;
  /** Every wait, timeout and clock reading goes through it. Default `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;

  /** What happens to a transient failure, merged field by field; `false` is `maxRetries: 0`. */
  readonly retry?: RetryOptions<Fixed<S>> | false | undefined;
  /** For this long a 404 means "not visible yet", ms, 0 to 2,147,483,647, or `Infinity`. Default 0. */
  readonly notFoundGrace?: number | undefined;
  /** An unknown status word is an error, or polled past. Default `'error'`. */
  readonly unknownStatus?: 'error' | 'ignore' | undefined;

  /** The status that the caller already has: not emitted again until it changes. Default: none. */
  readonly knownStatus?: Fixed<S> | undefined;
  /** `true` holds polling, `false` resumes it at once. Default: never. */
  readonly pauseWhile?: Subscribable<boolean> | undefined;
  /** Each emission cuts the present poll wait short. Default: never. */
  readonly pollNow?: Subscribable<unknown> | undefined;
  /** On abort the stream errors with `signal.reason`. Default: none. */
  readonly signal?: RequestSignal | undefined;
}

/** Decides when a request may leave; many watches may share one. */
export interface Gate {
  /** Calls `exchange.admit()` once it may leave, now or later. */
  enter(exchange: Exchange): void;
  /**
   * Takes an exchange out, whether it waits or has left.
   *
   * @param response what it was answered
   * @returns whether its failure is owed to the gate's own hold and does not count
   */
  leave(exchange: Exchange, response?: StatusResponse): boolean;
}

/** Options with every default filled in and every value checked. */
export interface Plan<S extends string> {
  readonly api: TaskApi<S>;
  /** What comes before the path, and the query that comes after it. */
  readonly base: string;
  readonly query: string;
  /** What to send; without the key where that is asked for. */
  readonly headers: Readonly<Record<string, string>>;
  /** The key, where it is fixed. */
  readonly key: string | undefined;
  /** Asks for the key, where it is not. */
  readonly askKey: (() => string | Promise<string>) | undefined;
  readonly transport: StatusTransport;
  readonly gate?: Gate;
  readonly requestTimeout: number;
  readonly backoff: Schedule &
    Jitter & {
      readonly resetOnChange: boolean;
      readonly delay: ((seen: number, status: S | undefined) => number) | undefined;
    };
  readonly timeout: number;
  readonly scheduler: SchedulerLike;
  readonly retry: Schedule &
    Jitter & {
      readonly maxRetries: number;
      readonly maxRetryAfter: number;
      readonly shouldRetry: ShouldRetry<S> | undefined;
    };
  readonly notFoundGrace: number;
  readonly ignoreUnknown: boolean;
  readonly knownStatus: S | undefined;
  readonly pauseWhile: Subscribable<boolean> | undefined;
  readonly pollNow: Subscribable<unknown> | undefined;
  readonly signal: RequestSignal | undefined;
}

/**
 * Fills in the defaults and refuses what cannot work.
 *
 * @throws TypeError or RangeError that names the option and shows its value, but for secrets
 */
export function resolve<S extends string>(
  options: TaskStatusOptions<S>,
  scheduler: SchedulerLike,
): Plan<S>;
export function resolve(options: TaskStatusOptions<string>, clock: SchedulerLike): Plan<string> {
  checkPlain('options', options, '; in mergeMap and its like write (id) => taskStatus$(id)');
  const {
    api = browserUseV1,
    apiKey,
    headers = NO_HEADERS,
    fetch,
    transport = fetch ? fetchTransport(fetch) : FETCH,
    requestTimeout = 30_000,
    timeout = Infinity,
    scheduler = clock,
    notFoundGrace = 0,
    unknownStatus = 'error',
    knownStatus,
    pauseWhile,
    pollNow,
    signal,
  } = options;

  checkTaskApi(api);
  if (options.headers) checkHeaders(headers);
  if (apiKey !== undefined) checkApiKey(apiKey, api, headers);
  if (fetch !== undefined) {
    checkFunction('fetch', fetch);
    if (options.transport !== undefined) {
      throw new TypeError('fetch and transport must not be given together, got both');
    }
  }
  checkFunction('transport', transport);
  checkNumber('requestTimeout', requestTimeout, 1, LONGEST, true);
  checkNumber('timeout', timeout, 0, LONGEST, true);
  checkNumber('notFoundGrace', notFoundGrace, 0, LONGEST, true);
  checkMethods('scheduler', scheduler, 'schedule', 'now');
  if (unknownStatus !== 'error' && unknownStatus !== 'ignore') {
    throw new TypeError(`unknownStatus must be "error" or "ignore", got ${show(unknownStatus)}`);
  }
  if (knownStatus !== undefined && !api.statuses.includes(knownStatus)) {
    throw new TypeError(
      `knownStatus must be one of ${api.statuses.join(', ')}, got ${show(knownStatus)}`,
    );
  }
  if (pauseWhile !== undefined) checkMethods('pauseWhile', pauseWhile, 'subscribe');
  if (pollNow !== undefined) checkMethods('pollNow', pollNow, 'subscribe');
  if (signal !== undefined) {
    checkMethods('signal', signal, 'addEventListener', 'removeEventListener');
  }

  return {
    api,
    ...target(api, options.baseUrl),
    headers: typeof apiKey === 'string' ? withKey(api, apiKey, headers) : headers,
    key: typeof apiKey === 'string' ? apiKey : undefined,
    askKey: typeof apiKey === 'function' ? apiKey : undefined,
    transport,
    requestTimeout,
    backoff: options.backoff === undefined ? BACKOFF : backoffPlan(options.backoff),
    timeout,
    scheduler,
    retry: options.retry === undefined ? RETRY : retryPlan(options.retry),
    notFoundGrace,
    ignoreUnknown: unknownStatus === 'ignore',
    knownStatus,
    pauseWhile,
    pollNow,
    signal,
  };
}

/** Throws a `TypeError` for what cannot be a task id in a URL. */
export function checkTaskId(taskId: unknown): asserts taskId is string {
  let fits = typeof taskId === 'string' && taskId !== '' && taskId !== '.' && taskId !== '..';
  try {
    encodeURIComponent(String(taskId));
  } catch {
    fits = false; // a lone surrogate, or no string at all
  }
  if (!fits) {
    throw new TypeError(
      `taskId must be a string other than "", "." and "..", without lone surrogates, got ${show(taskId)}`,
    );
  }
}

/** Throws a `TypeError` unless a header can carry the key, which it does not show. */
export function checkKey(key: unknown): asserts key is string {
  if (typeof key !== 'string' || !key.trim() || !HEADER_VALUE.test(key)) {
    throw new TypeError(
      `apiKey must be a string that a header can carry, got ${
        typeof key !== 'string' ? show(key) : key.trim() ? 'one that none can' : 'an empty one'
      }`,
    );
  }
}

const NO_HEADERS = {};
const FETCH = /* @__PURE__ */ fetchTransport();

const BACKOFF: Plan<string>['backoff'] = {
  initialDelay: 1_000,
  factor: 1.5,
  maxDelay: 5_000,
  jitter: 0.1,
  resetOnChange: true,
  random: Math.random,
  delay: undefined,
};

const RETRY: Plan<string>['retry'] = {
  maxRetries: 10,
  initialDelay: 500,
  factor: 2,
  maxDelay: 30_000,
  jitter: 0.5,
  maxRetryAfter: 300_000,
  random: Math.random,
  shouldRetry: undefined,
};

function backoffPlan(options: BackoffOptions<string>): Plan<string>['backoff'] {
  checkPlain('backoff', options);
  const { resetOnChange = true, delay } = options;
  if (typeof resetOnChange !== 'boolean') {
    throw new TypeError(`backoff.resetOnChange must be true or false, got ${show(resetOnChange)}`);
  }
  if (delay !== undefined) checkFunction('backoff.delay', delay);
  return { ...schedule('backoff', options, BACKOFF), resetOnChange, delay };
}

function retryPlan(options: RetryOptions<string> | false): Plan<string>['retry'] {
  if (options === false) return { ...RETRY, maxRetries: 0 };
  checkPlain('retry', options);
  const {
    maxRetries = RETRY.maxRetries,
    maxRetryAfter = RETRY.maxRetryAfter,
    shouldRetry,
  } = options;
  checkNumber('retry.maxRetries', maxRetries, 0, Infinity, true);
  if (maxRetries % 1) {
    throw new RangeError(`retry.maxRetries must be a whole number, got ${maxRetries}`);
  }
  checkNumber('retry.maxRetryAfter', maxRetryAfter, 0, LONGEST);
  if (shouldRetry !== undefined) checkFunction('retry.shouldRetry', shouldRetry);
  return { ...schedule('retry', options, RETRY), maxRetries, maxRetryAfter, shouldRetry };
}

function schedule(
  name: string,
  given: BackoffOptions<string> | RetryOptions<string>,
  defaults: Schedule & Jitter,
): Schedule & Jitter {
  const {
    initialDelay = defaults.initialDelay,
    factor = defaults.factor,
    maxDelay = defaults.maxDelay,
    jitter = defaults.jitter,
    random = defaults.random,
  } = given;
  checkNumber(`${name}.initialDelay`, initialDelay, 0, LONGEST);
  checkNumber(`${name}.factor`, factor, 1, Infinity, true);
  checkNumber(`${name}.maxDelay`, maxDelay, 0, LONGEST);
  checkNumber(`${name}.jitter`, jitter, 0, 1);
  checkFunction(`${name}.random`, random);
  return { initialDelay, factor, maxDelay, jitter, random };
}

function target(
  api: TaskApi<string>,
  baseUrl: string | Url | undefined,
): { base: string; query: string } {
  const { origin, pathname, search } = parseBaseUrl('baseUrl', baseUrl ?? api.baseUrl);
  return { base: origin + pathname.replace(/\/+$/, ''), query: search };
}

// https://www.rfc-editor.org/rfc/rfc9110#fields.values, and what fetch() lets through
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
// https://www.rfc-editor.org/rfc/rfc9110#tokens
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~\dA-Za-z]+$/;

function checkHeaders(headers: Readonly<Record<string, string>>): void {
  checkPlain('headers', headers);
  for (const [name, value] of Object.entries(headers)) {
    if (!HEADER_NAME.test(name) || typeof value !== 'string' || !HEADER_VALUE.test(value)) {
      // the value may be a secret
      throw new TypeError(`headers must be such that a request can carry, got ${show(name)}`);
    }
  }
}

function checkApiKey(
  apiKey: unknown,
  api: TaskApi<string>,
  headers: Readonly<Record<string, string>>,
): void {
  if (typeof apiKey !== 'function') checkKey(apiKey);
  const own = api.authorization('key')[0].toLowerCase();
  const clash = Object.keys(headers).find((name) => name.toLowerCase() === own);
  if (clash !== undefined) {
    throw new TypeError(`apiKey must not be given beside headers[${show(clash)}], got both`);
  }
}

/** Throws a `TypeError` for what is no plain object. */
export function checkPlain(name: string, value: unknown, hint = ''): void {
  const prototype: unknown =
    typeof value === 'object' && value !== null ? Object.getPrototypeOf(value) : value;
  // the root of another realm, of an iframe or a vm, is as good as this one's
  if (prototype !== null && (typeof prototype !== 'object' || Object.getPrototypeOf(prototype))) {
    throw new TypeError(`${name} must be a plain object, got ${show(value)}${hint}`);
  }
  if (value === null) throw new TypeError(`${name} must be a plain object, got null${hint}`);
}

function checkNumber(
  name: string,
  value: unknown,
  min: number,
  max: number,
  infinite = false,
): void {
  if (typeof value === 'number' && value >= min && value <= max) return;
  if (infinite && value === Infinity) return;
  const wanted = `at least ${min}${max < Infinity ? ` and at most ${max}` : ''}${infinite ? ' or Infinity' : ''}`;
  const message = `${name} must be a number of ${wanted}, got ${show(value)}`;
  throw typeof value === 'number' ? new RangeError(message) : new TypeError(message);
}

function checkFunction(name: string, value: unknown): void {
  if (typeof value !== 'function') {
    throw new TypeError(`${name} must be a function, got ${show(value)}`);
  }
}

function checkMethods(name: string, value: unknown, ...methods: string[]): void {
  const has = (method: string): boolean =>
    (typeof value === 'object' || typeof value === 'function') &&
    value !== null &&
    typeof Reflect.get(value, method) === 'function';
  if (!methods.every(has)) {
    throw new TypeError(`${name} must have ${methods.join(' and ')}, got ${show(value)}`);
  }
}
