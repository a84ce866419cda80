import { parseBaseUrl } from './base-url.js';
import { fieldOf, isObject, show } from './guards.js';

/** The statuses of a task of the Browser Use Cloud API, in the order of its documentation. */
export const TASK_STATUSES = [
  'created',
  'running',
  'paused',
  'finished',
  'stopped',
  'failed',
] as const;

/** The status of a task: one of {@link TASK_STATUSES}. */
export type TaskStatus = (typeof TASK_STATUSES)[number];

/** The statuses after which a task does not change any more. */
export type TerminalTaskStatus = 'finished' | 'stopped' | 'failed';

/**
 * A task API, described by what differs between task APIs.
 *
 * @typeParam S the API's statuses
 */
export interface TaskApi<S extends string> {
  /** The URL that `path` is appended to. The option `baseUrl` replaces it. */
  readonly baseUrl: string;
  /** Returns the path of a task's status below `baseUrl`. The task id is already URL-encoded. */
  readonly path: (encodedTaskId: string) => string;
  /** Returns the header that contains the API key. */
  readonly authorization: (apiKey: string) => readonly [header: string, value: string];
  /**
   * Returns the status in the parsed JSON of an answer. If it is not one of `statuses`, this is an
   * `UnexpectedResponseError` (see the option `unknownStatus`).
   */
  readonly status: (json: unknown) => unknown;
  /** Every status that the API can answer with. */
  readonly statuses: readonly S[];
  /** The statuses after which a task does not change any more. */
  readonly terminal: readonly S[];
  /** The terminal statuses that mean success. */
  readonly successful: readonly S[];
  /** The longest body: in bytes with `fetchTransport`, else in characters. Default 65,536. */
  readonly bodyLimit?: number | undefined;
}

/**
 * Checks the description of a task API, for the option `api`.
 *
 * @returns the same description, typed with its statuses
 * @throws TypeError if `baseUrl` is not an http(s) URL, a function is missing, `statuses` is empty or
 * has a duplicate, `terminal` has a status that is not in `statuses`, `successful` has one that is not in
 * `terminal`, or `bodyLimit` is not a positive integer
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
export function defineTaskApi<const S extends string>(api: TaskApi<S>): TaskApi<S> {
  const refuse = (what: string, value: unknown): never => {
    throw new TypeError(`api${what}, got ${show(value)}`);
  };
  if (!isObject(api)) refuse(' must be a TaskApi', api);
  parseBaseUrl('api.baseUrl', api.baseUrl);
  for (const name of ['path', 'authorization', 'status'] as const) {
    if (typeof api[name] !== 'function') refuse(`.${name} must be a function`, api[name]);
  }
  const subset = (name: 'statuses' | 'terminal' | 'successful', of?: 'statuses' | 'terminal') => {
    const words: readonly unknown[] = Array.isArray(api[name])
      ? api[name]
      : refuse(`.${name} must be an array of strings`, api[name]);
    if (
      (!of && !words.length) ||
      words.some((word, at) => typeof word !== 'string' || words.indexOf(word) !== at) ||
      (of && api[name].some((word) => !api[of].includes(word)))
    ) {
      refuse(`.${name} must be strings${of ? ` from api.${of}` : ''} without duplicates`, words);
    }
  };
  const { bodyLimit } = api;
  if (bodyLimit !== undefined && !(Number.isInteger(bodyLimit) && bodyLimit > 0)) {
    refuse('.bodyLimit must be an integer above 0', bodyLimit);
  }
  subset('statuses');
  subset('terminal', 'statuses');
  subset('successful', 'terminal');
  return api;
}

/**
 * Version 1 of the Browser Use Cloud API: `GET /api/v1/task/{task_id}/status`, which answers with the
 * bare status. The default of the option `api`.
 */
export const browserUseV1: TaskApi<TaskStatus> = {
  baseUrl: 'https://api.browser-use.com/api/v1',
  path: (id) => `/task/${id}/status`,
  authorization: (key) => ['Authorization', `Bearer ${key}`],
  status: (json) => json,
  statuses: TASK_STATUSES,
  terminal: ['finished', 'stopped', 'failed'],
  successful: ['finished'],
};

/**
 * Version 2 of the Browser Use Cloud API: `GET /api/v2/tasks/{task_id}/status`.
 *
 * Its `finished` means that the agent has ended, not that it succeeded.
 */
export const browserUseV2: TaskApi<'created' | 'started' | 'finished' | 'failed' | 'stopped'> = {
  baseUrl: 'https://api.browser-use.com/api/v2',
  path: (id) => `/tasks/${id}/status`,
  authorization: (key) => ['X-Browser-Use-API-Key', key],
  status: statusField,
  statuses: ['created', 'started', 'finished', 'failed', 'stopped'],
  terminal: ['finished', 'failed', 'stopped'],
  successful: ['finished'],
  // the answer contains the output of the task
  bodyLimit: 16_777_216,
};

/** Version 4 of the Browser Use Cloud API, where a task is a run: `GET /api/v4/runs/{run_id}/status`. */
export const browserUseV4: TaskApi<
  'queued' | 'dispatching' | 'running' | 'completed' | 'failed' | 'cancelled'
> = {
  baseUrl: 'https://api.browser-use.com/api/v4',
  path: (id) => `/runs/${id}/status`,
  authorization: (key) => ['X-Browser-Use-API-Key', key],
  status: statusField,
  statuses: ['queued', 'dispatching', 'running', 'completed', 'failed', 'cancelled'],
  terminal: ['completed', 'failed', 'cancelled'],
  successful: ['completed'],
};

function statusField(json: unknown): unknown {
  return fieldOf(json, 'status');
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
