import type { SchedulerLike } from 'rxjs';

import { checkApiKey } from '../api/api-key.js';
import { parseBaseUrl, type BaseUrl } from '../api/base-url.js';
import { Credentials } from '../api/credentials.js';
import { fieldOf, show } from '../api/guards.js';
import { browserUseV1, type TaskApi } from '../api/task-api.js';
import {
  fetchTransport,
  type FetchLike,
  type RequestSignal,
  type StatusTransport,
} from '../api/transport.js';
import type { Jitter, Schedule } from './backoff.js';
import { checkHeaders, checkKind, checkOptions, checkPlainObject, checkWord } from './checks.js';
import type { Limiter } from './limiter.js';
import type { BackoffOptions, Notifier, RetryOptions, TaskStatusOptions } from './options.js';

type Options = TaskStatusOptions<string>;

/** The options of a watch: checked, with every default filled in. Every key is always present. */
export interface ResolvedOptions<S extends string> extends BaseUrl {
  readonly api: TaskApi<S>;
  /** Trimmed, if it is a string. */
  readonly apiKey: Options['apiKey'];
  /** The headers, with that of the API key if the key is a string. */
  readonly credentials: Credentials;
  readonly transport: StatusTransport;
  readonly requestTimeout: number;
  readonly timeout: number;
  readonly scheduler: SchedulerLike;
  readonly notFoundGrace: number;
  readonly unknownStatus: 'error' | 'ignore';
  readonly knownStatus: S | undefined;
  readonly pauseWhile: Notifier<boolean> | undefined;
  readonly pollNow: Notifier<unknown> | undefined;
  readonly signal: RequestSignal | undefined;
  readonly backoff: ResolvedBackoff<S>;
  readonly retry: ResolvedRetry;
  /** The limiter that a pool's watches share. */
  readonly limiter: Limiter | undefined;
}

/** {@link BackoffOptions}: checked, with every default filled in. */
interface ResolvedBackoff<S extends string> extends Schedule, Jitter {
  readonly resetOnChange: boolean;
  readonly delay: BackoffOptions<S>['delay'];
}

/** {@link RetryOptions}: checked, with every default filled in. */
interface ResolvedRetry extends Schedule, Jitter {
  readonly maxRetries: number;
  readonly maxRetryAfter: number;
  readonly shouldRetry: RetryOptions['shouldRetry'];
}

// looked up for each delay: a test may replace it
const mathRandom = (): number => Math.random();

const NO_HEADERS = /* @__PURE__ */ Object.freeze({});
const DEFAULT_TRANSPORT = /* @__PURE__ */ fetchTransport();
const DEFAULT_BACKOFF = /* @__PURE__ */ resolveBackoff({});
const DEFAULT_RETRY = /* @__PURE__ */ resolveRetry({});

/**
 * Checks the options and fills in the defaults.
 *
 * @param limiter shared by the watches of a pool
 * @throws TypeError or RangeError that names the option, shows its value, but never a secret, and says
 * what to do
 */
export function resolveOptions<S extends string>(
  options: TaskStatusOptions<S>,
  defaultScheduler: SchedulerLike,
  limiter?: Limiter,
): ResolvedOptions<S>;
export function resolveOptions(
  options: Options,
  defaultScheduler: SchedulerLike,
  limiter?: Limiter,
): ResolvedOptions<string> {
  checkPlainObject('options', options, '; as a callback write (id) => taskStatus$(id)');
  const {
    api = browserUseV1,
    apiKey,
    backoff,
    baseUrl,
    fetch,
    headers,
    knownStatus,
    notFoundGrace = 0,
    pauseWhile,
    pollNow,
    requestTimeout = 30_000,
    retry,
    scheduler = defaultScheduler,
    signal,
    timeout = Infinity,
    transport = DEFAULT_TRANSPORT,
    unknownStatus = 'error',
  } = options;
  checkKind('api', api, 'a TaskApi');
  if (knownStatus !== undefined) checkWord('knownStatus', knownStatus, api.statuses);
  const key = apiKey === undefined || typeof apiKey === 'function' ? apiKey : checkApiKey(apiKey);
  const target =
    baseUrl === undefined ? ownBaseUrl(api) : parseBaseUrl('baseUrl', baseUrl, pageUrl());
  // always the same keys, without a spread: so all of them share one hidden class
  const resolved: ResolvedOptions<string> = {
    api,
    apiKey: key,
    credentials: resolveCredentials(api, key, headers),
    transport: fetch === undefined ? transport : resolveFetch(fetch, transport),
    requestTimeout,
    timeout,
    scheduler,
    notFoundGrace,
    unknownStatus,
    knownStatus,
    pauseWhile,
    pollNow,
    signal,
    baseUrl: target.baseUrl,
    query: target.query,
    backoff: backoff === undefined ? DEFAULT_BACKOFF : resolveBackoff(backoff),
    retry: retry === undefined ? DEFAULT_RETRY : resolveRetry(retry),
    limiter,
  };
  checkOptions('', resolved);
  return resolved;
}

function resolveBackoff(options: BackoffOptions<string>): ResolvedBackoff<string> {
  checkKind('backoff', options, 'a plain object');
  const { delay, factor = 1.5, initialDelay = 1_000, jitter = 0.1 } = options;
  const { random = mathRandom, resetOnChange = true } = options;
  // the type first: it has not been checked yet, and a comparison may throw
  const isLong = typeof initialDelay === 'number' && initialDelay > 5_000;
  const { maxDelay = isLong ? initialDelay : 5_000 } = options;
  const resolved = { initialDelay, factor, maxDelay, jitter, random, resetOnChange, delay };
  checkOptions('backoff.', resolved);
  return resolved;
}

function resolveRetry(options: RetryOptions | false): ResolvedRetry {
  const given = options === false ? { maxRetries: 0 } : options;
  checkKind('retry', given, 'a plain object or false');
  const { factor = 2, initialDelay = 500, jitter = 0.5, maxDelay = 30_000 } = given;
  const { maxRetries = 10, maxRetryAfter = 300_000, random = mathRandom, shouldRetry } = given;
  const resolved = {
    initialDelay,
    factor,
    maxDelay,
    jitter,
    random,
    maxRetries,
    maxRetryAfter,
    shouldRetry,
  };
  checkOptions('retry.', resolved);
  return resolved;
}

function resolveFetch(fetch: FetchLike, transport: StatusTransport): StatusTransport {
  checkKind('fetch', fetch, 'a function');
  if (transport === DEFAULT_TRANSPORT) return fetchTransport(fetch);
  throw new TypeError('fetch and transport are both given; pass one of them');
}

function resolveCredentials(
  api: TaskApi<string>,
  key: Options['apiKey'],
  headers: unknown,
): Credentials {
  const checked = headers === undefined ? NO_HEADERS : checkHeaders(headers);
  const keys = typeof key === 'string' ? [key] : [];
  if (key !== undefined) {
    const [name] = api.authorization(keys[0] ?? 'key');
    const double = Object.keys(checked).find((it) => it.toLowerCase() === name.toLowerCase());
    if (double !== undefined) {
      throw new TypeError(`apiKey is sent as ${name}; remove ${show(double)} from headers`);
    }
  }
  return new Credentials(api, checked, keys);
}

// parsed once for each API: for each watch it would cost 250 bytes and a good part of a poll
const ownBaseUrls = /* @__PURE__ */ new WeakMap<TaskApi<string>, BaseUrl>();

function ownBaseUrl(api: TaskApi<string>): BaseUrl {
  let own = ownBaseUrls.get(api);
  if (!own) ownBaseUrls.set(api, (own = parseBaseUrl('api.baseUrl', api.baseUrl)));
  return own;
}

/** The URL of the page or worker, where there is one. */
function pageUrl(): unknown {
  return fieldOf(fieldOf(globalThis, 'location'), 'href');
}
