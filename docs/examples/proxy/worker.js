// #region recipe
import { env } from 'cloudflare:workers';
import { taskStatusProxy } from 'rxjs-task-status/proxy';
import { ownsTask } from './session.js';

const proxy = taskStatusProxy({
  basePath: '/api/v1',
  apiKey: () => env.BROWSER_USE_API_KEY,
  authorize: (request, taskId) => ownsTask(request.headers.get('cookie'), taskId),
});

export default {
  fetch: async (request) => (await proxy(request)) ?? new Response(null, { status: 404 }),
};
// #endregion
