// @ts-check
// The application with a fake task API: `npm start`.
import { createServer } from 'node:http';
import { fileURLToPath } from 'node:url';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { fakeTasks } from './fake-tasks.mjs';
import { serve } from './serve.mjs';

const { tasks, timelines } = fakeTasks(240);
const api = fakeTaskApi(timelines, { latency: () => 20 + Math.random() * 80 });

const upstream = createServer(async (request, response) => {
  const answer = await api.fetch(request.url ?? '/');
  const retryAfter = answer.headers.get('retry-after');
  if (retryAfter !== null) response.setHeader('retry-after', retryAfter);
  response.writeHead(answer.status, { 'content-type': 'application/json' });
  response.end(await answer.text());
});
await new Promise((resolve) => upstream.listen(0, '127.0.0.1', () => resolve(undefined)));

const server = await serve({
  folder: fileURLToPath(new URL('../dist', import.meta.url)),
  // for the real API: 'https://api.browser-use.com', your API key, and the tasks that you have created
  upstream: originOf(upstream),
  apiKey: 'fake-key',
  tasks: () => tasks,
  port: Number(process.env['PORT'] ?? 4200),
});
console.log(originOf(server));

/** @param {import('node:http').Server} server */
function originOf(server) {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  return `http://127.0.0.1:${address.port}`;
}
