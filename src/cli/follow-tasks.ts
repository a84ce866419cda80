import {
  asyncScheduler,
  catchError,
  concat,
  EMPTY,
  firstValueFrom,
  fromEvent,
  identity,
  ignoreElements,
  map,
  merge,
  of,
  takeUntil,
  tap,
  type Observable,
} from 'rxjs';
import {
  AuthenticationError,
  createTaskStatusPool,
  fetchTransport,
  requireFinished,
  TaskUnsuccessfulError,
  toStatus,
  type StatusTransport,
  type TaskApi,
  type TaskPoll,
  type TaskStatusPoolStats,
} from 'rxjs-task-status';
import type { Arguments } from './arguments.js';
import { jsonLines, liveLines, plainLines, type Display } from './display.js';
import { oneLine } from './one-line.js';
import type { Progress } from './progress.js';
import type { Environment } from './run.js';

/**
 * Watches tasks until all have ended or the process is told to stop, and shows how it goes.
 *
 * @returns the exit code: of several tasks the highest
 */
export async function followTasks(wanted: Arguments, env: Environment): Promise<number> {
  const { api, timeout } = wanted;
  const startedAt = asyncScheduler.now();
  const all = wanted.taskIds.map((taskId): Progress => ({ taskId, startedAt, requests: 0 }));
  // set to nothing in a shell, a variable is as good as unset
  const apiKey = env.BROWSER_USE_API_KEY || undefined;
  const pool = createTaskStatusPool<string>({
    apiKey,
    baseUrl: wanted.baseUrl ?? (env.BROWSER_USE_BASE_URL || undefined),
    api,
    timeout,
  });
  const display = displayFor(wanted, env, all, pool.stats$);
  // misuse throws here, before anything is shown or sent
  const watches = all.map((progress) =>
    pool.polls$(progress.taskId, { transport: counting(progress) }).pipe(
      tap((poll) => {
        note(progress, poll);
        display.polled(progress);
      }),
      toStatus(),
      wanted.requireFinished ? requireFinished(progress.taskId, api) : identity,
      catchError((error: unknown) => {
        noteError(progress, error);
        display.failed(progress, messageOf(error, apiKey));
        return EMPTY;
      }),
    ),
  );
  const ended$ = concat(merge(...watches).pipe(ignoreElements()), of(undefined));
  try {
    const interrupted = await firstValueFrom(
      merge(display.drawing$, interruption$()).pipe(takeUntil(ended$)),
      // Stryker disable next-line ObjectLiteral: an empty one says the same
      { defaultValue: undefined },
    );
    return interrupted ?? Math.max(...all.map((progress) => exitCode(progress, api)));
  } finally {
    display.end();
  }
}

/** The exit code of a process that is told to stop, or that nobody reads any more. */
function interruption$(): Observable<number> {
  return merge(
    fromEvent(process, 'SIGINT').pipe(map(() => 130)),
    fromEvent(process, 'SIGTERM').pipe(map(() => 143)),
    fromEvent(process.stdout, 'error').pipe(map(() => 3)),
  );
}

function exitCode({ error, status }: Progress, api: TaskApi<string>): number {
  if (error !== undefined) return 3;
  // Stryker disable next-line MethodExpression: each API that the command knows has one such word
  if (api.successful.some((word) => word === status)) return 0;
  return status === 'failed' ? 1 : 2;
}

function note(progress: Progress, poll: TaskPoll<string>): void {
  progress.poll = poll;
  if (poll.status !== undefined) progress.status = poll.status;
  if (poll.nextDelay === undefined) progress.endedAt = asyncScheduler.now();
}

function noteError(progress: Progress, error: unknown): void {
  progress.endedAt ??= asyncScheduler.now();
  // an end without success is a status all the same
  if (!(error instanceof TaskUnsuccessfulError)) progress.error = error;
}

function messageOf(error: unknown, apiKey: string | undefined): string {
  const keyless = apiKey === undefined && error instanceof AuthenticationError;
  return oneLine(error) + (keyless ? ' (BROWSER_USE_API_KEY is not set)' : '');
}

const send = fetchTransport();

/** `fetchTransport()`, with a task's requests counted, those without an answer too. */
function counting(progress: Progress): StatusTransport {
  return (request) => {
    progress.requests++;
    return send(request);
  };
}

function displayFor(
  { json }: Arguments,
  env: Environment,
  all: readonly Progress[],
  stats$: Observable<TaskStatusPoolStats>,
): Display {
  if (json) return jsonLines();
  const { stdout } = process;
  // a terminal may not know its size, and nothing can be drawn in none
  const drawable = stdout.isTTY && stdout.columns > 0 && env.TERM !== 'dumb';
  return drawable ? liveLines(all, stats$, stdout) : plainLines(all);
}
