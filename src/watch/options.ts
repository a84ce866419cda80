import type { SchedulerLike, Subscribable } from 'rxjs';

import { withKey, type Exchange } from '../api/request.js';
import type { StatusResponse } from '../api/response.js';
import { show } from '../api/shape.js';
import { browserUseV1, parseBaseUrl, type TaskApi, type TaskStatus } from '../api/task-api.js';
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

type Without<O, X> = { [K in keyof O]: Exclude<O[K], X> };
type Filled<O> = Without<Required<O>, undefined>;

/** Options with every default filled in and every value checked. */
export interface Plan<S extends string>
  extends
    Pick<
      Filled<TaskStatusOptions<S>>,
      'api' | 'headers' | 'transport' | 'requestTimeout' | 'timeout' | 'scheduler'
    >,
    Pick<Filled<TaskStatusOptions<S>>, 'notFoundGrace' | 'unknownStatus'>,
    Pick<TaskStatusOptions<S>, 'apiKey' | 'pauseWhile' | 'pollNow' | 'signal'> {
  /** What comes before the path, and the query that comes after it. */
  readonly base: string;
  readonly query: string;
  readonly gate: Gate | undefined;
  readonly backoff: BackoffPlan<S>;
  readonly retry: RetryPlan<S>;
  readonly knownStatus?: S | undefined;
}

interface BackoffPlan<S extends string> extends Schedule, Jitter {
  readonly resetOnChange: boolean;
  readonly delay?: ((seen: number, status: S | undefined) => number) | undefined;
}

interface RetryPlan<S extends string> extends Schedule, Jitter {
  readonly maxRetries: number;
  readonly maxRetryAfter: number;
  readonly shouldRetry?: ShouldRetry<S> | undefined;
}

const BACKOFF = /* @__PURE__ */ backoffPlan({});
const RETRY = /* @__PURE__ */ retryPlan({});
const NO_HEADERS = {};
const FETCH = /* @__PURE__ */ fetchTransport();

/**
 * Fills in the defaults and refuses what cannot work.
 *
 * @throws TypeError or RangeError that names the option and shows its value, but for secrets
 */
export function resolve<S extends string>(
  options: TaskStatusOptions<S>,
  clock: SchedulerLike,
): Plan<S>;
export function resolve(options: TaskStatusOptions<string>, clock: SchedulerLike): Plan<string> {
  checkPlain('options', options, '; in mergeMap and its like write (id) => taskStatus$(id)');
  const {
    apiKey,
    baseUrl,
    headers = NO_HEADERS,
    fetch,
    transport,
    api = browserUseV1,
    requestTimeout = 30_000,
    backoff,
    timeout = Infinity,
    scheduler = clock,
    retry,
    notFoundGrace = 0,
    unknownStatus = 'error',
    knownStatus,
    pauseWhile,
    pollNow,
    signal,
  } = options;
  const { base, query } = target(api, baseUrl);

  if (headers !== NO_HEADERS) checkHeaders(headers);
  if (apiKey !== undefined) checkApiKey(apiKey, api, headers);
  must(!fetch || !transport, 'fetch', 'not be given beside transport', fetch);
  must(!fetch || typeof fetch === 'function', 'fetch', 'be a function', fetch);
  must(!transport || typeof transport === 'function', 'transport', 'be a function', transport);
  checkNumber('requestTimeout', requestTimeout, 1, LONGEST, true);
  checkNumber('timeout', timeout, 0, LONGEST, true);
  checkNumber('notFoundGrace', notFoundGrace, 0, LONGEST, true);
  must(
    /^(error|ignore)$/.test(unknownStatus),
    'unknownStatus',
    'be error or ignore',
    unknownStatus,
  );
  must(
    knownStatus === undefined || api.statuses.includes(knownStatus),
    'knownStatus',
    'be one of api.statuses',
    knownStatus,
  );

  // one shape for all: the engine reads it in every step
  return {
    api,
    base,
    query,
    headers:
      typeof apiKey === 'string'
        ? withKey(api, apiKey, headers)
        : headers === NO_HEADERS
          ? headers
          : Object.freeze({ ...headers }),
    apiKey,
    transport: transport ?? (fetch ? fetchTransport(fetch) : FETCH),
    gate: undefined,
    requestTimeout,
    backoff: backoff === undefined ? BACKOFF : backoffPlan(backoff),
    timeout,
    scheduler,
    retry: retry === undefined ? RETRY : retryPlan(retry === false ? { maxRetries: 0 } : retry),
    notFoundGrace,
    unknownStatus,
    knownStatus,
    pauseWhile,
    pollNow,
    signal,
  };
}

type Target = Pick<Plan<string>, 'base' | 'query'>;

// to parse an API's own URL for each watch would cost as much as several polls
const targets = /* @__PURE__ */ new WeakMap<TaskApi<string>, Target>();

function target(api: TaskApi<string>, baseUrl: string | Url | undefined): Target {
  const known = baseUrl === undefined && targets.get(api);
  if (known) return known;
  const { origin, pathname, search } = parseBaseUrl(
    'baseUrl',
    baseUrl === undefined ? api.baseUrl : baseUrl,
  );
  const found = { base: origin + pathname.replace(/\/+$/, ''), query: search };
  if (baseUrl === undefined) targets.set(api, found);
  return found;
}

function backoffPlan(options: BackoffOptions<string>): BackoffPlan<string> {
  checkPlain('backoff', options);
  const {
    initialDelay = 1_000,
    factor = 1.5,
    maxDelay = 5_000,
    jitter = 0.1,
    random = Math.random,
    resetOnChange = true,
    delay,
  } = options;
  checkSchedule('backoff', initialDelay, factor, maxDelay, jitter);
  return { initialDelay, factor, maxDelay, jitter, random, resetOnChange, delay };
}

function retryPlan(options: RetryOptions<string>): RetryPlan<string> {
  checkPlain('retry', options);
  const {
    maxRetries = 10,
    initialDelay = 500,
    factor = 2,
    maxDelay = 30_000,
    jitter = 0.5,
    maxRetryAfter = 300_000,
    random = Math.random,
    shouldRetry,
  } = options;
  checkSchedule('retry', initialDelay, factor, maxDelay, jitter);
  checkNumber('retry.maxRetries', maxRetries, 0, Infinity, true);
  if (maxRetries % 1) {
    throw new RangeError(`retry.maxRetries must be a whole number, got ${maxRetries}`);
  }
  checkNumber('retry.maxRetryAfter', maxRetryAfter, 0, LONGEST);
  return { initialDelay, factor, maxDelay, jitter, random, maxRetries, maxRetryAfter, shouldRetry };
}

function checkSchedule(
  name: string,
  initialDelay: number,
  factor: number,
  maxDelay: number,
  jitter: number,
): void {
  checkNumber(`${name}.initialDelay`, initialDelay, 0, LONGEST);
  checkNumber(`${name}.factor`, factor, 1, Infinity, true);
  checkNumber(`${name}.maxDelay`, maxDelay, 0, LONGEST);
  checkNumber(`${name}.jitter`, jitter, 0, 1);
}

/** Throws a `TypeError` for what cannot be a task id in a URL. */
export function checkTaskId(taskId: unknown): asserts taskId is string {
  let fits = typeof taskId === 'string' && !/^\.{0,2}$/.test(taskId);
  try {
    encodeURIComponent(String(taskId));
  } catch {
    fits = false; // a lone surrogate, or no string at all
  }
  must(fits, 'taskId', 'be a string other than "", "." and "..", without lone surrogates', taskId);
}

// https://www.rfc-editor.org/rfc/rfc9110#fields.values, and what fetch() lets through
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
// https://www.rfc-editor.org/rfc/rfc9110#tokens
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~\w]+$/;

/** Throws a `TypeError` unless a header can carry the key, which it does not show. */
export function checkKey(key: unknown): asserts key is string {
  if (typeof key !== 'string' || !key.trim() || !HEADER_VALUE.test(key)) {
    throw new TypeError('apiKey must be a string that a header can carry, and not empty');
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
  must(clash === undefined, 'apiKey', 'not be given beside its own header', clash);
}

function checkHeaders(headers: Readonly<Record<string, string>>): void {
  checkPlain('headers', headers);
  for (const [name, value] of Object.entries(headers)) {
    // the value may be a secret
    must(
      HEADER_NAME.test(name) && typeof value === 'string' && HEADER_VALUE.test(value),
      'headers',
      'be such that a request can carry them',
      name,
    );
  }
}

/** Throws a `TypeError` for what is no plain object. */
export function checkPlain(name: string, value: unknown, hint = ''): void {
  let fits = typeof value === 'object' && value !== null;
  if (fits) {
    const prototype: unknown = Object.getPrototypeOf(value);
    // the root of another realm, of an iframe or a vm, is as good as this one's
    fits = prototype === null || Object.getPrototypeOf(prototype) === null;
  }
  must(fits, name, 'be a plain object', value, hint);
}

function checkNumber(
  name: string,
  value: unknown,
  min: number,
  max: number,
  infinite = false,
): void {
  if (
    typeof value === 'number' &&
    value >= min &&
    (value <= max || (infinite && value === Infinity))
  ) {
    return;
  }
  const what = `${name} must be from ${min} to ${max}${infinite ? ' or Infinity' : ''}, got ${show(value)}`;
  throw typeof value === 'number' ? new RangeError(what) : new TypeError(what);
}

function must(fits: boolean, name: string, what: string, value: unknown, hint = ''): void {
  if (!fits) throw new TypeError(`${name} must ${what}, got ${show(value)}${hint}`);
}
