import { parseBaseUrl } from './base-url.js';
import { browserUseV1, type TerminalTaskStatus } from './browser-use.js';
import { checkHeaderValue } from './api-key.js';
import { isObject, isOneOf, show } from './guards.js';
import { isHeaderName, type HeaderReader } from './headers.js';

/** What `status` of a {@link TaskApi} learns about an answer besides its JSON. */
export interface AnswerHead {
  /** The HTTP status, 200 to 299. */
  readonly status: number;
  /** The headers of the answer. */
  readonly headers: HeaderReader;
}

/**
 * How a request for a status differs from a plain `GET`: what `request` of a {@link TaskApi} returns.
 *
 * @example
 * const request = (taskId: string): TaskApiRequest => ({
 *   method: 'POST',
 *   headers: { 'Content-Type': 'application/json' },
 *   body: JSON.stringify({ jobId: taskId }),
 * });
 */
export interface TaskApiRequest {
  /** The HTTP method. Default `GET`. */
  readonly method?: 'GET' | 'POST' | undefined;
  /** More headers. The option `headers` and the API key replace those of the same name. Default: none. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** The body of a `POST`. Default: none. No header is added for it. */
  readonly body?: string | undefined;
}

/**
 * A task API, described by what differs between task APIs. {@link defineTaskApi} checks one.
 *
 * An exception in one of the functions is the error of the stream, except in `authorization`, where the
 * call throws, and in `status`, where it means that the answer has no known status.
 *
 * @typeParam S the API's statuses
 * @typeParam D what `details` returns
 * @typeParam R what `result` returns
 */
export interface TaskApi<S extends string, D = unknown, R = unknown> {
  /** The URL that `path` is appended to. The option `baseUrl` replaces it. */
  readonly baseUrl: string;
  /**
   * Returns the path of a task's status below `baseUrl`. The task id is already URL-encoded. Where task
   * ids are the URLs of operations, it may be `decodeURIComponent`: an absolute URL must have the same
   * origin as `baseUrl`.
   */
  readonly path: (encodedTaskId: string) => string;
  /**
   * Returns the method, headers and body of a request, for an API that is polled with `POST`. Called
   * before each request. The request of the result has the headers, but is a `GET` without a body.
   */
  readonly request?: ((taskId: string) => TaskApiRequest) | undefined;
  /** Returns the header that contains the API key. */
  readonly authorization: (apiKey: string) => readonly [header: string, value: string];
  /**
   * Returns the status in the parsed JSON of a 2xx answer. If it is not one of `statuses`, this is an
   * `UnexpectedResponseError` (see the option `unknownStatus`).
   *
   * If the function has two parameters, it is also called for an empty body, with `undefined`.
   *
   * @param response for an API that reports progress by HTTP status, such as 202 while running
   */
  readonly status: (json: unknown, response: AnswerHead) => unknown;
  /** Every status that the API can answer with, at least one. */
  readonly statuses: readonly S[];
  /** The statuses after which a task does not change any more. */
  readonly terminal: readonly S[];
  /** The terminal statuses that mean success. */
  readonly successful: readonly S[];
  /**
   * Returns the rest of an answer that callers want: output, progress, cost. Called for each answer with
   * a known status. Default: none, and polls have no `details`.
   */
  readonly details?: ((json: unknown) => D) | undefined;
  /**
   * Returns the path of a task's result, like `path`, if the answer with the status does not contain it.
   * Used by `taskResult$` and `result$`, for one `GET` after the end. Default: none; the last answer
   * contains the result.
   */
  readonly resultPath?: ((encodedTaskId: string) => string) | undefined;
  /** Returns the result in the answer that contains it. Default: its JSON. */
  readonly result?: ((json: unknown) => R) | undefined;
  /**
   * Returns the delay that the server requests in another way than `Retry-After`, ms. The longer of the
   * two applies, with the limit `retry.maxRetryAfter`. A value that is not a positive number is ignored.
   * Called for each answer, also for one that is not a 2xx.
   *
   * @param json `undefined` if the body is not JSON
   */
  readonly retryAfter?: ((json: unknown, headers: HeaderReader) => number | undefined) | undefined;
  /**
   * The longest body, an integer above 0: in bytes with `fetchTransport`, in characters with another
   * transport. Default 65,536. A longer one is an `UnexpectedResponseError`.
   */
  readonly bodyLimit?: number | undefined;
}

const REQUIRED = ['path', 'authorization', 'status'] as const;
const OPTIONAL = ['request', 'details', 'resultPath', 'result', 'retryAfter'] as const;

/**
 * Checks the description of a task API, for the option `api`.
 *
 * Calls `path` and `authorization` once.
 *
 * @returns the same description, typed with its statuses, details and result
 * @throws TypeError if `baseUrl` is not an http(s) URL, a function is missing or is none, `path` does
 * not return a string, `authorization` does not return a header that can be sent, `statuses` is empty
 * or has a duplicate, `terminal` has a status that is not in `statuses`, `successful` has one that is not
 * in `terminal`, or `bodyLimit` is not a positive integer
 *
 * @example
 * const jobs = defineTaskApi({
 *   baseUrl: 'https://jobs.example.com',
 *   path: (id) => `/jobs/${id}`,
 *   authorization: (key) => ['X-Api-Key', key],
 *   status: (json) => (json as { state?: unknown }).state,
 *   statuses: ['queued', 'running', 'done', 'error'],
 *   terminal: ['done', 'error'],
 *   successful: ['done'],
 * });
 * taskStatus$('job-1', { api: jobs, apiKey }).subscribe(console.log); // queued, running, done
 */
export function defineTaskApi<const S extends string, D = unknown, R = unknown>(
  api: TaskApi<S, D, R>,
): TaskApi<S, D, R> {
  if (!isObject(api)) refuse(' must be a TaskApi', api);
  parseBaseUrl('api.baseUrl', api.baseUrl);
  for (const name of [...REQUIRED, ...OPTIONAL]) {
    const isMissing = api[name] === undefined && isOneOf(OPTIONAL, name);
    if (!isMissing && typeof api[name] !== 'function') {
      refuse(`.${name} must be a function`, api[name]);
    }
  }
  const path: unknown = api.path('id');
  if (typeof path !== 'string') refuse('.path must return a string', path);
  checkAuthorization(api.authorization('key'));
  const { bodyLimit } = api;
  if (bodyLimit !== undefined && !(Number.isInteger(bodyLimit) && bodyLimit > 0)) {
    refuse('.bodyLimit must be an integer above 0', bodyLimit);
  }
  checkWords(api, 'statuses');
  checkWords(api, 'terminal', 'statuses');
  checkWords(api, 'successful', 'terminal');
  return api;
}

type Words = 'statuses' | 'terminal' | 'successful';

function checkWords(api: TaskApi<string>, name: Words, of?: Words): void {
  const words: unknown = api[name];
  if (!Array.isArray(words)) refuse(`.${name} must be an array of strings`, words);
  const isWrong = api[name].some(
    (word, at) =>
      typeof word !== 'string' ||
      api[name].indexOf(word) !== at ||
      (of !== undefined && !api[of].includes(word)),
  );
  if (isWrong || (!of && !api[name].length)) {
    refuse(`.${name} must be strings${of ? ` from api.${of}` : ''} without duplicates`, words);
  }
}

function checkAuthorization(header: unknown): void {
  const [name, value] = Array.isArray(header) ? Array.from<unknown>(header) : [];
  if (typeof name !== 'string' || !isHeaderName(name) || typeof value !== 'string') {
    refuse(".authorization must return ['Name', 'value']", header);
  }
  checkHeaderValue('the value of api.authorization', value);
}

function refuse(what: string, value: unknown): never {
  throw new TypeError(`api${what}, got ${show(value)}`);
}

/**
 * Whether a status of {@link browserUseV1} is terminal: the task has ended. Narrows the type.
 *
 * @example
 * isTerminal('finished'); // true
 * isTerminal('paused'); // false: a paused task can be resumed
 */
export function isTerminal(status: string): status is TerminalTaskStatus;
/**
 * Whether a status of another API is terminal. Does not narrow the type, because an API's type does not
 * say which statuses are terminal.
 *
 * @param api the API that the status belongs to
 */
// eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- S is inferred from the API alone
export function isTerminal<S extends string, T extends S>(
  status: T,
  api: TaskApi<S> | undefined,
): boolean;
/**
 * Whether a string is a terminal status of another API. Narrows the type.
 *
 * @param api the API that the status may belong to
 */
export function isTerminal<S extends string>(
  status: string,
  api: TaskApi<S> | undefined,
): status is S;
export function isTerminal(status: string, api?: TaskApi<string>): boolean {
  // the second argument is an index in a callback of filter() or takeWhile()
  return (typeof api === 'object' ? api : browserUseV1).terminal.includes(status);
}
