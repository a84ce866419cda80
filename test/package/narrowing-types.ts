import { lastValueFrom, mergeMap, of, type Observable } from 'rxjs';
import {
  AuthenticationError,
  browserUseV2,
  createTaskStatus,
  createTaskStatusPool,
  defineTaskApi,
  HttpStatusError,
  isTaskStatusError,
  isTerminal,
  NetworkError,
  RateLimitError,
  requireFinished,
  TaskNotFoundError,
  taskPolls$,
  TaskStatusError,
  taskStatus$,
  TaskTimeoutError,
  TaskUnsuccessfulError,
  TaskValidationError,
  toStatus,
  UnexpectedResponseError,
  type AnyTaskStatusError,
  type HttpErrorCode,
  type PooledStatus,
  type RequestTimeoutError,
  type TaskApi,
  type IterableObservable,
  type TaskPoll,
  type TaskStatus,
  type TaskStatusErrorCode,
  type TerminalTaskStatus,
  type ValidationIssue,
} from 'rxjs-task-status';
import { fakeTaskApi } from 'rxjs-task-status/testing';

// A user's file, which is never run: how type guards narrow, and what the compiler infers.

/** Exactly equal: `any` equals only `any`. */
type Same<A, B> =
  // eslint-disable-next-line @typescript-eslint/no-unnecessary-type-parameters -- it is needed for inference
  (<T>() => T extends A ? 1 : 2) extends <T>() => T extends B ? 1 : 2 ? true : false;

/** Compiles only if `value` has exactly this type. */
declare function is<Wanted>(): <const T>(
  value: T,
  ...same: Same<T, Wanted> extends true ? [] : [never]
) => void;

declare const wider: string | number;
// eslint-disable-next-line @typescript-eslint/no-explicit-any -- the check must notice it
declare const anything: any;
// @ts-expect-error not a wider type
is<string>()(wider);
// @ts-expect-error not the type any
is<string>()(anything);

type Job = 'queued' | 'busy' | 'done' | 'lost';

const jobs = defineTaskApi({
  baseUrl: 'https://jobs.example',
  path: (id) => `/jobs/${id}`,
  authorization: (key) => ['X-Key', key],
  status: (json) => json,
  statuses: ['queued', 'busy', 'done', 'lost'],
  terminal: ['done', 'lost'],
  successful: ['done'],
});
is<TaskApi<Job>>()(jobs);

export function byIsTerminal(status: TaskStatus, word: string, job: Job): void {
  if (isTerminal(status)) is<TerminalTaskStatus>()(status);
  else is<'created' | 'running' | 'paused'>()(status);
  if (isTerminal(word)) is<TerminalTaskStatus>()(word);
  else is<string>()(word);
  if (isTerminal(word, jobs)) is<Job>()(word);
  else is<string>()(word);
  // an API's type does not say which statuses are terminal
  if (isTerminal(job, jobs)) is<Job>()(job);
  else is<Job>()(job);
}

export function byInstanceOf(error: AnyTaskStatusError): void {
  if (error instanceof TaskNotFoundError) is<string>()(error.detail);
  else if (error instanceof TaskValidationError) is<ValidationIssue[]>()(error.issues);
  else if (error instanceof RateLimitError) is<number | undefined>()(error.retryAfter);
  else if (error instanceof AuthenticationError) is<'unauthorized'>()(error.code);
  else if (error instanceof HttpStatusError) is<'http'>()(error.code);
  else if (error instanceof UnexpectedResponseError) is<string>()(error.body);
  else if (error instanceof NetworkError) is<unknown>()(error.cause);
  else if (error instanceof TaskTimeoutError) is<number>()(error.timeout);
  else is<RequestTimeoutError>()(error);
}

export function byInstanceOfFromUnknown(error: unknown): void {
  if (error instanceof TaskNotFoundError) is<'not-found'>()(error.code);
  if (error instanceof TaskValidationError) is<ValidationIssue[]>()(error.issues);
  if (error instanceof RateLimitError) is<number | undefined>()(error.retryAfter);
  if (error instanceof HttpStatusError) {
    is<HttpErrorCode>()(error.code);
    is<string>()(error.detail);
  }
  if (error instanceof UnexpectedResponseError) is<string>()(error.body);
  if (error instanceof TaskTimeoutError) is<number>()(error.timeout);
  if (error instanceof TaskUnsuccessfulError) is<'unsuccessful'>()(error.code);
  if (error instanceof TaskStatusError) {
    is<TaskStatusErrorCode>()(error.code);
    is<number>()(error.attempts);
    is<string>()(error.taskId);
  }
}

export function byCode(error: unknown): void {
  if (!isTaskStatusError(error)) return;
  is<TaskStatus | undefined>()(error.lastStatus);
  switch (error.code) {
    case 'not-found':
      is<TaskNotFoundError>()(error);
      break;
    case 'invalid':
      is<TaskValidationError>()(error);
      break;
    case 'unauthorized':
      is<AuthenticationError>()(error);
      break;
    case 'rate-limited':
      is<RateLimitError>()(error);
      break;
    case 'http':
      is<string>()(error.detail);
      break;
    case 'unexpected-response':
      is<UnexpectedResponseError>()(error);
      break;
    case 'network':
      is<NetworkError>()(error);
      break;
    case 'request-timeout':
      is<RequestTimeoutError>()(error);
      break;
    case 'timeout':
      is<TaskTimeoutError>()(error);
      break;
    default:
      is<never>()(error);
  }
}

export function ofAPoll(poll: TaskPoll, { status, error }: TaskPoll): void {
  if (poll.error) is<TaskStatusError>()(poll.error);
  else is<TaskStatus>()(poll.status);
  if (poll.status === undefined) is<TaskStatusError>()(poll.error);
  else is<TaskStatus>()(poll.status);
  if (error) is<undefined>()(status);
  else is<TaskStatus>()(status);
  is<number | undefined>()(poll.nextDelay);
}

export function ofAPollsError(error: TaskStatusError): void {
  if (isTaskStatusError(error) && error.code === 'rate-limited') is<RateLimitError>()(error);
}

export function ofThePool({ status, error }: PooledStatus): void {
  if (status === undefined) is<unknown>()(error);
  else is<TaskStatus>()(status);
}

export function inferred(): void {
  is<IterableObservable<Job>>()(taskStatus$('job', { api: jobs }));
  is<IterableObservable<TaskPoll<Job>>>()(taskPolls$('job', { api: jobs }));
  is<Observable<Job>>()(taskPolls$('job', { api: jobs }).pipe(toStatus()));
  is<IterableObservable<Job>>()(createTaskStatus({ api: jobs })('job'));
  is<Promise<Job>>()(
    lastValueFrom(taskStatus$('job', { api: jobs }).pipe(requireFinished('job', jobs))),
  );
  is<
    IterableObservable<'created' | 'started' | 'finished' | 'unsuccessful' | 'failed' | 'stopped'>
  >()(taskStatus$('job', { api: browserUseV2 }));
  const pool = createTaskStatusPool({ api: jobs, maxConcurrent: 2 });
  is<IterableObservable<Job>>()(pool.status$('job'));
  is<IterableObservable<TaskPoll<Job>>>()(pool.polls$('job'));
  is<Observable<PooledStatus<Job>>>()(pool.statuses$(['job']));
  fakeTaskApi({ job: [['busy', 0]] }, { api: jobs });
  // @ts-expect-error a status of another API
  fakeTaskApi({ job: [['running', 0]] }, { api: jobs });
  taskStatus$('job', {
    api: jobs,
    backoff: {
      delay: (seen, status) => {
        is<Job | undefined>()(status);
        return seen;
      },
    },
  });
}

export function pointFree(ids$: Observable<string>): void {
  is<Observable<TaskStatus>>()(ids$.pipe(mergeMap(createTaskStatus({}))));
  is<Observable<TaskStatus>>()(ids$.pipe(mergeMap(createTaskStatus())));
  is<Observable<Job>>()(ids$.pipe(mergeMap(createTaskStatus({ api: jobs }))));
  // @ts-expect-error an index is not options
  ids$.pipe(mergeMap(taskStatus$));
  // @ts-expect-error an index is not options
  ids$.pipe(mergeMap(taskPolls$));
  // @ts-expect-error an id is a string
  of(1).pipe(mergeMap(createTaskStatus({})));
}
