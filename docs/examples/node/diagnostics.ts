// Every poll of a pool on the diagnostics channel. The code that prints them has no reference to the pool.
// node --import tsx docs/examples/node/diagnostics.ts <task-id...>
import { subscribe } from 'node:diagnostics_channel';
import { lastValueFrom } from 'rxjs';
import { createTaskStatusPool } from 'rxjs-task-status';
import { publishPolls } from './publish-polls.js';
import { options } from './run-task.js';

subscribe('rxjs-task-status:poll', (poll) => console.log(JSON.stringify(poll)));

const pool = createTaskStatusPool(options);
publishPolls(pool);
await lastValueFrom(pool.statuses$(process.argv.slice(2)), { defaultValue: undefined });
pool.close();
