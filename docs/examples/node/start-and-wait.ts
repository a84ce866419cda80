// Starts a task and acts on its end.
// node --import tsx docs/examples/node/start-and-wait.ts "Find the cheapest flight to Rome"
import { lastValueFrom, tap } from 'rxjs';
import { requireFinished, taskStatus$ } from 'rxjs-task-status';
import { options, runTask } from './run-task.js';

const task = process.argv[2] ?? 'Read the headlines';
try {
  const taskId = await runTask(task);
  await lastValueFrom(
    taskStatus$(taskId, {
      ...options,
      // a new task may not be visible to the status endpoint yet
      notFoundGrace: 10_000,
      timeout: 3_600_000,
    }).pipe(
      tap((status) => console.log(taskId, status)),
      requireFinished(taskId),
    ),
  );
  console.log('done:', task);
} catch (error) {
  // failed, stopped, not found, timed out, ...: the message says which
  console.error(String(error));
  process.exitCode = 1;
}
