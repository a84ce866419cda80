// Waits for many tasks, a few at a time.
// node --import tsx docs/examples/node/wait-for-many.ts <task-id...>
import { catchError, from, last, lastValueFrom, map, mergeMap, of, toArray } from 'rxjs';
import { createTaskStatus, isTaskStatusError } from 'rxjs-task-status';
import { options } from './run-task.js';

/** How many tasks are watched at a time. */
const MAX_CONCURRENT = 3;

const watch = createTaskStatus(options);
const results = await lastValueFrom(
  from(process.argv.slice(2)).pipe(
    mergeMap(
      (taskId) =>
        watch(taskId).pipe(
          last(),
          // inside mergeMap: the error of one task must not end the others
          catchError((error: unknown) => of(isTaskStatusError(error) ? error.code : 'error')),
          map((result) => ({ taskId, result })),
        ),
      MAX_CONCURRENT,
    ),
    toArray(),
  ),
);
for (const { taskId, result } of results) console.log(taskId, result);
process.exitCode = results.every(({ result }) => result === 'finished') ? 0 : 1;
