// Waits for many tasks, no more than a few at a time.
// node --import tsx docs/examples/node/wait-for-many.ts <task-id...>
import { catchError, from, last, lastValueFrom, map, mergeMap, of, toArray } from 'rxjs';
import { createTaskStatus, isTaskStatusError } from 'rxjs-task-status';
import { options } from './run-task.js';

/** How many tasks are watched at a time; the others wait for their turn. */
const LIMIT = 3;

const watch = createTaskStatus(options);
const results = await lastValueFrom(
  from(process.argv.slice(2)).pipe(
    mergeMap(
      (taskId) =>
        watch(taskId).pipe(
          last(),
          // inside: one task's error must not end the others
          catchError((error: unknown) => of(isTaskStatusError(error) ? error.code : 'error')),
          map((result) => ({ taskId, result })),
        ),
      LIMIT,
    ),
    toArray(),
  ),
);
for (const { taskId, result } of results) console.log(taskId, result);
process.exitCode = results.every(({ result }) => result === 'finished') ? 0 : 1;
