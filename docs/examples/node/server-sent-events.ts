// A server that sends the statuses of tasks to pages as server-sent events. The API key stays on the server.
// PORT=8080 node --import tsx docs/examples/node/server-sent-events.ts
// Then open http://127.0.0.1:8080/#task_1 with the id of a task.
import { once } from 'node:events';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { createTaskStatusPool } from 'rxjs-task-status';
import { options } from './run-task.js';
import { sendTaskEvents } from './send-task-events.js';

const page = await readFile(new URL('server-sent-events.html', import.meta.url));
// one watch for each task, however many pages show it
const pool = createTaskStatusPool(options);

const server = createServer((req, res) => {
  const [, taskId] = /^\/tasks\/([\w-]+)\/events$/.exec(req.url ?? '') ?? [];
  // check here who may see the task
  if (req.method === 'GET' && taskId !== undefined) sendTaskEvents(pool, taskId, req, res);
  else if (req.url === '/') res.writeHead(200, { 'content-type': 'text/html' }).end(page);
  else res.writeHead(404).end();
});
await once(server.listen(Number(process.env['PORT'] ?? 0), '127.0.0.1'), 'listening');
console.log('listening', JSON.stringify(server.address()));

process.once('SIGTERM', () => {
  server.close();
  // not pool.close(): it would send `end`, and the pages would not connect to the next server
  server.closeAllConnections();
});
