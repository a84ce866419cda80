import type { TaskStatus } from './task-api.js';

/** What went wrong, as a word that survives serialisation and minification. */
export type TaskStatusErrorCode =
  HttpErrorCode | 'unexpected-response' | 'network' | 'request-timeout' | 'timeout';

/** The codes of {@link HttpStatusError} and its subclasses. */
export type HttpErrorCode = 'http' | 'not-found' | 'invalid' | 'unauthorized' | 'rate-limited';

/** What every {@link TaskStatusError} knows about the watch that it comes from. */
export interface WatchFacts<S extends string = TaskStatus> {
  /** The task that was asked for. */
  readonly taskId: string;
  /** How many requests the watch had made. */
  readonly attempts: number;
  /** How long the watch had lasted, ms. */
  readonly elapsed: number;
  /** The last status that the watch had seen. */
  readonly lastStatus?: S;
}

/** The facts of a {@link TaskStatusError}: they become its fields, and so do those of its subclass. */
export interface ErrorFacts<S extends string = TaskStatus> extends WatchFacts<S> {
  /** Which error this is. */
  readonly code: TaskStatusErrorCode;
  /** The failure behind this one. */
  readonly cause?: unknown;
  /** The HTTP status, if the server has answered. */
  readonly status?: number;
  /** What the server says of an error. */
  readonly detail?: string;
  /** The beginning of a body that is no status. */
  readonly body?: string;
  readonly [field: string]: unknown;
}

// one symbol for all copies of the package: `instanceof` tells them apart, users should not have to
const BRAND = Symbol.for('rxjs-task-status.error');

/** The base of every error that a watch ends with of itself. */
export class TaskStatusError<S extends string = TaskStatus> extends Error {
  /** The name of the class; a minifier does not change it. */
  override readonly name: string = 'TaskStatusError';
  /** Which error this is. */
  declare readonly code: TaskStatusErrorCode;
  /** The task that was asked for. */
  declare readonly taskId: string;
  /** How many requests the watch had made. */
  declare readonly attempts: number;
  /** How long the watch had lasted, ms. */
  declare readonly elapsed: number;
  /** The last status that this watch had seen; absent before the first. */
  declare readonly lastStatus?: S;

  /**
   * @param what follows the task's name in the message, and is followed by the HTTP status and by
   * what the server says
   * @param facts become the error's own fields
   */
  constructor(what: string, facts: ErrorFacts<S>) {
    const { taskId, status, detail, body = detail } = facts;
    const code = status === undefined ? '' : ` (${status})`;
    super(`Task ${JSON.stringify(taskId)} ${what}${code}${body ? `: ${body}` : ''}`, facts);
    Object.assign(this, facts);
  }

  /** @internal */
  get [BRAND](): true {
    return true;
  }
}

/**
 * The server answered with a status outside of 2xx. It is the base of the errors for 404, 422, 401,
 * 403 and 429.
 *
 * Of itself it is permanent for 3xx and 4xx, and retried for 408, 425 and 5xx.
 */
export class HttpStatusError<S extends string = TaskStatus> extends TaskStatusError<S> {
  override readonly name: string = 'HttpStatusError';
  declare readonly code: HttpErrorCode;
  /** The HTTP status; 0 for a redirect in a browser, which does not show more. */
  declare readonly status: number;
  /** What the server says of it: the body's `detail`, or at most its first 200 characters. */
  declare readonly detail: string;
}

/** 404: no task has this id, or not yet (see `notFoundGrace`). Permanent. */
export class TaskNotFoundError<S extends string = TaskStatus> extends HttpStatusError<S> {
  override readonly name = 'TaskNotFoundError';
  declare readonly code: 'not-found';
}

/** One complaint of a 422, as FastAPI words it. */
export interface ValidationIssue {
  /** Where: `['path', 'task_id']`. */
  readonly loc: (string | number)[];
  /** What, in words. */
  readonly msg: string;
  /** What, as a code. */
  readonly type: string;
}

/** 422: the server does not accept the id. Permanent. */
export class TaskValidationError<S extends string = TaskStatus> extends HttpStatusError<S> {
  override readonly name = 'TaskValidationError';
  declare readonly code: 'invalid';
  /** The server's complaints; entries of another shape are left out. */
  declare readonly issues: ValidationIssue[];
}

/** 401 or 403: the API key is missing, wrong, or not allowed to see this task. Permanent. */
export class AuthenticationError<S extends string = TaskStatus> extends HttpStatusError<S> {
  override readonly name = 'AuthenticationError';
  declare readonly code: 'unauthorized';
}

/** 429: asked too often. Retried, after what the server asks for. */
export class RateLimitError<S extends string = TaskStatus> extends HttpStatusError<S> {
  override readonly name = 'RateLimitError';
  declare readonly code: 'rate-limited';
  /** How long the server asks to wait, ms; absent where it does not say. */
  declare readonly retryAfter?: number;
}

/**
 * A 2xx whose body is no known status. Retried where it is no JSON at all, as from a captive portal
 * or a cut connection; else permanent.
 */
export class UnexpectedResponseError<S extends string = TaskStatus> extends TaskStatusError<S> {
  override readonly name = 'UnexpectedResponseError';
  declare readonly code: 'unexpected-response';
  /** The HTTP status. */
  declare readonly status: number;
  /** At most the first 200 characters of the body. */
  declare readonly body: string;
}

/** The request or its body failed on the way; `cause` is a plain copy of why. Retried. */
export class NetworkError<S extends string = TaskStatus> extends TaskStatusError<S> {
  override readonly name = 'NetworkError';
  declare readonly code: 'network';
}

/** One request took longer than `requestTimeout`. Retried. */
export class RequestTimeoutError<S extends string = TaskStatus> extends TaskStatusError<S> {
  override readonly name = 'RequestTimeoutError';
  declare readonly code: 'request-timeout';
  /** The limit that passed, ms. */
  declare readonly timeout: number;
}

/**
 * The whole watch took longer than `timeout`; `cause` is the transient failure that stood in the way
 * at the end, if there was one.
 */
export class TaskTimeoutError<S extends string = TaskStatus> extends TaskStatusError<S> {
  override readonly name = 'TaskTimeoutError';
  declare readonly code: 'timeout';
  /** The option, ms. */
  declare readonly timeout: number;
}

/** Every concrete {@link TaskStatusError}; its `code` tells them apart. */
export type AnyTaskStatusError<S extends string = TaskStatus> =
  | (HttpStatusError<S> & {
      /** None of those below. */
      readonly code: 'http';
    })
  | TaskNotFoundError<S>
  | TaskValidationError<S>
  | AuthenticationError<S>
  | RateLimitError<S>
  | UnexpectedResponseError<S>
  | NetworkError<S>
  | RequestTimeoutError<S>
  | TaskTimeoutError<S>;

/**
 * Tells whether a value is a {@link TaskStatusError}, also one from a second copy of this package,
 * which `instanceof` does not know. The `code` then narrows it to one class.
 *
 * @example
 * catchError((error: unknown) => {
 *   if (isTaskStatusError(error) && error.code === 'invalid') console.log(error.issues);
 *   throw error;
 * })
 */
export function isTaskStatusError<S extends string = TaskStatus>(
  value: unknown,
): value is AnyTaskStatusError<S> {
  return typeof value === 'object' && value !== null && BRAND in value;
}

/**
 * A task that ended without success, from `requireFinished()`.
 *
 * It is no {@link TaskStatusError}: nothing went wrong with the asking.
 */
export class TaskUnsuccessfulError<S extends string = TaskStatus> extends Error {
  /** The name of the class; a minifier does not change it. */
  override readonly name = 'TaskUnsuccessfulError';
  /** What tells it from the codes of a {@link TaskStatusError}. */
  readonly code = 'unsuccessful';
  /** The status that the task ended with. */
  readonly taskStatus: S;
  /** The task, where it is known. */
  declare readonly taskId?: string;

  constructor(taskStatus: S, taskId?: string) {
    super(`Task ${taskId === undefined ? '' : `${JSON.stringify(taskId)} `}ended as ${taskStatus}`);
    this.taskStatus = taskStatus;
    if (taskId !== undefined) this.taskId = taskId;
  }
}
