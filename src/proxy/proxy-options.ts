import {
  browserUseV1,
  createTaskStatus,
  defineTaskApi,
  type FetchLike,
  type TaskApi,
} from 'rxjs-task-status';

import { isObject, show } from '../api/guards.js';

/** The options of `taskStatusProxy`. `apiKey` and `basePath` are required. */
export interface TaskStatusProxyOptions {
  /** The API key, or a function that returns it. The function is called before every request. */
  readonly apiKey: string | (() => string | Promise<string>);
  /**
   * The path of the proxy on your server, such as `/api/v1`. A page polls with
   * `taskStatus$(id, { baseUrl: '/api/v1' })`. A slash at the end is ignored.
   */
  readonly basePath: string;
  /**
   * The task API. Its `baseUrl` is where the proxy sends its requests: for a test server pass
   * `{ ...browserUseV1, baseUrl }`. Default: `browserUseV1`.
   */
  readonly api?: TaskApi<string> | undefined;
  /**
   * Decides whether the sender of a request may see a task. `true` allows the request, `false` is answered
   * with 403, and a `Response` becomes the answer. If it throws, rejects, returns anything else, or
   * takes more than 30 s, the answer is a 500. Default: everybody may see every task.
   */
  readonly authorize?:
    | ((request: Request, taskId: string) => boolean | Response | Promise<boolean | Response>)
    | undefined;
  /**
   * Which task ids are passed on. A regular expression must match the whole id; its flags `g`, `m` and
   * `y` are ignored. A function returns `true` for a valid id. Default: `/[\w-]+/`.
   */
  readonly taskId?: RegExp | ((taskId: string) => boolean) | undefined;
  /** Whether the API's `resultPath` is a route too, for `taskResult$`. Default: `false`. */
  readonly results?: boolean | undefined;
  /** Sends the requests to the task API. Default: the runtime's `fetch`. */
  readonly fetch?: FetchLike | undefined;
  /**
   * Gets the error behind each 500, 502 and 504 that the proxy itself answers, for your log. The page does
   * not get it. Errors of the library do not contain the key. An exception in the function is ignored.
   */
  readonly onError?: ((error: unknown) => void) | undefined;
}

/** {@link TaskStatusProxyOptions}: checked, with the defaults filled in. */
export interface ResolvedProxyOptions extends Pick<
  TaskStatusProxyOptions,
  'apiKey' | 'authorize' | 'fetch'
> {
  /** Without a slash at the end. */
  readonly basePath: string;
  readonly api: TaskApi<string>;
  readonly isTaskId: (taskId: string) => boolean;
  readonly results: boolean;
  readonly onError: (error: unknown) => void;
}

/**
 * Checks the options and fills in the defaults.
 *
 * @throws TypeError that names the option, and never shows the key
 */
export function resolveProxyOptions(options: TaskStatusProxyOptions): ResolvedProxyOptions {
  const given: unknown = options;
  if (!isObject(given)) {
    // shows the type only: the value may be the key
    const type = given === null ? 'null' : typeof given;
    throw new TypeError(`taskStatusProxy() needs { apiKey, basePath }, got ${type}`);
  }
  const { apiKey, api = browserUseV1, authorize, fetch, onError, results = false } = options;
  if (apiKey === undefined) {
    throw new TypeError('apiKey is missing; without a key you need no proxy');
  }
  checkType('authorize', authorize, 'function');
  checkType('onError', onError, 'function');
  checkType('results', results, 'boolean');
  // checks the key and `fetch`, as for every watch
  createTaskStatus({ api: defineTaskApi(api), apiKey, fetch });
  return {
    api,
    apiKey,
    authorize,
    basePath: checkBasePath(options.basePath),
    fetch,
    isTaskId: idCheck(options.taskId ?? /[\w-]+/),
    results,
    onError: (error) => {
      try {
        onError?.(error);
      } catch {
        // an error in the log must not change the answer
      }
    },
  };
}

function checkType(name: string, value: unknown, type: 'function' | 'boolean'): void {
  if (value === undefined || typeof value === type) return;
  throw new TypeError(`${name} must be a ${type}, got ${show(value)}`);
}

function checkBasePath(basePath: unknown): string {
  if (typeof basePath === 'string' && /^\/(?!\/)/.test(basePath)) {
    // the URL of a request could never match a path that a URL parser changes
    const { href } = new URL(`http://localhost${basePath}`);
    if (href === `http://localhost${basePath}` && !/[?#]/.test(basePath)) {
      return basePath.replace(/\/+$/, '');
    }
  }
  throw new TypeError(`basePath must be a path such as '/api/v1', got ${show(basePath)}`);
}

function idCheck(taskId: unknown): (taskId: string) => boolean {
  if (taskId instanceof RegExp) {
    const whole = new RegExp(`^(?:${taskId.source})$`, taskId.flags.replace(/[gmy]/g, ''));
    return (id) => whole.test(id);
  }
  if (isFunction(taskId)) return (id) => taskId(id) === true;
  throw new TypeError(`taskId must be a RegExp or a function, got ${show(taskId)}`);
}

function isFunction(value: unknown): value is (...args: unknown[]) => unknown {
  return typeof value === 'function';
}
