// #region recipe
import { asyncScheduler, catchError, defer, EMPTY, endWith, map, merge } from 'rxjs';
import { of, scan, switchMap, timer, type Observable, type SchedulerLike } from 'rxjs';
import { isTaskStatusError, type TaskStatusPool } from 'rxjs-task-status';
import { inWords, progress$ } from './progress.js';

/** The line of a task: after each attempt, and once a second while attempts fail. It never errors. */
function line$(pool: TaskStatusPool, taskId: string, clock: SchedulerLike): Observable<string> {
  return progress$(defer(() => pool.polls$(taskId))).pipe(
    endWith(undefined),
    switchMap((progress) => {
      if (progress === undefined) return EMPTY; // stops the clock, also if the pool was closed
      const ticks$ = progress.error ? timer(0, 1_000, clock) : of(0);
      return ticks$.pipe(map(() => inWords(progress, clock.now())));
    }),
    catchError((error: unknown) =>
      of(`cannot be read: ${isTaskStatusError(error) ? error.code : String(error)}`),
    ),
  );
}

/** The line of each task, after each change of one. It completes when all watches have ended. */
export function board$(
  pool: TaskStatusPool,
  taskIds: readonly string[],
  clock: SchedulerLike = asyncScheduler,
): Observable<ReadonlyMap<string, string>> {
  const changes = taskIds.map((taskId) =>
    line$(pool, taskId, clock).pipe(map((line) => ({ taskId, line }))),
  );
  return merge(...changes).pipe(
    scan((board, { taskId, line }) => new Map(board).set(taskId, line), new Map<string, string>()),
  );
}
// #endregion

import { distinctUntilChanged } from 'rxjs';
import { createTaskStatusPool } from 'rxjs-task-status';
import { inMemory } from '../dashboard/in-memory.js';

const { options, print, scheduler } = inMemory({
  task_1: [
    ['running', 0],
    [{ status: 503 }, 4_000],
    ['running', 8_000],
    ['finished', 15_000],
  ],
  task_2: [['stopped', 0]],
});
const pool = createTaskStatusPool({
  ...options,
  retry: { ...options.retry, maxRetries: Infinity },
});
board$(pool, ['task_1', 'task_2', 'task_3'], scheduler)
  .pipe(
    map((board) => [...board].map(([taskId, line]) => `${taskId}: ${line}`).join('; ')),
    distinctUntilChanged(),
  )
  .subscribe({ next: print, complete: () => print('all watches have ended') });
scheduler.flush();
