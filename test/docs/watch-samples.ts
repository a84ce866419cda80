import { type Observable, of, VirtualTimeScheduler } from 'rxjs';
import {
  type StatusRequest,
  type StatusResponse,
  type TaskApi,
  taskPolls$,
  taskResult$,
} from 'rxjs-task-status';

/** An answer of a service: a 200 with this JSON, unless `http` says otherwise. */
export interface Sample {
  readonly json?: unknown;
  readonly http?: number;
  readonly headers?: Readonly<Record<string, string>>;
}

type SentRequest = Pick<StatusRequest, 'method' | 'url' | 'headers' | 'body'>;

/** What a watch of a task makes of the samples. */
export interface Watched {
  /** The status of each poll. */
  readonly statuses: readonly (string | undefined)[];
  /** The details of each poll. */
  readonly details: readonly unknown[];
  /** The planned delay after each poll but the last, ms. */
  readonly delays: readonly (number | undefined)[];
  /** What `taskResult$` emits; `undefined` if it fails. */
  readonly result: unknown;
  /** What `taskResult$` fails with; `undefined` if it does not. */
  readonly error: unknown;
  /** The requests of `taskResult$`. */
  readonly requests: readonly SentRequest[];
}

/**
 * Polls a task, and fetches its result, from a service that gives the samples of each URL in turn. The last
 * one is repeated.
 */
export function watchSamples<S extends string, D, R>(
  api: TaskApi<S, D, R>,
  taskId: string,
  samples: Readonly<Record<string, readonly Sample[]>>,
): Watched {
  const statuses: (string | undefined)[] = [];
  const details: unknown[] = [];
  const delays: (number | undefined)[] = [];
  run(samples, (options) =>
    taskPolls$(taskId, { api, ...options }).subscribe({
      next: (poll) => {
        statuses.push(poll.status);
        details.push(poll.details);
        delays.push(poll.nextDelay);
      },
      error: () => undefined,
    }),
  );
  let result: unknown;
  let error: unknown;
  const requests = run(samples, (options) =>
    taskResult$(taskId, { api, ...options }).subscribe({
      next: (value) => (result = value.result),
      error: (reason: unknown) => (error = reason),
    }),
  );
  return { statuses, details, delays: delays.slice(0, -1), result, error, requests };
}

function run(
  samples: Readonly<Record<string, readonly Sample[]>>,
  start: (options: {
    transport: (request: StatusRequest) => Observable<StatusResponse>;
    scheduler: VirtualTimeScheduler;
    apiKey: string;
    backoff: { jitter: number };
  }) => unknown,
): SentRequest[] {
  const scheduler = new VirtualTimeScheduler();
  const requests: SentRequest[] = [];
  const left = new Map(Object.entries(samples).map(([url, list]) => [url, [...list]]));
  const transport = ({ method, url, headers, body }: StatusRequest) => {
    requests.push({ method, url, headers, ...(body !== undefined && { body }) });
    const list = left.get(url) ?? [];
    const sample = (list.length > 1 ? list.shift() : list[0]) ?? { http: 404 };
    return of({
      status: sample.http ?? 200,
      headers: sample.headers ?? {},
      body: sample.json === undefined ? '' : JSON.stringify(sample.json),
    });
  };
  start({ transport, scheduler, apiKey: 'a-key', backoff: { jitter: 0 } });
  scheduler.flush();
  return requests;
}
