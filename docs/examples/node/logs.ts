// Structured logs of every poll, with pino.
// LOG_LEVEL=debug node --import tsx docs/examples/node/logs.ts <task-id...>
import { pino } from 'pino';
import { catchError, EMPTY, from, mergeMap } from 'rxjs';
import { taskPolls$, type TaskPoll } from 'rxjs-task-status';
import { options } from './run-task.js';

const logger = pino({ level: process.env['LOG_LEVEL'] ?? 'info' });

from(process.argv.slice(2))
  .pipe(
    mergeMap((taskId) =>
      taskPolls$(taskId, options).pipe(
        catchError((error: unknown) => {
          // logged separately: a TaskTimeoutError is not the error of a poll
          logger.error({ taskId, err: error }, 'watch failed');
          return EMPTY;
        }),
      ),
    ),
  )
  .subscribe(log);

function log({ error, ...poll }: TaskPoll): void {
  if (error) logger.warn({ ...poll, err: error }, 'poll failed');
  else if (poll.changed) logger.info(poll, 'status changed');
  else logger.debug(poll, 'polled');
}
