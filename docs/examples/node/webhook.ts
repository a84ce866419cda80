// A webhook that causes a poll: delays are long, and a POST of the task's id to /webhook polls the task now.
// The status always comes from the API, so the webhook need not be trusted.
// PORT=8080 node --import tsx docs/examples/node/webhook.ts <task-id>
import { once } from 'node:events';
import { createServer } from 'node:http';
import { text } from 'node:stream/consumers';
import { filter, finalize, Subject } from 'rxjs';
import { taskStatus$ } from 'rxjs-task-status';
import { options } from './run-task.js';

const taskId = process.argv[2] ?? 'task_1';
const webhookIds$ = new Subject<string>();

const server = createServer((request, response) => {
  const { method, url } = request;
  if (method !== 'POST' || url !== '/webhook') {
    response.writeHead(404).end();
    return;
  }
  void text(request).then(
    (body) => {
      webhookIds$.next(body.trim());
      response.writeHead(204).end();
    },
    () => response.destroy(),
  );
});
await once(server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1'), 'listening');
console.log('listening', JSON.stringify(server.address()));

taskStatus$(taskId, {
  ...options,
  // once an hour, in case a webhook is lost
  backoff: { initialDelay: 3_600_000, maxDelay: 3_600_000 },
  pollNow: webhookIds$.pipe(filter((id) => id === taskId)),
})
  .pipe(finalize(() => server.close()))
  .subscribe({
    next: (status) => console.log(taskId, status),
    error: (error: unknown) => {
      console.error(String(error));
      process.exitCode = 1;
    },
  });
