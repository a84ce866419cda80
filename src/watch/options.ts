import type { SchedulerLike, Subscribable } from 'rxjs';

import { withKey } from '../api/request.js';
import type { StatusResponse } from '../api/response.js';
import { isObject, show } from '../api/shape.js';
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
type ShouldRetry = {
  call(error: TaskStatusError<string>, retries: number): boolean;
}['call'];

/** What happens to a transient failure. Each field may be left out. */
export interface RetryOptions {
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
  readonly shouldRetry?: ShouldRetry | undefined;
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
  readonly retry?: RetryOptions | false | undefined;
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

/** A request that wants to leave. */
export interface Ticket {
  /** Lets it leave; called by a gate, which then forgets it. */
  admit: (() => void) | undefined;
}

/** Decides when a request may leave; many watches may share one. */
export interface Gate {
  /** Calls `ticket.admit()` once the request may leave, now or later. */
  enter(ticket: Ticket): void;
  /**
   * Takes a request out, whether it waits or has left.
   *
   * @param response what it was answered
   * @returns whether its failure is owed to the gate's own hold and does not count
   */
  leave(ticket: Ticket, response?: StatusResponse): boolean;
}

/** Options with every default filled in and every value checked. */
export interface Plan<S extends string>
  extends
    Given<S, 'api' | 'headers' | 'transport' | 'requestTimeout' | 'timeout' | 'scheduler'>,
    Given<S, 'notFoundGrace' | 'unknownStatus'>,
    Pick<TaskStatusOptions<S>, 'apiKey' | 'pauseWhile' | 'pollNow' | 'signal'> {
  /** What comes before the path, and the query that comes after it. */
  readonly base: string;
  readonly query: string;
  readonly gate?: Gate | undefined;
  readonly backoff: BackoffPlan<S>;
  readonly retry: RetryPlan;
  readonly knownStatus?: S | undefined;
}

/** Options that are there for sure. */
type Given<S extends string, K extends keyof TaskStatusOptions<S>> = {
  [N in K]-?: Exclude<TaskStatusOptions<S>[N], undefined>;
};

interface BackoffPlan<S extends string> extends Schedule, Jitter {
  readonly resetOnChange: boolean;
  readonly delay: ((seen: number, status: S | undefined) => number) | undefined;
}

interface RetryPlan extends Schedule, Jitter {
  readonly maxRetries: number;
  readonly maxRetryAfter: number;
  readonly shouldRetry: ShouldRetry | undefined;
}

// asked for anew each time, for the sake of tests that put another in its place
const random = (): number => Math.random();

// Classes, and no objects to spread: V8 gives the first copies another shape than those that follow,
// and then compiles the engine, which reads them in every step, twice (2 to 4 % of 100,000 polls).

class Backoff implements BackoffPlan<string> {
  initialDelay = 1_000;
  factor = 1.5;
  maxDelay = 5_000;
  jitter = 0.1;
  random = random;
  resetOnChange = true;
  delay: BackoffPlan<string>['delay'];
}

class Retry implements RetryPlan {
  initialDelay = 500;
  factor = 2;
  maxDelay = 30_000;
  jitter = 0.5;
  random = random;
  maxRetries = 10;
  maxRetryAfter = 300_000;
  shouldRetry: ShouldRetry | undefined;
}

const BACKOFF = /* @__PURE__ */ new Backoff();
const RETRY = /* @__PURE__ */ new Retry();
const NO_HEADERS = /* @__PURE__ */ Object.freeze({});
const FETCH = /* @__PURE__ */ fetchTransport();

/** A plan that is being made, of the defaults. */
class Draft implements Plan<string> {
  api: TaskApi<string> = browserUseV1;
  apiKey: Options['apiKey'];
  backoff = BACKOFF;
  // Stryker disable next-line StringLiteral: each plan gets its own, for which this keeps the place
  base = '';
  headers: Readonly<Record<string, string>> = NO_HEADERS;
  knownStatus: string | undefined;
  notFoundGrace = 0;
  pauseWhile: Options['pauseWhile'];
  pollNow: Options['pollNow'];
  // Stryker disable next-line StringLiteral: each plan gets its own, for which this keeps the place
  query = '';
  requestTimeout = 30_000;
  retry = RETRY;
  scheduler: SchedulerLike;
  signal: Options['signal'];
  timeout = Infinity;
  transport = FETCH;
  unknownStatus: 'error' | 'ignore' = 'error';

  constructor(scheduler: SchedulerLike) {
    this.scheduler = scheduler;
  }
}

type Options = TaskStatusOptions<string>;

/** What a number may be: from least to most, or the third. */
type Range = readonly [least: number, most: number, or?: number];

const DELAY: Range = [0, LONGEST];
const LIMIT: Range = [0, LONGEST, Infinity];

/** Those of the numbers that are no delay. */
const RANGES: Readonly<Record<string, Range>> = {
  factor: [1, Infinity],
  jitter: [0, 1],
  maxRetries: [0, Infinity],
  notFoundGrace: LIMIT,
  requestTimeout: [1, LONGEST, Infinity],
  timeout: LIMIT,
};

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
  checkPlain('options', options, '; write (id) => taskStatus$(id)');
  const plan = new Draft(clock);
  fill('', plan, options);
  const { api, apiKey, headers, knownStatus, transport, unknownStatus } = plan;
  const { backoff, baseUrl, fetch, retry } = options;
  must(isObject(api), 'api', 'be a TaskApi', api);
  ({ base: plan.base, query: plan.query } = target(api, baseUrl));

  // Stryker disable next-line ConditionalExpression: a copy of no headers is no headers, only slower
  if (headers !== NO_HEADERS) plan.headers = checkedHeaders(headers);
  if (apiKey !== undefined) checkApiKey(apiKey, api, headers);
  must(fetch === undefined || typeof fetch === 'function', 'fetch', 'be a function', fetch);
  must(!fetch || transport === FETCH, 'fetch', 'not be given beside transport', fetch);
  must(typeof transport === 'function', 'transport', 'be a function', transport);
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

  if (typeof apiKey === 'string') plan.headers = withKey(api, apiKey, headers);
  if (fetch) plan.transport = fetchTransport(fetch);
  if (backoff !== undefined) plan.backoff = part('backoff', new Backoff(), backoff);
  if (retry !== undefined)
    plan.retry = part('retry', new Retry(), retry === false ? { maxRetries: 0 } : retry);
  return plan;
}

type Target = Pick<Plan<string>, 'base' | 'query'>;

// to parse an API's own URL for each watch would cost 250 bytes and a good part of a poll
const targets = /* @__PURE__ */ new WeakMap<TaskApi<string>, Target>();

function target(api: TaskApi<string>, baseUrl: string | Url | undefined): Target {
  if (baseUrl !== undefined) return targetOf('baseUrl', baseUrl);
  let own = targets.get(api);
  if (!own) targets.set(api, (own = targetOf('api.baseUrl', api.baseUrl)));
  return own;
}

function targetOf(name: string, baseUrl: string | Url): Target {
  const { origin, pathname, search } = parseBaseUrl(name, baseUrl);
  return { base: origin + pathname.replace(/\/+$/, ''), query: search };
}

/** A group of options: its defaults, filled with what is given. */
function part<O extends object>(name: string, group: O, options: object): O {
  checkPlain(name, options);
  fill(`${name}.`, group, options);
  return group;
}

/**
 * Puts what is given into the place of defaults.
 *
 * So all keep one shape: with others among them a poll takes half as long again, and a watch 800 bytes
 * more.
 */
function fill(prefix: string, target: object, options: object): void {
  for (const name in options) {
    const value: unknown = Reflect.get(options, name);
    if (value === undefined || !Object.hasOwn(target, name)) continue;
    if (typeof Reflect.get(target, name) === 'number') {
      checkNumber(prefix + name, value, RANGES[name] ?? DELAY, name === 'maxRetries');
    }
    Reflect.set(target, name, value);
  }
}

/** Throws a `TypeError` for what cannot be a task id in a URL. */
export function checkTaskId(taskId: unknown): asserts taskId is string {
  let fits = typeof taskId === 'string' && !/^\.{0,2}$/.test(taskId);
  try {
    encodeURIComponent(String(taskId));
  } catch {
    fits = false; // a lone surrogate, or no string at all
  }
  must(fits, 'taskId', 'be a string that can stand in a path', taskId);
}

// https://www.rfc-editor.org/rfc/rfc9110#fields.values, and what fetch() lets through
const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
// https://www.rfc-editor.org/rfc/rfc9110#tokens
const HEADER_NAME = /^[!#$%&'*+\-.^_`|~\w]+$/;

/** Throws a `TypeError` unless a header can carry the key, which it does not show. */
export function checkKey(key: unknown): asserts key is string {
  if (typeof key !== 'string' || !key.trim() || !HEADER_VALUE.test(key)) {
    throw new TypeError('apiKey must be what a request can carry');
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
  must(!clash, 'apiKey', 'not be given beside its own header', clash);
}

/** A copy, for the caller's own may change. */
function checkedHeaders(
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  checkPlain('headers', headers);
  for (const [name, value] of Object.entries(headers)) {
    // the value may be a secret
    must(
      HEADER_NAME.test(name) && typeof value === 'string' && HEADER_VALUE.test(value),
      'headers',
      'be what a request can carry',
      name,
    );
  }
  return Object.freeze({ ...headers });
}

/** Throws a `TypeError` for what is no plain object. */
export function checkPlain(name: string, value: unknown, hint = ''): void {
  let fits = typeof value === 'object' && value !== null;
  if (fits) {
    const prototype: unknown = Object.getPrototypeOf(value);
    // the root of another realm, of an iframe or a vm, is as good as this one's
    fits = prototype === null || Object.getPrototypeOf(prototype) === null;
  }
  // a string may be a key that was put into the wrong place
  const secret = typeof value === 'string' && ['options', 'overrides', 'headers'].includes(name);
  const shown = secret ? 'a string' : show(value);
  if (!fits) throw new TypeError(`${name} must be a plain object, got ${shown}${hint}`);
}

function checkNumber(name: string, value: unknown, [least, most, or]: Range, whole: boolean): void {
  if (
    typeof value !== 'number' ||
    !(value >= least && (value <= most || value === or)) ||
    (whole && value % 1)
  ) {
    const what = `${name} must be ${whole ? 'whole and ' : ''}from ${least} to ${most}${or ? ' or Infinity' : ''}, got ${show(value)}`;
    throw new (typeof value === 'number' ? RangeError : TypeError)(what);
  }
}

function must(fits: boolean, name: string, what: string, value: unknown): void {
  if (!fits) throw new TypeError(`${name} must ${what}, got ${show(value)}`);
}
