import type { SchedulerLike } from 'rxjs';

import { checkApiKey } from '../api/api-key.js';
import { parseBaseUrl, type BaseUrl } from '../api/base-url.js';
import { Credentials } from '../api/credentials.js';
import { fieldOf, show } from '../api/guards.js';
import { browserUseV1 } from '../api/browser-use.js';
import { type TaskApi } from '../api/task-api.js';
import { fetchTransport, type RequestSignal, type StatusTransport } from '../api/transport.js';
import type { Jitter, Schedule } from './backoff.js';
import { checkHeaders, checkPlainObject, checkWord, withDefaults } from './checks.js';
import type { Limiter } from './limiter.js';
import type { BackoffOptions, Notifier, RetryOptions, TaskStatusOptions } from './options.js';

type Options = TaskStatusOptions<string>;

/** The options of a watch: checked, with every default filled in. Every key is always present. */
export interface ResolvedOptions<S extends string, D = unknown, R = unknown> extends BaseUrl {
  readonly api: TaskApi<S, D, R>;
  /** Trimmed, if it is a string. */
  readonly apiKey: Options['apiKey'];
  /** The headers, including that of the API key if the key is a string. */
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

/** The options with the simple defaults filled in. */
type Defaulted = {
  readonly [K in keyof Options]-?: Options[K];
} & Pick<
  ResolvedOptions<string>,
  'api' | 'notFoundGrace' | 'requestTimeout' | 'scheduler' | 'timeout' | 'unknownStatus'
>;

// looked up for each delay: a test may replace it
const random = (): number => Math.random();

const NO_HEADERS = /* @__PURE__ */ Object.freeze({});
const DEFAULT_TRANSPORT = /* @__PURE__ */ fetchTransport();
const DEFAULT_BACKOFF = /* @__PURE__ */ resolveBackoff({});
const DEFAULT_RETRY = /* @__PURE__ */ resolveRetry({});

/**
 * Checks the options and fills in the defaults.
 *
 * @param limiter shared by the watches of a pool
 * @throws TypeError or RangeError that names the option, shows its value unless it may be a secret, and
 * says what to do
 */
export function resolveOptions<S extends string, D, R>(
  options: TaskStatusOptions<S, D, R>,
  defaultScheduler: SchedulerLike,
  limiter?: Limiter,
): ResolvedOptions<S, D, R>;
export function resolveOptions(
  options: Options,
  defaultScheduler: SchedulerLike,
  limiter?: Limiter,
): ResolvedOptions<string> {
  checkPlainObject('options', options, '; as a callback write (id) => taskStatus$(id)');
  // always the same keys, so that all resolved options share one hidden class
  const given = withDefaults<Defaulted>('', options, {
    api: browserUseV1,
    apiKey: undefined,
    backoff: undefined,
    baseUrl: undefined,
    fetch: undefined,
    headers: undefined,
    knownStatus: undefined,
    notFoundGrace: 0,
    pauseWhile: undefined,
    pollNow: undefined,
    requestTimeout: 30_000,
    retry: undefined,
    scheduler: defaultScheduler,
    signal: undefined,
    timeout: Infinity,
    transport: undefined,
    unknownStatus: 'error',
  });
  const { api, apiKey, backoff, fetch, knownStatus, retry, transport } = given;
  if (knownStatus !== undefined) checkWord('knownStatus', knownStatus, api.statuses);
  if (fetch && transport)
    throw new TypeError('fetch and transport are both given; pass one of them');
  const key = apiKey === undefined || typeof apiKey === 'function' ? apiKey : checkApiKey(apiKey);
  const { baseUrl, query } =
    given.baseUrl === undefined
      ? ownBaseUrl(api)
      : parseBaseUrl('baseUrl', given.baseUrl, pageUrl());
  // not a copy of `given` with more keys: V8 makes a hidden class of 600 bytes for each of these
  return {
    api,
    apiKey: key,
    backoff: backoff ? resolveBackoff(backoff) : DEFAULT_BACKOFF,
    baseUrl,
    credentials: resolveCredentials(api, key, given.headers),
    knownStatus,
    limiter,
    notFoundGrace: given.notFoundGrace,
    pauseWhile: given.pauseWhile,
    pollNow: given.pollNow,
    query,
    requestTimeout: given.requestTimeout,
    retry: retry === undefined ? DEFAULT_RETRY : resolveRetry(retry || { maxRetries: 0 }),
    scheduler: given.scheduler,
    signal: given.signal,
    timeout: given.timeout,
    transport: fetch ? fetchTransport(fetch) : (transport ?? DEFAULT_TRANSPORT),
    unknownStatus: given.unknownStatus,
  };
}

function resolveBackoff(given: BackoffOptions<string>): ResolvedBackoff<string> {
  const resolved = withDefaults<
    Omit<ResolvedBackoff<string>, 'maxDelay'> & { maxDelay?: number | undefined }
  >('backoff.', given, {
    delay: undefined,
    factor: 1.5,
    initialDelay: 1_000,
    jitter: 0.1,
    maxDelay: undefined,
    random,
    resetOnChange: true,
  });
  return { ...resolved, maxDelay: resolved.maxDelay ?? Math.max(5_000, resolved.initialDelay) };
}

function resolveRetry(given: RetryOptions): ResolvedRetry {
  return withDefaults<ResolvedRetry>('retry.', given, {
    factor: 2,
    initialDelay: 500,
    jitter: 0.5,
    maxDelay: 30_000,
    maxRetries: 10,
    maxRetryAfter: 300_000,
    random,
    shouldRetry: undefined,
  });
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

// parsed once for each API: doing it for each watch would cost 250 bytes and much of the time of a poll
const ownBaseUrls = /* @__PURE__ */ new WeakMap<TaskApi<string>, BaseUrl>();

function ownBaseUrl(api: TaskApi<string>): BaseUrl {
  let own = ownBaseUrls.get(api);
  if (!own) ownBaseUrls.set(api, (own = parseBaseUrl('api.baseUrl', api.baseUrl)));
  return own;
}

/** The URL of the page or worker; `undefined` elsewhere. */
function pageUrl(): unknown {
  return fieldOf(fieldOf(globalThis, 'location'), 'href');
}
