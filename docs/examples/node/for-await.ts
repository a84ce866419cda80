// A loop over the statuses of a task.
// node --import tsx docs/examples/node/for-await.ts <task-id>
import { taskStatus$ } from 'rxjs-task-status';
import { options } from './run-task.js';

const taskId = process.argv[2] ?? 'task_1';
try {
  // polling continues while the loop body runs; leaving the loop ends the watch
  for await (const status of taskStatus$(taskId, options)) {
    console.log(status);
    if (status === 'paused') break;
  }
  console.log('done');
} catch (error) {
  console.error(String(error));
  process.exitCode = 1;
}
