import type { SchedulerLike } from 'rxjs';

import type { TaskStatusError } from '../api/errors.js';
import type { TaskApi, TaskStatus } from '../api/task-api.js';
import type { FetchLike, RequestSignal, StatusTransport } from '../api/transport.js';

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
  readonly delay?:
    | ((
        seen: number,
        status: S | undefined,
        context: { taskId: string; elapsed: number },
      ) => number)
    | undefined;
}

// a method's type, so that a function over the default TaskStatusError serves every API
export type ShouldRetry = {
  call(error: TaskStatusError<string>, retries: number, transient: boolean): boolean;
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

/** A source of events for `pauseWhile` and `pollNow`: an RxJS Observable, or the platform's own. */
export interface Notifier<T> {
  subscribe(
    observer: {
      next: (value: T) => void;
      error: (error: unknown) => void;
      complete: () => void;
    },
    options?: { signal: RequestSignal } | undefined,
  ): unknown;
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
  readonly pauseWhile?: Notifier<boolean> | undefined;
  /** Each emission cuts the present poll wait short. Default: never. */
  readonly pollNow?: Notifier<unknown> | undefined;
  /** On abort the stream errors with `signal.reason`. Default: none. */
  readonly signal?: RequestSignal | undefined;
}
