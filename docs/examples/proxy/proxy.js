// #region recipe
import { taskStatusProxy } from 'rxjs-task-status/proxy';
import { ownsTask } from './session.js';

export const proxy = taskStatusProxy({
  basePath: '/api/v1',
  // a function, because some frameworks load this file while they build
  apiKey: () => process.env.BROWSER_USE_API_KEY ?? '',
  authorize: (request, taskId) => ownsTask(request.headers.get('cookie'), taskId),
  onError: (error) => console.error(error),
});
// #endregion
