import type { SchedulerLike } from 'rxjs';

import type { TaskStatusError } from '../api/errors.js';
import type { TaskStatus } from '../api/browser-use.js';
import type { TaskApi } from '../api/task-api.js';
import type { FetchLike, RequestSignal, StatusTransport } from '../api/transport.js';

/** Prevents the inference of `S` here, so that only `api` decides it. */
type NotInferred<S> = [S][S extends unknown ? 0 : never];

/** The runtime's `URL`; an object with `href` where no type library declares one. */
export type Url = typeof globalThis extends { URL: { prototype: infer T } }
  ? T
  : { readonly href: string };

/** Receives the events of a {@link Notifier}. */
export interface NotifierObserver<T> {
  /** An event. */
  next(value: T): void;
  /** The source has failed. The stream errors with this error. */
  error(error: unknown): void;
  /** There are no more events. The last value stays in effect. */
  complete(): void;
}

/**
 * A source of events: an RxJS Observable, or one of the platform (`button.when('click')`). The platform's
 * `subscribe` returns nothing; there the signal ends the subscription.
 */
export interface Notifier<T> {
  /**
   * Subscribes to the events.
   *
   * @param options `signal` is aborted when the events are no longer needed
   */
  subscribe(observer: NotifierObserver<T>, options?: { readonly signal: RequestSignal }): unknown;
}

/** The delay between polls. All fields are optional. */
export interface BackoffOptions<S extends string = TaskStatus> {
  /** The first delay, ms, 0 to 2,147,483,647. Default 1,000. */
  readonly initialDelay?: number | undefined;
  /**
   * While the status stays the same, each delay is the previous one times this factor, at least 1.
   * Default 1.5.
   */
  readonly factor?: number | undefined;
  /**
   * The longest delay, ms, 0 to 2,147,483,647. Only the server can ask for more. Default: 5,000, or
   * `initialDelay` if that is larger.
   */
  readonly maxDelay?: number | undefined;
  /** The random part of a delay, 0 to 1. Default 0.1. */
  readonly jitter?: number | undefined;
  /** Whether a change of status starts again with `initialDelay`. Default `true`. */
  readonly resetOnChange?: boolean | undefined;
  /** A function like `Math.random`, which is the default. */
  readonly random?: (() => number) | undefined;
  /**
   * Replaces the formula: returns the delay without jitter, ms. It is clamped to 1..`maxDelay`; a result
   * that is not a number counts as `maxDelay`.
   *
   * @param seen how many times in a row the status was seen
   * @param status the last known status; `undefined` before the first one
   * @param context the task, and how long this watch has seen the status
   */
  readonly delay?: Delay<S> | undefined;
}

// Parameters of methods are bivariant. So a function for the statuses of one API is assignable to
// options for all strings, and one for the default TaskStatusError to the options of every API.
type Delay<S> = {
  call(seen: number, status: S | undefined, context: DelayContext): number;
}['call'];
type ShouldRetry = {
  call(error: TaskStatusError<string>, retries: number, transient: boolean): boolean;
}['call'];

/** The third argument of `backoff.delay`. */
export interface DelayContext {
  /** The task's id. */
  readonly taskId: string;
  /** How long this watch has seen the status, ms. */
  readonly elapsed: number;
}

/** How transient failures are retried. All fields are optional. */
export interface RetryOptions {
  /** How many retries in a row, an integer of at least 0 or `Infinity`. Default 10. */
  readonly maxRetries?: number | undefined;
  /** The delay before the first retry, ms, 0 to 2,147,483,647. Default 500. */
  readonly initialDelay?: number | undefined;
  /** Each delay is the previous one times this factor, at least 1. Default 2. */
  readonly factor?: number | undefined;
  /** The longest delay, ms, 0 to 2,147,483,647. Only the server can ask for more. Default 30,000. */
  readonly maxDelay?: number | undefined;
  /** The random part of a delay, 0 to 1. Default 0.5. */
  readonly jitter?: number | undefined;
  /** The longest `Retry-After` that is waited for, ms, 0 to 2,147,483,647. Default 300,000. */
  readonly maxRetryAfter?: number | undefined;
  /** A function like `Math.random`, which is the default. */
  readonly random?: (() => number) | undefined;
  /**
   * Decides whether a failure is retried, instead of the default decision. `maxRetries`,
   * `maxRetryAfter` and `timeout` still apply.
   *
   * @param error the failure
   * @param retries how many failures in a row came before this one
   * @param transient the default decision
   */
  readonly shouldRetry?: ShouldRetry | undefined;
}

/** The options of a watch. All are optional; `undefined` means the default. */
export interface TaskStatusOptions<S extends string = TaskStatus, D = unknown, R = unknown> {
  /**
   * Sent in the header that `api` names: `Authorization: Bearer` for `browserUseV1`. White space around it
   * is removed. A function is called before every request. Default: none.
   */
  readonly apiKey?: string | (() => string | Promise<string>) | undefined;
  /**
   * The URL of a proxy or a test server. Slashes at its end are ignored. A relative URL is resolved
   * against the location of the page or worker, where there is one. Default: the `baseUrl` of `api`.
   */
  readonly baseUrl?: string | Url | undefined;
  /** Headers that are sent with every request. Default: none. */
  readonly headers?: Readonly<Record<string, string>> | undefined;
  /** Sends a request and returns its answer. Default: `fetchTransport()`. */
  readonly transport?: StatusTransport | undefined;
  /**
   * Short for `transport: fetchTransport(fetch)`; not together with `transport`. Default:
   * `globalThis.fetch`, else `cross-fetch`.
   */
  readonly fetch?: FetchLike | undefined;
  /** The task API to poll. Default: `browserUseV1`. */
  readonly api?: TaskApi<S, D, R> | undefined;
  /** The time limit of one request, ms, 1 to 2,147,483,647 or `Infinity`. Default 30,000. */
  readonly requestTimeout?: number | undefined;

  /** The delay between polls, merged with the defaults field by field. */
  readonly backoff?: BackoffOptions<NotInferred<S>> | undefined;
  /**
   * The time limit of the whole watch, ms, 0 to 2,147,483,647 or `Infinity`. After it, the watch makes a
   * final poll. If the task has not ended, the stream errors with a `TaskTimeoutError`. Default:
   * `Infinity`.
   */
  readonly timeout?: number | undefined;
  /** Used for every delay, timeout and clock reading. Default: `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;

  /**
   * How transient failures are retried, merged with the defaults field by field; `false` is
   * `maxRetries: 0`.
   */
  readonly retry?: RetryOptions | false | undefined;
  /**
   * How long after subscription a 404 means "not visible yet", ms, 0 to 2,147,483,647, or `Infinity`.
   * Default 0.
   */
  readonly notFoundGrace?: number | undefined;
  /**
   * How a status that `api` does not list is handled: `'error'` ends the watch with an
   * `UnexpectedResponseError`, `'ignore'` continues to poll. Default `'error'`.
   */
  readonly unknownStatus?: 'error' | 'ignore' | undefined;

  /** A status that the caller already has. It is not emitted until it changes. Default: none. */
  readonly knownStatus?: NotInferred<S> | undefined;
  /** `true` pauses polling, `false` resumes it at once. Default: never paused. */
  readonly pauseWhile?: Notifier<boolean> | undefined;
  /**
   * Each emission ends the current delay between polls; during a request, the delay after it. Default:
   * none.
   */
  readonly pollNow?: Notifier<unknown> | undefined;
  /** On abort the stream errors with `signal.reason`. Default: none. */
  readonly signal?: RequestSignal | undefined;
}
