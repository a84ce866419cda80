// @ts-check
// The application with a fake task API: `npm start`.
import { fileURLToPath } from 'node:url';
import { serveFakeApi } from './fake-api.mjs';
import { fakeTasks } from './fake-tasks.mjs';
import { serve } from './serve.mjs';

const { tasks, timelines, results } = fakeTasks(Number(process.env['TASKS'] ?? 240));

const server = await serve({
  folder: fileURLToPath(new URL('../dist', import.meta.url)),
  // for the real API: 'https://api.browser-use.com', your API key, and the tasks that you have created
  upstream: originOf(await serveFakeApi(timelines, results)),
  apiKey: 'a-key-for-the-fake-api',
  tasks,
  port: Number(process.env['PORT'] ?? 4200),
});
console.log(originOf(server));

/** @param {import('node:http').Server} server */
function originOf(server) {
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  return `http://127.0.0.1:${address.port}`;
}
