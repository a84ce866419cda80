import { asyncScheduler, Observable, type SchedulerLike } from 'rxjs';
import {
  browserUseV1,
  type FetchInit,
  type FetchResponse,
  type StatusTransport,
  type TaskApi,
  type TaskStatus,
} from 'rxjs-task-status';

import { FakeClock } from './fake-clock.js';
import { toFetchResponse, toResponse, type FakeResponse } from './fake-response.js';
import { markMisuse } from './misuse.js';
import { statusBody } from './status-body.js';
import { router, type Route } from './task-route.js';
import { answerAt, checkTimeline, type FakeAnswer, type FakeTimeline } from './timeline.js';

/** The options of {@link fakeTaskApi}. All are optional. */
export interface FakeTaskApiOptions<S extends string = TaskStatus> {
  /**
   * The clock of the timelines, and the timer of the latency. If the watch has a `scheduler`, pass the
   * same one here. Default: `asyncScheduler`.
   */
  readonly scheduler?: SchedulerLike | undefined;
  /** The API to imitate. Default: `browserUseV1`. */
  readonly api?: TaskApi<S> | undefined;
  /**
   * How long an answer takes, ms, 0 to 2,147,483,647, or `Infinity` for no answer. Default: 0, which
   * answers synchronously.
   */
  readonly latency?: number | ((taskId: string, attempt: number) => number) | undefined;
  /**
   * Returns the JSON for a status, with all that the API's `status`, `details` and `result` read.
   * Called for each answer. For a progress that grows, count in a variable outside of it. Default: the
   * bare string or `{ status }`, whichever `api.status` reads.
   */
  readonly body?: ((status: S, taskId: string) => unknown) | undefined;
  /**
   * The result of each task: the JSON at the API's `resultPath`. For an id that is not in it, the answer
   * is a 404. Results may be added later. Without a `resultPath` the result is in the answer with the
   * status: see `body`.
   */
  readonly results?: Readonly<Record<string, unknown>> | undefined;
}

/** A request in the log of {@link fakeTaskApi}. */
export interface FakeRequest {
  /** The task's id; empty if the request is not for a task. */
  readonly taskId: string;
  /** The whole URL. */
  readonly url: string;
  /** The HTTP method. */
  readonly method: string;
  /** The headers that were sent, the API key included. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body that was sent; absent if there was none. */
  readonly body?: string;
  /** The scheduler's clock when it arrived, ms. */
  readonly at: number;
}

/** The result of {@link fakeTaskApi}. */
export interface FakeTaskApi {
  /**
   * For the option `fetch`, and for code that calls `fetch` itself. It finds the task in the URL or in
   * the body, below any `baseUrl`, and rejects with `signal.reason` on abort, like the platform's `fetch`. For such
   * code it also accepts a `URL`, and its response also has `ok` and `json()`. The type has only what the
   * library needs: replace the global `fetch` of a test where code expects all of it.
   * A function around it has the type `FakeTaskApi['fetch']`.
   */
  readonly fetch: (
    url: string,
    init?: Partial<Omit<FetchInit, 'method'>> & { method?: string },
  ) => Promise<FetchResponse>;
  /** For the option `transport`: without promises, so whole watches run in virtual time. */
  readonly transport: StatusTransport;
  /** Every request so far, the newest last. Each request is added to this array. */
  readonly requests: readonly FakeRequest[];
}

/**
 * A task API in memory, for tests. Tasks change as their timelines say, and every request is logged.
 *
 * The answer is the entry of the timeline at the time when it is sent, by the scheduler's clock. Before
 * the first entry, and for an id that is not in `tasks`, it is a 404. Tasks may be added to
 * `tasks` later. An answer with an HTTP date in its headers also has a `Date`, from the same clock. For
 * an API that is polled with `POST`, the task is the one for which the API would send this body.
 *
 * A watch ends at once, with an error that names the fix, if the clock moves back or jumps more than
 * a year after the call (the fake was created before the test's fake timers), or if a task is requested
 * 1,000 times at one instant (the watch and the fake have different schedulers).
 *
 * @param tasks the timeline of each task
 * @param options see {@link FakeTaskApiOptions}
 * @throws TypeError for a timeline that is not valid, or if `api` reads neither form of the body and
 * there is no `body`, or for `results` of an API without a `resultPath`; RangeError for a `latency` that
 * is not valid
 *
 * @example
 * const scheduler = new VirtualTimeScheduler();
 * const { transport, requests } = fakeTaskApi(
 *   {
 *     task_1: [['created', 0], ['running', 2_000], ['finished', 60_000]],
 *     task_2: [['running', 0], [{ status: 503 }, 5_000], ['failed', 9_000]],
 *   },
 *   { scheduler },
 * );
 * taskStatus$('task_1', { transport, scheduler }).subscribe(console.log); // created, running, finished
 * scheduler.flush();
 * console.log(requests.length); // how many requests the watch made
 */
export function fakeTaskApi<S extends string = TaskStatus>(
  tasks: Readonly<Record<string, FakeTimeline<NotInferred<S>>>>,
  options: FakeTaskApiOptions<S> = {},
): FakeTaskApi {
  const { scheduler = asyncScheduler, latency = 0 } = options;
  const api: TaskApi<string> = options.api ?? browserUseV1;
  const toJson: (status: S, taskId: string) => unknown = options.body ?? statusBody(api);
  const { results = {} } = options;
  checkResults(options.results, api);
  const findRoute = router(api, {
    has: (taskId) => Object.hasOwn(tasks, taskId) || Object.hasOwn(results, taskId),
    all: () => [...Object.keys(tasks), ...Object.keys(results)],
  });
  const clock = new FakeClock(scheduler);
  const requests: FakeRequest[] = [];
  const attempts = new Map<string, number>();
  const checked = new WeakSet();
  if (typeof latency === 'number') checkLatency(latency);
  checkTasks(tasks);
  for (const taskId of Object.keys(tasks)) timelineOf(taskId);

  function timelineOf(taskId: string): FakeTimeline<NotInferred<S>> {
    // own properties only: an id may be `constructor`
    const timeline = Object.hasOwn(tasks, taskId) ? tasks[taskId] : undefined;
    if (!timeline) return [];
    if (!checked.has(timeline)) {
      checkTimeline(taskId, timeline);
      checked.add(timeline);
    }
    return timeline;
  }

  function respond(route: Route | undefined): FakeResponse {
    const elapsed = clock.elapsed();
    if (!route) return toResponse(NO_ROUTE);
    const { taskId } = route;
    if (route.isForResult) return toResponse(resultAnswer(results, taskId));
    const answer = answerAt(timelineOf(taskId), elapsed) ?? NOT_FOUND;
    if (typeof answer === 'string') return toResponse(ok(toJson(answer, taskId)));
    const dated = Object.values(answer.headers ?? {}).some((value) => /\d\d:\d\d:\d\d/.test(value));
    return toResponse(answer, dated ? { date: new Date(scheduler.now()).toUTCString() } : {});
  }

  /** Logs the request on subscribe. Unsubscribing cancels the answer. */
  function answer$(
    sent: Pick<FakeRequest, 'url' | 'method' | 'headers'> & { readonly body?: string | undefined },
    route: Route | undefined,
  ): Observable<FakeResponse> {
    return new Observable((subscriber) => {
      const { url, method, headers, body } = sent;
      const taskId = route?.taskId ?? '';
      const attempt = (attempts.get(taskId) ?? 0) + 1;
      attempts.set(taskId, attempt);
      requests.push({
        taskId,
        url,
        method,
        headers: { ...headers },
        ...(body !== undefined && { body }),
        at: scheduler.now(),
      });
      clock.countRequest(taskId);
      const answer = () => {
        let response: FakeResponse;
        try {
          response = respond(route);
        } catch (error) {
          // an exception in a scheduled action would have no caller
          subscriber.error(error);
          return;
        }
        subscriber.next(response);
        subscriber.complete();
      };
      const delay = checkLatency(
        typeof latency === 'function' ? latency(taskId, attempt) : latency,
      );
      if (delay === 0) answer();
      // no timer for Infinity: some schedulers would fire at once, a virtual one would advance forever
      else if (delay < Infinity) return scheduler.schedule(answer, delay);
      return undefined;
    });
  }

  const transport: StatusTransport = (request) => {
    const { taskId, url, body } = request;
    return answer$(request, {
      taskId,
      isForResult: findRoute({ url, body })?.isForResult ?? false,
    });
  };

  const fetch: FakeTaskApi['fetch'] = (input: string | Url, init = {}) =>
    new Promise((resolve, reject) => {
      const { method = 'GET', headers = {}, body, signal } = init;
      const fail = (reason: unknown) => reject(reason);
      if (signal?.aborted) {
        fail(signal.reason);
        return;
      }
      const url = typeof input === 'string' ? input : input.href;
      const route = findRoute({ url, body });
      const subscription = answer$({ url, method, headers, body }, route).subscribe({
        next: (response) => resolve(toFetchResponse(response)),
        error: fail,
      });
      if (!signal) return;
      const abort = () => {
        subscription.unsubscribe();
        fail(signal.reason);
      };
      signal.addEventListener('abort', abort);
      // runs at once if the answer has already come
      subscription.add(() => signal.removeEventListener('abort', abort));
    });

  return { fetch, transport, requests };
}

/** Prevents the inference of `S` from a misspelt status in a timeline: only `api` decides it. */
type NotInferred<S> = [S][S extends unknown ? 0 : never];

/** The part of a `URL` that is used. */
interface Url {
  readonly href: string;
}

const NOT_FOUND: FakeAnswer = { status: 404, body: '{"detail": "Task not found"}' };

/** For a URL that is not the URL of a task, in FastAPI's words. */
const NO_ROUTE: FakeAnswer = { status: 404, body: '{"detail": "Not Found"}' };

function resultAnswer(results: Readonly<Record<string, unknown>>, taskId: string): FakeAnswer {
  // own properties only: an id may be `constructor`
  const result = Object.hasOwn(results, taskId) ? results[taskId] : undefined;
  return result === undefined ? NOT_FOUND : ok(result);
}

function ok(json: unknown): FakeAnswer {
  return { status: 200, body: JSON.stringify(json) };
}

function checkTasks(tasks: object): void {
  if (Symbol.iterator in tasks) {
    throw new TypeError('tasks must be a plain object: { task_1: [[status or answer, ms], …] }');
  }
}

function checkResults(results: unknown, api: TaskApi<string>): void {
  if (results === undefined || api.resultPath) return;
  throw new TypeError(
    'results needs an api with a resultPath: if the result is in the answer with the status, return it from the option body',
  );
}

function checkLatency(latency: number): number {
  // a longer timer would fire at once
  if ((latency >= 0 && latency < 2 ** 31) || latency === Infinity) return latency;
  throw markMisuse(
    new RangeError(`latency must be between 0 and 2147483647, or Infinity, got ${latency}`),
  );
}
