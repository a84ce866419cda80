// Adds tasks to the fleet. A task that is being watched stays as it is.
// REDIS_URL=… node --import tsx docs/examples/fleet/add.ts <task-id...>
import { addTasks } from 'rxjs-task-status/fleet';
import { connection } from './settings.js';

const ids = process.argv.slice(2);
await addTasks(connection, ids);
console.log(`${ids.length} tasks are in the queue`);
