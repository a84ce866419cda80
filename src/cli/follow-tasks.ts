import {
  asyncScheduler,
  catchError,
  concat,
  concatMap,
  EMPTY,
  firstValueFrom,
  from,
  fromEvent,
  identity,
  ignoreElements,
  map,
  merge,
  mergeMap,
  of,
  Subject,
  take,
  takeUntil,
  tap,
  throwError,
  type Observable,
} from 'rxjs';
import {
  AuthenticationError,
  createTaskStatusPool,
  fetchTransport,
  requireFinished,
  toStatus,
  type StatusTransport,
  type TaskPoll,
  type TaskResult,
  type TaskStatusPoolStats,
} from 'rxjs-task-status';
import type { Arguments } from './arguments.js';
import { jsonLines, plainLines, type Display, type Output } from './display.js';
import { exitCode } from './exit-code.js';
import { errorLine } from './printable.js';
import { resultLines } from './results.js';
import type { Environment } from './run.js';
import { TaskProgress } from './task-progress.js';
import { canDraw, terminalDisplay } from './terminal-display.js';

/**
 * Polls tasks until all have ended or the process is interrupted, and shows their progress.
 *
 * @returns the exit code
 */
export async function followTasks(
  args: Arguments,
  env: Environment,
  output: Output,
): Promise<number> {
  const { api, once, timeout } = args;
  const startedAt = asyncScheduler.now();
  const all = args.taskIds.map((taskId) => new TaskProgress(taskId, api, startedAt));
  // an empty environment variable counts as not set
  const apiKey = env.BROWSER_USE_API_KEY || undefined;
  const pool = createTaskStatusPool<string>({
    apiKey,
    baseUrl: args.baseUrl ?? (env.BROWSER_USE_BASE_URL || undefined),
    api,
    timeout,
    retry: once ? false : undefined,
  });
  const display = displayFor(args, env, all, pool.stats$, output);
  // an invalid option throws here, before anything is printed or sent
  const watches = all.map((task) => {
    const overrides = { transport: countingTransport(task) };
    const statuses$ = pool.polls$(task.taskId, overrides).pipe(
      once ? firstPoll : identity,
      tap((poll) => {
        task.onPoll(poll);
        task.readingResult = args.result && api.successful.includes(task.outcome);
        display.onPoll(task);
      }),
      toStatus(),
      args.requireFinished ? requireFinished(task.taskId, api) : identity,
    );
    const watch$ = args.result
      ? untilResult(task, statuses$, pool.result$(task.taskId, overrides))
      : statuses$;
    return watch$.pipe(
      catchError((error: unknown) => {
        task.onError(error, asyncScheduler.now());
        // with --once, requireFinished() errors for a running task too, which has not ended
        const ended = task.error !== undefined || api.terminal.includes(task.outcome);
        if (ended) display.onError(task, messageOf(error, apiKey));
        return EMPTY;
      }),
      ignoreElements(),
    );
  });
  const ended$ = concat(from(watches).pipe(mergeMap(identity)), of(undefined));
  try {
    const interrupted = await firstValueFrom(
      merge(display.drawing$, interruption$(output.stdout)).pipe(takeUntil(ended$)),
      { defaultValue: undefined },
    );
    return interrupted ?? exitCode(all, api);
  } finally {
    display.end();
    const results = resultLines(all, args.json);
    if (results) output.stdout.write(results);
  }
}

/** The statuses of a task, then its result if it has ended successfully. Both share one watch. */
function untilResult(
  task: TaskProgress,
  statuses$: Observable<string>,
  result$: Observable<TaskResult<string>>,
): Observable<unknown> {
  const hasNoResult$ = new Subject<void>();
  return merge(
    statuses$.pipe(
      tap({
        complete: () => {
          // the task ended without success, or has not ended, with --once
          if (!task.readingResult) hasNoResult$.next();
        },
      }),
    ),
    result$.pipe(
      tap(({ result }) => task.onResult(result)),
      takeUntil(hasNoResult$),
    ),
  );
}

/** Only the first poll. If it failed, its error is the stream's error, even if a retry was planned. */
function firstPoll(polls$: Observable<TaskPoll<string>>): Observable<TaskPoll<string>> {
  return polls$.pipe(
    take(1),
    map(withoutNextDelay),
    concatMap((poll) =>
      poll.error
        ? concat(
            of(poll),
            throwError(() => poll.error),
          )
        : of(poll),
    ),
  );
}

function withoutNextDelay(poll: TaskPoll<string>): TaskPoll<string> {
  const { nextDelay, ...rest } = poll;
  return nextDelay === undefined ? poll : rest;
}

/** Emits the exit code when the process is interrupted or terminated, or when its output is closed. */
function interruption$(stdout: NodeJS.WriteStream): Observable<number> {
  return merge(
    fromEvent(process, 'SIGINT').pipe(map(() => 130)),
    fromEvent(process, 'SIGTERM').pipe(map(() => 143)),
    fromEvent(stdout, 'error').pipe(map(() => 3)),
  );
}

function messageOf(error: unknown, apiKey: string | undefined): string {
  const keyless = apiKey === undefined && error instanceof AuthenticationError;
  return errorLine(error) + (keyless ? ' (BROWSER_USE_API_KEY is not set)' : '');
}

const send = fetchTransport();

/** `fetchTransport()` that counts a task's requests, also those that get no answer. */
function countingTransport(task: TaskProgress): StatusTransport {
  return (request) => {
    task.requests++;
    return send(request);
  };
}

function displayFor(
  { json, api, result }: Arguments,
  env: Environment,
  tasks: readonly TaskProgress[],
  stats$: Observable<TaskStatusPoolStats>,
  output: Output,
): Display {
  if (json) return jsonLines(output);
  const drawable = canDraw(output.stdout) && env.TERM !== 'dumb';
  if (drawable) return terminalDisplay(tasks, api, stats$, output);
  // stdout has the results, and nothing else
  return plainLines(tasks, api, result ? { ...output, stdout: output.stderr } : output);
}
