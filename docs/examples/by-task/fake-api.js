// #region recipe
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { serveTaskApi } from 'rxjs-task-status/testing/server';

const fake = fakeTaskApi(
  {
    task_1: [
      ['created', 0],
      ['running', 10_000],
      ['finished', 60_000],
    ],
  },
  { results: { task_1: { output: 'Rome' } } },
);
const server = await serveTaskApi(
  {
    // POST /run-task does not start a task: it answers with the id of the one above
    fetch: async (url, init) =>
      url.endsWith('/run-task') ? Response.json({ id: 'task_1' }) : fake.fetch(url, init),
  },
  { port: Number(process.env.PORT ?? 4010) },
);
console.log(
  `export BROWSER_USE_BASE_URL=${server.baseUrl} BROWSER_USE_API_KEY=a-key-for-the-fake-api`,
);
// #endregion
