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
import { markMisuse } from './misuse.js';
import { statusBody } from './status-body.js';
import { taskIdFinder } from './task-route.js';
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
   * Returns the JSON for a status. Default: the bare string or `{ status }`, whichever `api.status`
   * reads.
   */
  readonly body?: ((status: S) => unknown) | undefined;
}

/** A request in the log of {@link fakeTaskApi}. */
export interface FakeRequest {
  /** The task's id; empty if the URL is not that of a task. */
  readonly taskId: string;
  /** The whole URL. */
  readonly url: string;
  /** The headers that were sent, the API key included. */
  readonly headers: Readonly<Record<string, string>>;
  /** The scheduler's clock when it arrived, ms. */
  readonly at: number;
}

/** The result of {@link fakeTaskApi}. */
export interface FakeTaskApi {
  /**
   * For the option `fetch`, and for code that calls `fetch` itself. It finds the task in the URL,
   * below any `baseUrl`, and rejects with `signal.reason` on abort, like the platform's `fetch`. For such
   * code it also accepts a `URL`, and its response also has `ok` and `json()`.
   */
  readonly fetch: (url: string, init?: Partial<FetchInit>) => Promise<FetchResponse>;
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
 * `tasks` later. An answer with an HTTP date in its headers also has a `Date`, from the same clock.
 *
 * A watch ends at once, with an error that names the fix, if the clock moves back or jumps more than
 * a year after the call (the fake was created before the test's fake timers), or if a task is requested
 * 1,000 times at one instant (the watch and the fake have different schedulers).
 *
 * @param tasks the timeline of each task
 * @param options see {@link FakeTaskApiOptions}
 * @throws TypeError for a timeline that is not valid, or if `api` reads neither form of the body and
 * there is no `body`; RangeError for a `latency` that is not valid
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
  const toJson = options.body ?? statusBody(api);
  const findTaskId = taskIdFinder(api);
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

  function respond(taskId: string | undefined): FakeResponse {
    const elapsed = clock.elapsed();
    if (taskId === undefined) return toResponse(NO_ROUTE);
    const answer = answerAt(timelineOf(taskId), elapsed) ?? NOT_FOUND;
    if (typeof answer === 'string') {
      return toResponse({ status: 200, body: JSON.stringify(toJson(answer)) });
    }
    const dated = Object.values(answer.headers ?? {}).some((value) => /\d\d:\d\d:\d\d/.test(value));
    return toResponse(answer, dated ? { date: new Date(scheduler.now()).toUTCString() } : {});
  }

  /** Logs the request on subscribe. Unsubscribing cancels the answer. */
  function answer$(request: Omit<FakeRequest, 'at'>, known = true): Observable<FakeResponse> {
    return new Observable((subscriber) => {
      const { taskId } = request;
      const attempt = (attempts.get(taskId) ?? 0) + 1;
      attempts.set(taskId, attempt);
      requests.push({ ...request, at: scheduler.now() });
      clock.countRequest(taskId);
      const answer = () => {
        let response: FakeResponse;
        try {
          response = respond(known ? taskId : undefined);
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

  const transport: StatusTransport = ({ taskId, url, headers }) =>
    answer$({ taskId, url, headers: { ...headers } });

  const fetch: FakeTaskApi['fetch'] = (input: string | Url, { headers, signal } = {}) =>
    new Promise((resolve, reject) => {
      const fail = (reason: unknown) => reject(reason);
      if (signal?.aborted) {
        fail(signal.reason);
        return;
      }
      const url = typeof input === 'string' ? input : input.href;
      const taskId = findTaskId(url);
      const request = { taskId: taskId ?? '', url, headers: { ...headers } };
      const subscription = answer$(request, taskId !== undefined).subscribe({
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

interface FakeResponse {
  readonly status: number;
  readonly headers: { get(name: string): string | null };
  readonly body: string;
}

interface JsonResponse {
  readonly ok: boolean;
  json(): Promise<unknown>;
}

const NOT_FOUND: FakeAnswer = { status: 404, body: '{"detail": "Task not found"}' };

/** For a URL that is not the URL of a task, in FastAPI's words. */
const NO_ROUTE: FakeAnswer = { status: 404, body: '{"detail": "Not Found"}' };

function toResponse(answer: FakeAnswer, more: Record<string, string> = {}): FakeResponse {
  // `unknown`: a test that is not type-checked may pass a number
  const all: Record<string, unknown> = {
    'content-type': 'application/json',
    ...more,
    ...answer.headers,
  };
  const headers = new Map<string, string>();
  for (const [name, value] of Object.entries(all)) headers.set(name.toLowerCase(), String(value));
  return {
    status: answer.status,
    headers: { get: (name) => headers.get(name.toLowerCase()) ?? null },
    body: answer.body ?? '',
  };
}

/** Adds `ok` and `json()`, for code that calls `fetch` itself. */
function toFetchResponse({ status, headers, body }: FakeResponse): FetchResponse & JsonResponse {
  return {
    ok: status >= 200 && status < 300,
    status,
    headers,
    text: () => Promise.resolve(body),
    json: () => Promise.resolve(body).then((text): unknown => JSON.parse(text)),
  };
}

function checkTasks(tasks: object): void {
  if (Symbol.iterator in tasks) {
    throw new TypeError('tasks must be a plain object: { task_1: [[status or answer, ms], …] }');
  }
}

function checkLatency(latency: number): number {
  // a longer timer would fire at once
  if ((latency >= 0 && latency < 2 ** 31) || latency === Infinity) return latency;
  throw markMisuse(
    new RangeError(`latency must be between 0 and 2147483647, or Infinity, got ${latency}`),
  );
}
