// #region recipe
import { createServer } from 'node:http';
import { browserUseV1 } from 'rxjs-task-status';
import { nodeHandler } from 'rxjs-task-status/node';
import { taskStatusProxy } from 'rxjs-task-status/proxy';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { serveTaskApi } from 'rxjs-task-status/testing/server';

const fake = fakeTaskApi({
  task_1: [
    ['created', 0],
    ['running', 10_000],
    ['finished', 60_000],
  ],
});
const { baseUrl } = await serveTaskApi(fake);

const proxy = taskStatusProxy({
  basePath: '/api/v1',
  // any key works, but take a long one: it is removed wherever it occurs in an answer
  apiKey: 'a-key-for-the-fake-api',
  api: { ...browserUseV1, baseUrl },
});
const server = createServer(nodeHandler(proxy)).listen(process.env.PORT ?? 3000, () => {
  console.log(`http://127.0.0.1:${server.address().port}/api/v1/task/task_1/status`);
});
// #endregion
