import type { SchedulerLike } from 'rxjs';

import { isObject } from '../api/guards.js';
import { Credentials } from '../api/credentials.js';
import { browserUseV1, parseBaseUrl, type TaskApi } from '../api/task-api.js';
import { fetchTransport } from '../api/transport.js';
import { MAX_TIMER_DELAY, type Jitter, type Schedule } from './backoff.js';
import {
  checkApiKey,
  checkNumber,
  checkPlainObject,
  HEADER_NAME,
  HEADER_VALUE,
  must,
  type Range,
} from './checks.js';
import type { Limiter } from './limiter.js';
import type { BackoffOptions, ShouldRetry, TaskStatusOptions, Url } from './options.js';

/** Options with every default filled in and every value checked. */
export interface ResolvedOptions<S extends string>
  extends
    Given<S, 'api' | 'transport' | 'requestTimeout' | 'timeout' | 'scheduler'>,
    Given<S, 'notFoundGrace' | 'unknownStatus'>,
    Pick<TaskStatusOptions<S>, 'apiKey' | 'pauseWhile' | 'pollNow' | 'signal'> {
  /** What comes before the path, and the query that comes after it. */
  readonly baseUrl: string;
  readonly query: string;
  /** The headers, with the key if it is fixed. */
  readonly credentials: Credentials;
  readonly limiter?: Limiter | undefined;
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
  readonly delay: BackoffOptions<S>['delay'];
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
const NO_CREDENTIALS = /* @__PURE__ */ new Credentials(browserUseV1, NO_HEADERS);
const FETCH = /* @__PURE__ */ fetchTransport();

/** A plan that is being made, of the defaults. */
class Draft implements ResolvedOptions<string> {
  api: TaskApi<string> = browserUseV1;
  apiKey: Options['apiKey'];
  backoff = BACKOFF;
  // Stryker disable next-line StringLiteral: each plan gets its own, for which this keeps the place
  baseUrl = '';
  credentials = NO_CREDENTIALS;
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

const DELAY: Range = [0, MAX_TIMER_DELAY];
const LIMIT: Range = [0, MAX_TIMER_DELAY, Infinity];

/** Those of the numbers that are no delay. */
const RANGES: Readonly<Record<string, Range>> = {
  factor: [1, Infinity],
  jitter: [0, 1],
  maxRetries: [0, Infinity],
  notFoundGrace: LIMIT,
  requestTimeout: [1, MAX_TIMER_DELAY, Infinity],
  timeout: LIMIT,
};

/**
 * Fills in the defaults and refuses what cannot work.
 *
 * @throws TypeError or RangeError that names the option and shows its value, but for secrets
 */
export function resolveOptions<S extends string>(
  options: TaskStatusOptions<S>,
  clock: SchedulerLike,
): ResolvedOptions<S>;
export function resolveOptions(
  options: TaskStatusOptions<string>,
  clock: SchedulerLike,
): ResolvedOptions<string> {
  checkPlainObject('options', options, '; write (id) => taskStatus$(id)');
  const plan = new Draft(clock);
  fill('', plan, options);
  const { api, apiKey, headers, knownStatus, transport, unknownStatus } = plan;
  const { backoff, baseUrl, fetch, retry } = options;
  must(isObject(api), 'api', 'be a TaskApi', api);
  ({ baseUrl: plan.baseUrl, query: plan.query } = target(api, baseUrl));

  // Stryker disable next-line ConditionalExpression: a copy of no headers is no headers, only slower
  if (headers !== NO_HEADERS) plan.headers = checkedHeaders(headers);
  if (apiKey !== undefined) checkKeyOption(apiKey, api, headers);
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

  plan.credentials = new Credentials(
    api,
    plan.headers,
    typeof apiKey === 'string' ? [apiKey.trim()] : [],
  );
  if (fetch) plan.transport = fetchTransport(fetch);
  if (backoff !== undefined) plan.backoff = part('backoff', new Backoff(), backoff);
  if (retry !== undefined)
    plan.retry = part('retry', new Retry(), retry === false ? { maxRetries: 0 } : retry);
  return plan;
}

type Target = Pick<ResolvedOptions<string>, 'baseUrl' | 'query'>;

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
  return { baseUrl: origin + pathname.replace(/\/+$/, ''), query: search };
}

/** A group of options: its defaults, filled with what is given. */
function part<O extends object>(name: string, group: O, options: object): O {
  checkPlainObject(name, options);
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

function checkKeyOption(
  apiKey: unknown,
  api: TaskApi<string>,
  headers: Readonly<Record<string, string>>,
): void {
  if (typeof apiKey !== 'function') checkApiKey(apiKey);
  const own = api.authorization('key')[0].toLowerCase();
  const clash = Object.keys(headers).find((name) => name.toLowerCase() === own);
  must(!clash, 'apiKey', 'not be given beside its own header', clash);
}

/** A copy, for the caller's own may change. */
function checkedHeaders(
  headers: Readonly<Record<string, string>>,
): Readonly<Record<string, string>> {
  checkPlainObject('headers', headers);
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
