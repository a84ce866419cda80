/**
 * `import … from 'rxjs-task-status/testing'`: a task API in memory, for tests of your own.
 *
 * @packageDocumentation
 */

import { asyncScheduler, Observable, type SchedulerLike } from 'rxjs';
import {
  browserUseV1,
  type FetchInit,
  type FetchResponse,
  type StatusResponse,
  type StatusTransport,
  type TaskApi,
  type TaskStatus,
} from 'rxjs-task-status';

/** An answer in the server's own words: an error, a `Retry-After`, a body that is no status. */
export interface FakeAnswer {
  /** The HTTP status. */
  readonly status: number;
  /** Names in any case. `content-type` is `application/json` where nothing else is said. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The body as text; empty by default. */
  readonly body?: string;
}

/**
 * What a task answers from when on: `[status or answer, ms since fakeTaskApi() was called]`, in the
 * order of time.
 */
export type FakeTimeline<S extends string = TaskStatus> = readonly (readonly [
  answer: S | FakeAnswer,
  atMs: number,
])[];

/** Every option of {@link fakeTaskApi}. */
export interface FakeTaskApiOptions<S extends string = TaskStatus> {
  /** The clock of the timelines and the timer of the latency. Default: `asyncScheduler`. */
  readonly scheduler?: SchedulerLike | undefined;
  /** The API that is played. Default: `browserUseV1`. */
  readonly api?: TaskApi<S> | undefined;
  /**
   * How long an answer takes, ms; `Infinity` for one that never comes. Default: 0, which answers
   * synchronously.
   */
  readonly latency?: number | ((taskId: string, attempt: number) => number) | undefined;
  /**
   * The JSON in which the API tells a status. Default: the bare string or `{ status }`, whichever
   * `api.status` reads.
   */
  readonly body?: ((status: S) => unknown) | undefined;
}

/** A request as {@link fakeTaskApi} saw it. */
export interface FakeRequest {
  /** The task that was asked for; empty for a URL that is no task's. */
  readonly taskId: string;
  /** The whole URL. */
  readonly url: string;
  /** What was sent, the API key included. */
  readonly headers: Readonly<Record<string, string>>;
  /** The scheduler's clock when it came in, ms. */
  readonly at: number;
}

/** What {@link fakeTaskApi} gives. */
export interface FakeTaskApi {
  /**
   * For the option `fetch`, and for code that calls `fetch` itself: it finds the task in the URL,
   * below any `baseUrl`, and rejects with `signal.reason` on abort, as the platform's does.
   */
  readonly fetch: (url: string, init?: Partial<FetchInit>) => Promise<FetchResponse>;
  /** For the option `transport`: no promise in between, so whole watches run in virtual time. */
  readonly transport: StatusTransport;
  /** Every request so far, the newest last; it grows. */
  readonly requests: readonly FakeRequest[];
}

/**
 * A task API in memory, for tests: tasks change as their timelines say, and every request is logged.
 *
 * A timeline is read when the answer leaves: its last entry whose time has come counts. Before its
 * first entry, and for an id that is not in `tasks`, the answer is a 404. Tasks may be added to
 * `tasks` later. An answer whose headers hold an HTTP date carries `Date`, from the same clock.
 *
 * Throws a `TypeError` where `api` reads neither form of the body and there is no `body`, a
 * `RangeError` for a `latency` that is not between 0 and 2,147,483,647, or `Infinity`.
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
 * console.log(requests.length); // what the watch cost, in no time
 */
export function fakeTaskApi<S extends string = TaskStatus>(
  tasks: Readonly<Record<string, FakeTimeline<Fixed<S>>>>,
  options: FakeTaskApiOptions<S> = {},
): FakeTaskApi {
  const { scheduler = asyncScheduler, latency = 0 } = options;
  const api: TaskApi<string> = options.api ?? browserUseV1;
  const toJson = options.body ?? bodyForm(api);
  const findTask = taskFinder(api);
  const start = scheduler.now();
  const requests: FakeRequest[] = [];
  const attempts = new Map<string, number>();
  if (typeof latency === 'number') checkLatency(latency);

  const current = (taskId: string): S | FakeAnswer => {
    // own properties alone: an id may be called `constructor`
    const timeline = Object.hasOwn(tasks, taskId) ? tasks[taskId] : undefined;
    const elapsed = scheduler.now() - start;
    return timeline?.filter(([, atMs]) => atMs <= elapsed).at(-1)?.[0] ?? NOT_FOUND;
  };

  const respond = (answer: S | FakeAnswer): ReturnType<typeof response> => {
    if (typeof answer === 'string') {
      return response({ status: 200, body: JSON.stringify(toJson(answer)) });
    }
    const dated = Object.values(answer.headers ?? {}).some((value) => /\d\d:\d\d:\d\d/.test(value));
    return response(answer, dated ? { date: new Date(scheduler.now()).toUTCString() } : {});
  };

  /** Logs the request on subscribing; unsubscribing cancels the answer. */
  const ask$ = (
    request: Omit<FakeRequest, 'at'>,
    known = true,
  ): Observable<ReturnType<typeof response>> =>
    new Observable((subscriber) => {
      const { taskId } = request;
      const attempt = (attempts.get(taskId) ?? 0) + 1;
      attempts.set(taskId, attempt);
      requests.push({ ...request, at: scheduler.now() });
      const answer = () => {
        subscriber.next(respond(known ? current(taskId) : NO_ROUTE));
        subscriber.complete();
      };
      const delay = checkLatency(
        typeof latency === 'function' ? latency(taskId, attempt) : latency,
      );
      if (delay === 0) answer();
      // no scheduler waits for ever: one fires at once, another runs on to the end of time
      else if (delay < Infinity) return scheduler.schedule(answer, delay);
      return undefined;
    });

  const transport: StatusTransport = ({ taskId, url, headers }) =>
    ask$({ taskId, url, headers: { ...headers } });

  const fetch: FakeTaskApi['fetch'] = (url, { headers, signal } = {}) =>
    new Promise((resolve, reject) => {
      const fail = (reason: unknown) => reject(reason);
      if (signal?.aborted) {
        fail(signal.reason);
        return;
      }
      const taskId = findTask(url);
      const request = { taskId: taskId ?? '', url, headers: { ...headers } };
      const subscription = ask$(request, taskId !== undefined).subscribe({
        next: ({ body, ...head }) => resolve({ ...head, text: () => Promise.resolve(body) }),
        error: fail,
      });
      if (!signal) return;
      const abort = () => {
        subscription.unsubscribe();
        fail(signal.reason);
      };
      signal.addEventListener('abort', abort);
      // at once, where the answer has come already
      subscription.add(() => signal.removeEventListener('abort', abort));
    });

  return { fetch, transport, requests };
}

/** Keeps a misspelt word in a timeline from widening `S`: that is for `api` alone. */
type Fixed<S> = [S][S extends unknown ? 0 : never];

const NOT_FOUND: FakeAnswer = { status: 404, body: '{"detail": "Task not found"}' };

/** For a URL that is no task's, as FastAPI words it. */
const NO_ROUTE: FakeAnswer = { status: 404, body: '{"detail": "Not Found"}' };

function response(
  answer: FakeAnswer,
  more: Record<string, string> = {},
): StatusResponse & Pick<FetchResponse, 'headers'> {
  const headers = new Map(
    Object.entries({ 'content-type': 'application/json', ...more, ...answer.headers }).map(
      ([name, value]) => [name.toLowerCase(), value],
    ),
  );
  return {
    status: answer.status,
    headers: { get: (name) => headers.get(name.toLowerCase()) ?? null },
    body: answer.body ?? '',
  };
}

/** The JSON that `api.status` reads back as the word it was made from. */
function bodyForm(api: TaskApi<string>): (status: string) => unknown {
  const forms = [(status: string): unknown => status, (status: string): unknown => ({ status })];
  const form = forms.find((toJson) =>
    api.statuses.every((status) => {
      let told: unknown;
      try {
        told = api.status(toJson(status));
      } catch {
        // it looks for a property of something that is not there
      }
      return told === status;
    }),
  );
  if (form) return form;
  throw new TypeError(
    'api.status reads neither a bare status nor { status }: pass body, which makes the JSON for a status',
  );
}

/** Finds the task id in a URL, below whatever `baseUrl`. */
function taskFinder(api: TaskApi<string>): (url: string) => string | undefined {
  const path = api
    .path('{id}')
    .split('{id}')
    .map((part) => part.replace(/[\\^$.*+?()[\]{}|]/g, '\\$&'))
    .join('([^/?&#]+)');
  const pattern = new RegExp(`${path}(?:[?&#].*)?$`);
  return (url) => {
    const encoded = pattern.exec(url)?.[1];
    let taskId: string | undefined;
    try {
      taskId = encoded && decodeURIComponent(encoded);
    } catch {
      // `%` and no hexadecimal digits
    }
    return taskId;
  };
}

function checkLatency(latency: number): number {
  // longer ones make a timer of the platform fire at once
  if ((latency >= 0 && latency < 2 ** 31) || latency === Infinity) return latency;
  throw new RangeError(`latency must be between 0 and 2147483647, or Infinity, got ${latency}`);
}
