// Structured logs of every poll, with pino.
// LOG_LEVEL=debug node --import tsx docs/examples/node/logs.ts <task-id...>
import { pino } from 'pino';
import { lastValueFrom, tap } from 'rxjs';
import { createTaskStatusPool } from 'rxjs-task-status';
import { logPolls } from './poll-logs.js';
import { options } from './run-task.js';

const logger = pino({ level: process.env['LOG_LEVEL'] ?? 'info' });
const pool = createTaskStatusPool(options);
logPolls(pool, logger);

const changes$ = pool.statuses$(process.argv.slice(2)).pipe(
  tap(({ taskId, error }) => {
    // logged separately: a TaskTimeoutError is not the error of a poll
    if (error !== undefined) logger.error({ taskId, err: error }, 'watch failed');
  }),
);
await lastValueFrom(changes$, { defaultValue: undefined });
pool.close();
