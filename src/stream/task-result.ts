import { asyncScheduler, type Subscriber } from 'rxjs';

import type { BrowserUseV1Task, TaskStatus } from '../api/browser-use.js';
import { TaskUnsuccessfulError } from '../api/errors.js';
import type { TaskApi } from '../api/task-api.js';
import { checkTaskId } from '../watch/checks.js';
import type { TaskStatusOptions } from '../watch/options.js';
import type { Outcome } from '../watch/poll-state.js';
import { resolveOptions, type ResolvedOptions } from '../watch/resolve-options.js';
import type { TaskPoll } from '../watch/task-poll.js';
import { Watch, type WatchEnd, type WatchObserver } from '../watch/watch.js';
import { observeWatch } from './observe-watch.js';
import type { IterableObservable } from './iterable.js';

/**
 * What came of a task that has ended successfully: the value of `taskResult$`.
 *
 * @typeParam S the API's statuses
 * @typeParam D what the API's `details` returns
 * @typeParam R what the API's `result` returns
 */
export interface TaskResult<S extends string = TaskStatus, D = unknown, R = unknown> {
  /** The task's id. */
  readonly taskId: string;
  /** The terminal status. */
  readonly status: S;
  /** What the API's `details` returned for the last poll; `undefined` if the API has none. */
  readonly details: D;
  /** What the API's `result` returned; without it, the JSON of the answer with the result. */
  readonly result: R;
}

/**
 * The result of a task, once it has ended successfully.
 *
 * Polls like `taskStatus$`. When the task has ended successfully, it takes the result from the last
 * answer or, if the API has a `resultPath`, from one more `GET` there. Emits one {@link TaskResult} and
 * completes. Errors with a {@link TaskUnsuccessfulError} if the task ended without success, otherwise
 * like `taskStatus$`. A `knownStatus` that is already the end gives the result as well. Cold, like
 * `taskStatus$`; unsubscribing aborts the request in flight.
 *
 * The request of the result has the same key, headers, transport, `retry`, `requestTimeout` and
 * `timeout`. Retries and `timeout` start again for it. A 404 is an error at once. The result may have
 * 16,777,216 bytes, or the API's `bodyLimit` if that is more.
 *
 * @param taskId the task
 * @param options as for `taskStatus$`; `api` decides the types
 * @throws TypeError or RangeError at the call, for a task id or an option that is not valid
 *
 * @example
 * const { result } = await firstValueFrom(taskResult$('task_1', { apiKey }));
 * console.log(result.output);
 */
export function taskResult$<S extends string = TaskStatus, D = undefined, R = BrowserUseV1Task>(
  taskId: string,
  options: TaskStatusOptions<S, D, R> = {},
): IterableObservable<TaskResult<S, D, R>> {
  checkTaskId(taskId);
  const resolved = resolveOptions(options, asyncScheduler);
  return observeWatch(
    taskId,
    resolved,
    (subscriber: Subscriber<TaskResult<S, D, R>>) => new ResultObserver(resolved, subscriber),
  );
}

/** Emits the result when a watch has completed. */
class ResultObserver<S extends string, D, R> implements WatchObserver<S, D> {
  readonly #options: ResolvedOptions<S, D, R>;
  readonly #subscriber: Subscriber<TaskResult<S, D, R>>;
  /** Emits the result of the last answer. */
  #emit: ((end: WatchEnd) => void) | undefined;

  constructor(options: ResolvedOptions<S, D, R>, subscriber: Subscriber<TaskResult<S, D, R>>) {
    this.#options = options;
    this.#subscriber = subscriber;
  }

  next(poll: TaskPoll<S, D>, { json }: Outcome<S, D>): void {
    const { taskId, status, details } = poll;
    if (status === undefined) return;
    const answer = { taskId, status, details, json };
    this.#emit = (end) => emitResult({ options: this.#options, answer, end }, this.#subscriber);
  }

  error(error: unknown): void {
    this.#subscriber.error(error);
  }

  complete(end: WatchEnd): void {
    this.#emit?.(end);
  }
}

/** An answer with a status. */
export interface Answer<S extends string, D> {
  readonly taskId: string;
  readonly status: S;
  readonly details?: D | undefined;
  readonly json: unknown;
}

/** A task that has ended. */
export interface EndedTask<S extends string, D = unknown, R = unknown> {
  /** The options of its watch. */
  readonly options: ResolvedOptions<S, D, R>;
  /** The last answer. */
  readonly answer: Answer<S, D>;
  readonly end: WatchEnd;
}

/** Emits the result of a task, after one more request if need be. */
export function emitResult<S extends string, D, R>(
  { options, answer, end }: EndedTask<S, D, R>,
  subscriber: Subscriber<TaskResult<S, D, R>>,
): void {
  const { api } = options;
  const { taskId, status } = answer;
  const details = detailsOf(answer);
  if (!api.successful.includes(status)) {
    subscriber.error(new TaskUnsuccessfulError(status, taskId, true, details));
    return;
  }
  const next = (json: unknown): void =>
    subscriber.next({ taskId, status, details, result: resultOf(api, json) });
  try {
    if (api.resultPath) {
      const observer = {
        next: (_poll: TaskPoll<S>, { status, json }: Outcome<S>) => {
          if (status !== undefined) next(json);
        },
        error: (error: unknown) => subscriber.error(error),
        complete: () => subscriber.complete(),
      };
      const watch = new Watch(taskId, forResult(options, api.resultPath, status), observer, {
        ...end,
        status,
      });
      // before start(): the subscriber may unsubscribe inside it
      subscriber.add(watch);
      watch.start();
    } else {
      next(answer.json);
      subscriber.complete();
    }
  } catch (error) {
    // of the API's functions
    subscriber.error(error);
  }
}

/** How long the result may be, bytes, if the API does not allow more. */
const RESULT_LIMIT = 16_777_216;

/** The options for the request of the result: a watch that ends with the first good answer. */
function forResult<S extends string>(
  options: ResolvedOptions<S>,
  resultPath: (encodedTaskId: string) => string,
  status: S,
): ResolvedOptions<S> {
  const { api } = options;
  return {
    ...options,
    api: {
      ...api,
      path: resultPath,
      // the headers alone: the result is fetched with GET
      request: (taskId) => ({ headers: api.request?.(taskId).headers }),
      // with two parameters, a body may be empty
      status: api.status.length > 1 ? (_json, { status: code }) => code && status : () => status,
      statuses: [status],
      terminal: [status],
      details: undefined,
      bodyLimit: Math.max(RESULT_LIMIT, api.bodyLimit ?? 0),
    },
    knownStatus: undefined,
    pollNow: undefined,
  };
}

// where the API has no such function, D and R are `unknown`
function detailsOf<D>(answer: Answer<string, D>): D;
function detailsOf({ details }: Answer<string, unknown>): unknown {
  return details;
}

function resultOf<R>(api: TaskApi<string, unknown, R>, json: unknown): R;
function resultOf(api: TaskApi<string>, json: unknown): unknown {
  return api.result ? api.result(json) : json;
}
