// Over 300 lines: one short class for each error, and the types of their arguments.

import type { TaskStatus } from './browser-use.js';

/** The kind of an error. Serialisation and minification do not change it. */
export type TaskStatusErrorCode =
  HttpErrorCode | 'unexpected-response' | 'network' | 'request-timeout' | 'timeout';

/** The codes of {@link HttpStatusError} and its subclasses. */
export type HttpErrorCode = 'http' | 'not-found' | 'invalid' | 'unauthorized' | 'rate-limited';

/** What every {@link TaskStatusError} says about its watch. */
export interface WatchFacts<S extends string = TaskStatus> {
  /** The task's id. */
  readonly taskId: string;
  /** How many requests the watch has sent. */
  readonly attempts: number;
  /** How long the watch has lasted, ms. */
  readonly elapsed: number;
  /** The last status that the watch has seen; absent before the first one. */
  readonly lastStatus?: S | undefined;
}

// A registered symbol is the same in every copy of the package. Their classes differ.
const BRAND = Symbol.for('rxjs-task-status.error');

/** The base class of every error that a watch reports about a task or a request. */
export abstract class TaskStatusError<S extends string = TaskStatus> extends Error {
  /** The name of the class; a minifier does not change it. */
  override readonly name: string = 'TaskStatusError';
  /** Which error this is. */
  abstract readonly code: TaskStatusErrorCode;
  /** The task's id. */
  declare readonly taskId: string;
  /** How many requests the watch had sent. */
  declare readonly attempts: number;
  /** How long the watch had lasted, ms. */
  declare readonly elapsed: number;
  /** The last status that the watch had seen; absent before the first one. */
  declare readonly lastStatus?: S;

  /**
   * @param message one sentence: what happened, to which task
   * @param facts the fields of the error, and its `cause`; a field that is `undefined` is left out
   * @param detail what the server said, for the end of the message; may be empty
   */
  constructor(
    message: string,
    facts: WatchFacts<S> & PacingFacts & { readonly cause?: unknown },
    detail = '',
  ) {
    const { cause, maxRetryAfter = Infinity, ...fields } = facts;
    const { retryAfter = 0 } = fields;
    // says why the watch ends although the failure is transient
    const pacing =
      retryAfter > maxRetryAfter
        ? ` (Retry-After of ${retryAfter} ms is more than retry.maxRetryAfter)`
        : '';
    super(
      message + (detail && `: ${detail}`) + pacing,
      cause === undefined ? undefined : { cause },
    );
    assignDefined(this, fields);
  }

  /** @internal */
  get [BRAND](): true {
    return true;
  }
}

/** The delay that the server asked for, and the longest one that the options allow. */
export interface PacingFacts {
  /** The delay that the server asked for, ms; absent if it did not ask. */
  readonly retryAfter?: number | undefined;
  /** `retry.maxRetryAfter`, ms. */
  readonly maxRetryAfter?: number;
}

/** The argument of the constructor of {@link HttpStatusError}. */
export interface HttpErrorFacts<S extends string = TaskStatus> extends WatchFacts<S>, PacingFacts {
  /** The HTTP status. */
  readonly status: number;
  /** What the server said about the error; may be empty. */
  readonly detail: string;
}

/**
 * The server answered with an HTTP status outside 2xx. This is also the base class of the errors for 404,
 * 422, 401, 403 and 429.
 *
 * Permanent, except for 408, 425, 429 and 5xx, which are retried.
 */
export class HttpStatusError<S extends string = TaskStatus> extends TaskStatusError<S> {
  override readonly name: string = 'HttpStatusError';
  readonly code: HttpErrorCode = 'http';
  /** The HTTP status; 0 for a redirect in a browser, which hides the status. */
  declare readonly status: number;
  /**
   * What the server said about the error: the body's `detail`, for a 422 the messages in it, else at most
   * the first 200 characters of the body.
   */
  declare readonly detail: string;
  /** The delay that the server asked for, ms; absent if it did not ask. */
  declare readonly retryAfter?: number;

  /**
   * @param facts the watch and the answer
   * @param message the beginning of the message, before `detail`
   */
  constructor(facts: HttpErrorFacts<S>, message = answered(facts)) {
    super(message, facts, facts.detail);
  }
}

/** 404: there is no task with this id, or not yet (see `notFoundGrace`). Permanent. */
export class TaskNotFoundError<S extends string = TaskStatus> extends HttpStatusError<S> {
  override readonly name = 'TaskNotFoundError';
  override readonly code = 'not-found';

  constructor(facts: HttpErrorFacts<S>) {
    super(facts, `Task ${quote(facts)} was not found (${facts.status})`);
  }
}

/** One entry of a 422's `detail`, in FastAPI's form. */
export interface ValidationIssue {
  /** Where the mistake is: `['path', 'task_id']`. */
  readonly loc: (string | number)[];
  /** What is wrong, in words. */
  readonly msg: string;
  /** What is wrong, as a code. */
  readonly type: string;
}

/** 422: the server does not accept the id. Permanent. */
export class TaskValidationError<S extends string = TaskStatus> extends HttpStatusError<S> {
  override readonly name = 'TaskValidationError';
  override readonly code = 'invalid';
  /** The entries of the server's `detail`; those of another shape are dropped. */
  declare readonly issues: ValidationIssue[];

  constructor(facts: HttpErrorFacts<S> & { readonly issues: ValidationIssue[] }) {
    super(facts, `Task ${quote(facts)} was rejected as invalid (${facts.status})`);
  }
}

/** 401 or 403: the API key is missing, wrong, or not allowed to see this task. Permanent. */
export class AuthenticationError<S extends string = TaskStatus> extends HttpStatusError<S> {
  override readonly name = 'AuthenticationError';
  override readonly code = 'unauthorized';

  constructor(facts: HttpErrorFacts<S>) {
    super(facts, `The API key was rejected (${facts.status}) for task ${quote(facts)}`);
  }
}

/** 429: too many requests. Retried, after the delay that the server asks for. */
export class RateLimitError<S extends string = TaskStatus> extends HttpStatusError<S> {
  override readonly name = 'RateLimitError';
  override readonly code = 'rate-limited';

  constructor(facts: HttpErrorFacts<S>) {
    super(facts, `The rate limit was reached (${facts.status}) for task ${quote(facts)}`);
  }
}

/**
 * A 2xx whose body is not a known status. Retried if the body is not JSON at all, as from a captive
 * portal or a lost connection; otherwise permanent.
 */
export class UnexpectedResponseError<S extends string = TaskStatus> extends TaskStatusError<S> {
  override readonly name = 'UnexpectedResponseError';
  readonly code = 'unexpected-response';
  /** The HTTP status. */
  declare readonly status: number;
  /** At most the first 200 characters of the body. */
  declare readonly body: string;
  /** The delay that the server asked for, ms; absent if it did not ask. */
  declare readonly retryAfter?: number;

  /** @param facts the watch, the answer, and what is wrong with it: `a body that is not JSON` */
  constructor({
    problem,
    ...facts
  }: WatchFacts<S> &
    PacingFacts & { readonly status: number; readonly body: string; readonly problem: string }) {
    super(`${answered(facts)} with ${problem}`, facts, facts.body);
  }
}

/**
 * The request failed, or the connection was lost while the body was read; `cause` is a plain copy of the
 * reason. Retried, unless no retry can help, for example if the server's certificate is not valid.
 */
export class NetworkError<S extends string = TaskStatus> extends TaskStatusError<S> {
  override readonly name = 'NetworkError';
  readonly code = 'network';

  /** @param facts the watch, the plain copy of the reason (`cause`), and the reason in one line */
  constructor({
    reason,
    ...facts
  }: WatchFacts<S> & { readonly cause?: unknown; readonly reason: string }) {
    super(`The request for task ${quote(facts)} failed`, facts, reason);
  }
}

/** One request took longer than `requestTimeout`. Retried. */
export class RequestTimeoutError<S extends string = TaskStatus> extends TaskStatusError<S> {
  override readonly name = 'RequestTimeoutError';
  readonly code = 'request-timeout';
  /** The limit that passed, ms. */
  declare readonly timeout: number;

  constructor(facts: WatchFacts<S> & { readonly timeout: number }) {
    super(
      `The request for task ${quote(facts)} got no answer within ${facts.timeout} ms (requestTimeout)`,
      facts,
    );
  }
}

/**
 * The whole watch took longer than `timeout`. `cause` is the last failure, if it was transient and no
 * good answer followed it.
 */
export class TaskTimeoutError<S extends string = TaskStatus> extends TaskStatusError<S> {
  override readonly name = 'TaskTimeoutError';
  readonly code = 'timeout';
  /** The option `timeout`, ms. */
  declare readonly timeout: number;

  constructor(facts: WatchFacts<S> & { readonly timeout: number; readonly cause?: unknown }) {
    super(
      `Task ${quote(facts)} did not end within ${facts.timeout} ms (timeout), last status: ${facts.lastStatus ?? 'none'}`,
      facts,
    );
  }
}

/** Every concrete {@link TaskStatusError}; its `code` says which. */
export type AnyTaskStatusError<S extends string = TaskStatus> =
  | (HttpStatusError<S> & {
      /** An HTTP status without a more specific class. */
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
 * Whether a value is a {@link TaskStatusError}, also one from a second copy of this package, which
 * `instanceof` does not recognise. Its `code` then narrows it to one class. Never throws.
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
  try {
    return typeof value === 'object' && value !== null && BRAND in value;
  } catch {
    return false; // a proxy
  }
}

/**
 * The error of `requireFinished()`, `taskResult$` and `pool.result$`: the task ended without success, or
 * its stream completed before the task had ended.
 *
 * It is not a {@link TaskStatusError}: no request has failed.
 */
export class TaskUnsuccessfulError<S extends string = TaskStatus> extends Error {
  /** The name of the class; a minifier does not change it. */
  override readonly name = 'TaskUnsuccessfulError';
  /** Differs from every code of a {@link TaskStatusError}. */
  readonly code = 'unsuccessful';
  /** The task's last status; absent if a pool was closed before the first answer. */
  declare readonly taskStatus: S;
  /** The task's id, where it is known. */
  declare readonly taskId?: string;
  /** What the API's `details` returned for the last answer; absent from `requireFinished()`. */
  declare readonly details?: unknown;
  /** Whether the task has ended; `false` if its stream completed first, as in a closed pool. */
  declare readonly ended: boolean;

  /**
   * @param taskStatus the last status, where there was one
   * @param taskId the task's id, where it is known
   * @param ended whether the status is terminal; `false` if the stream completed before the end
   * @param details what the API's `details` returned for the last poll
   */
  constructor(taskStatus: S | undefined, taskId?: string, ended = true, details?: unknown) {
    const task = taskId === undefined ? 'Task' : `Task ${JSON.stringify(taskId)}`;
    super(
      ended
        ? `${task} ended as ${taskStatus}`
        : `The stream completed before ${task.replace('T', 't')} had ended; its last status is ${taskStatus ?? 'none'}`,
    );
    assignDefined(this, { taskStatus, taskId, details });
    // not enumerable, like `message`: it says the same
    Object.defineProperty(this, 'ended', { value: ended });
  }
}

/** Sets the fields that are not `undefined`. */
function assignDefined(target: object, fields: object): void {
  for (const [name, value] of Object.entries(fields)) {
    if (value !== undefined) Reflect.set(target, name, value);
  }
}

function quote({ taskId }: { readonly taskId: string }): string {
  return JSON.stringify(taskId);
}

function answered(facts: { readonly taskId: string; readonly status: number }): string {
  return `The server answered ${facts.status} for task ${quote(facts)}`;
}
