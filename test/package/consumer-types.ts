import { lastValueFrom, mergeMap, of, type Observable } from 'rxjs';
import {
  createTaskStatus,
  createTaskStatusPool,
  defineTaskApi,
  fetchTransport,
  isTaskStatusError,
  isTerminal,
  requireFinished,
  taskPolls$,
  taskStatus$,
  toStatus,
  whileHidden,
  browserUseV4,
  TASK_STATUSES,
  type FetchLike,
  type IterableObservable,
  type StatusTransport,
  type TaskPoll,
  type TaskStatus,
  type TaskStatusError,
  type TaskStatusOptions,
  type TerminalTaskStatus,
} from 'rxjs-task-status';
import { fakeTaskApi } from 'rxjs-task-status/testing';

// A user's file. It is compiled with users' settings and never run.

/** Exactly equal: `any` equals only `any`. */
type Same<A, B> =
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- it is needed for inference
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;
type All<Truths extends readonly true[]> = Truths;

export const status$ = taskStatus$('task_1');

export const everyOptionUndefined: TaskStatusOptions = {
  apiKey: undefined,
  baseUrl: undefined,
  headers: undefined,
  transport: undefined,
  fetch: undefined,
  api: undefined,
  requestTimeout: undefined,
  backoff: undefined,
  timeout: undefined,
  scheduler: undefined,
  retry: undefined,
  notFoundGrace: undefined,
  unknownStatus: undefined,
  knownStatus: undefined,
  pauseWhile: undefined,
  pollNow: undefined,
  signal: undefined,
};
export const everyFieldUndefined: TaskStatusOptions = {
  backoff: {
    initialDelay: undefined,
    factor: undefined,
    maxDelay: undefined,
    jitter: undefined,
    resetOnChange: undefined,
    random: undefined,
    delay: undefined,
  },
  retry: {
    maxRetries: undefined,
    initialDelay: undefined,
    factor: undefined,
    maxDelay: undefined,
    jitter: undefined,
    maxRetryAfter: undefined,
    random: undefined,
    shouldRetry: undefined,
  },
};
export const filledIn: TaskStatusOptions = {
  apiKey: () => Promise.resolve('key'),
  baseUrl: 'https://proxy.example',
  headers: { 'X-Trace': '1' },
  requestTimeout: Infinity,
  backoff: { delay: (seen, status) => (status === 'paused' ? 10_000 : seen * 100) },
  retry: { shouldRetry: (error, retries) => error.code === 'network' && retries < 3 },
  unknownStatus: 'ignore',
  knownStatus: 'running',
  pauseWhile: whileHidden(),
  pollNow: of(1, 'two'),
};
export const noRetries: TaskStatusOptions = { retry: false };

// @ts-expect-error no such status
taskStatus$('task_1', { knownStatus: 'done' });
// @ts-expect-error no such option
taskStatus$('task_1', { intervall: 1_000 });
// @ts-expect-error an id is a string
taskStatus$(1);
// @ts-expect-error the second argument is not an index
of('a').pipe(mergeMap(taskStatus$));
export const many$ = of('a', 'b').pipe(mergeMap(createTaskStatus({ timeout: 1_000 })));

export const result: Promise<TaskStatus> = lastValueFrom(status$.pipe(requireFinished('task_1')));

export function read(poll: TaskPoll): TaskStatus | TaskStatusError {
  return poll.error ?? poll.status;
}
export const statuses$ = taskPolls$('task_1').pipe(toStatus());

export function describe(error: unknown): string | number | undefined {
  if (!isTaskStatusError(error)) return undefined;
  switch (error.code) {
    case 'invalid':
      return error.issues.map(({ loc, msg, type }) => [...loc, msg, type].join()).join();
    case 'rate-limited':
      return error.retryAfter;
    case 'unexpected-response':
      return error.body;
    case 'request-timeout':
    case 'timeout':
      return error.timeout;
    case 'network':
      return String(error.cause);
    default:
      return error.detail;
  }
}

export function narrow(status: TaskStatus): TerminalTaskStatus | undefined {
  return isTerminal(status) ? status : undefined;
}

const jobs = defineTaskApi({
  baseUrl: 'https://jobs.example',
  path: (id) => `/jobs/${id}`,
  authorization: (key) => ['X-Key', key],
  status: (json) => json,
  statuses: ['queued', 'busy', 'done'],
  terminal: ['done'],
  successful: ['done'],
});
export const job$ = taskStatus$('job', { api: jobs, knownStatus: 'queued' });
// @ts-expect-error a status of another API
taskStatus$('job', { api: jobs, knownStatus: 'running' });
export const run$ = taskStatus$('run', { api: browserUseV4 });

// Without DOM types a fetch is any function of the right shape.
const fetch: FetchLike = (url, { headers, redirect, signal }) =>
  Promise.resolve({
    status: signal.aborted ? 0 : 200,
    headers: { get: (name) => headers[name] ?? redirect },
    text: () => Promise.resolve(url),
  });
export const transports: StatusTransport[] = [
  fetchTransport(),
  fetchTransport(fetch),
  ({ taskId }) => of({ status: 200, headers: { get: () => null }, body: `"${taskId}"` }),
];

const pool = createTaskStatusPool({ maxConcurrent: 4, transport: fakeTaskApi({}).transport });
export const pooled$ = pool.status$('a');
pool.statuses$(['a', 'b']).subscribe(({ taskId, status, error }) => {
  const outcome: [string, TaskStatus] | [string, unknown] = [taskId, status ?? error];
  return outcome;
});
pool.close();

export type Checks = All<
  [
    Same<typeof status$, IterableObservable<TaskStatus>>,
    Same<typeof many$, Observable<TaskStatus>>,
    Same<typeof statuses$, Observable<TaskStatus>>,
    Same<typeof job$, IterableObservable<'queued' | 'busy' | 'done'>>,
    Same<
      typeof run$,
      IterableObservable<
        'queued' | 'dispatching' | 'running' | 'completed' | 'failed' | 'cancelled'
      >
    >,
    Same<typeof pooled$, IterableObservable<TaskStatus>>,
    Same<TaskStatus, 'created' | 'running' | 'paused' | 'finished' | 'stopped' | 'failed'>,
    Same<(typeof TASK_STATUSES)[number], TaskStatus>,
    Same<TerminalTaskStatus, 'finished' | 'stopped' | 'failed'>,
  ]
>;
