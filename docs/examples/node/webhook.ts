// An endpoint for webhooks. A task is polled once an hour, and at once when a webhook for it arrives.
// BROWSER_USE_WEBHOOK_SECRET=… PORT=8080 node --import tsx docs/examples/node/webhook.ts <task-id…>
import { once } from 'node:events';
import { createServer, type IncomingMessage } from 'node:http';
import { filter, finalize, from, mergeMap, startWith, Subject, switchMap, tap, timer } from 'rxjs';
import { taskStatus$ } from 'rxjs-task-status';
import { verifyTaskWebhook } from 'rxjs-task-status/node';
import { options } from './run-task.js';

const secret = process.env['BROWSER_USE_WEBHOOK_SECRET'] ?? '';
if (secret === '') throw new Error('BROWSER_USE_WEBHOOK_SECRET is not set');
const taskIds = process.argv.slice(2);
const webhookIds$ = new Subject<string>();

const server = createServer((request, response) => {
  receive(request).then(
    ({ status, taskId }) => {
      response.writeHead(status, status === 413 ? { connection: 'close' } : {}).end();
      // only after the answer: the sender repeats a webhook that is answered late
      if (taskId !== undefined) webhookIds$.next(taskId);
    },
    // the client has disconnected
    () => response.destroy(),
  );
});
await once(server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1'), 'listening');
console.log('listening', JSON.stringify(server.address()));

from(taskIds)
  .pipe(
    mergeMap((taskId) => watch(taskId)),
    finalize(() => server.close()),
  )
  .subscribe({
    error: (error: unknown) => {
      console.error(String(error));
      process.exitCode = 1;
    },
  });

/** The status always comes from the API, so a webhook that is sent again only causes a poll. */
function watch(taskId: string) {
  const pollNow = webhookIds$.pipe(
    filter((id) => id === taskId),
    // once more after 2 s: the webhook may be ahead of the status endpoint
    switchMap(() => timer(2_000).pipe(startWith('now'))),
  );
  // once an hour, in case a webhook is lost
  const backoff = { initialDelay: 3_600_000, maxDelay: 3_600_000 };
  return taskStatus$(taskId, { ...options, backoff, pollNow }).pipe(
    tap((status) => console.log(taskId, status)),
  );
}

async function receive(request: IncomingMessage): Promise<{ status: number; taskId?: string }> {
  if (request.method !== 'POST' || request.url !== '/webhook') return { status: 404 };
  const body = await readBody(request, 1_048_576);
  if (body === undefined) return { status: 413 };
  const event = await verifyTaskWebhook(body, request.headers, secret);
  if (event === undefined) return { status: isTest(body) ? 204 : 401 };
  console.log('webhook', event.taskId ?? 'test', event.status ?? '');
  return { status: 204, ...(event.taskId !== undefined && { taskId: event.taskId }) };
}

/** The body of a request; `undefined` if it is longer than `limit` (bytes). */
async function readBody(request: IncomingMessage, limit: number): Promise<Buffer | undefined> {
  const chunks: Buffer[] = [];
  let length = 0;
  // without destroyOnReturn a body that is too long would get no answer
  for await (const chunk of request.iterator({ destroyOnReturn: false }) as AsyncIterable<Buffer>) {
    length += chunk.length;
    if (length > limit) return undefined;
    chunks.push(chunk);
  }
  return Buffer.concat(chunks);
}

/** A test event must get a 2xx. One arrives before the webhook is created, so before its secret is known. */
function isTest(body: Buffer): boolean {
  try {
    const event: unknown = JSON.parse(body.toString());
    return typeof event === 'object' && event !== null && 'type' in event && event.type === 'test';
  } catch {
    return false;
  }
}
