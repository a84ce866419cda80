// #region recipe
import type { IncomingMessage, ServerResponse } from 'node:http';
import { browserUseV1, isTerminal, type TaskStatusPool } from 'rxjs-task-status';
import { knownStatusOf, toServerSentEvents } from 'rxjs-task-status/node';

/** Answers the request of an `EventSource` with the statuses of a task. */
export function sendTaskEvents(
  pool: TaskStatusPool,
  taskId: string,
  req: IncomingMessage,
  res: ServerResponse,
): void {
  const knownStatus = knownStatusOf(req.headers['last-event-id']);
  if (knownStatus && isTerminal(knownStatus)) {
    // the page has seen the end, and 204 makes its EventSource stop
    res.writeHead(204).end();
    return;
  }
  res.writeHead(200, {
    'content-type': 'text/event-stream',
    // for proxies that would compress or collect the events
    'cache-control': 'no-cache, no-transform',
    'x-accel-buffering': 'no',
  });
  const events = pool
    .status$(taskId, { knownStatus })
    .pipe(toServerSentEvents({ api: browserUseV1, knownStatus, retry: 1_000 }))
    .subscribe({ next: (text) => res.write(text), complete: () => res.end() });
  // when the last page disconnects, the watch stops
  res.on('close', () => events.unsubscribe());
}
// #endregion
