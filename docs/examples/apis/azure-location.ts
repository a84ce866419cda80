// #region recipe
import { defineTaskApi } from 'rxjs-task-status';

/** An operation of Azure Resource Manager. The task id is the URL in `Location`. */
export const azureLocation = defineTaskApi({
  baseUrl: 'https://management.azure.com',
  path: decodeURIComponent,
  authorization: (key) => ['Authorization', `Bearer ${key}`],
  // 202 while it runs, then 200 or 204; a failure is a 4xx or 5xx
  status: (_, { status }) => (status === 202 ? 'running' : 'succeeded'),
  statuses: ['running', 'succeeded'],
  terminal: ['succeeded'],
  successful: ['succeeded'],
});
// #endregion
