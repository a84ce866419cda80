// #region recipe
import { defineTaskApi } from 'rxjs-task-status';
import { field } from './field.js';
import { mcpRequest } from './mcp-request.js';

const task = (json: unknown) => field(json, 'result');

/** A task of a Model Context Protocol server, revision 2026-07-28. */
export const mcpTask = defineTaskApi({
  baseUrl: 'https://mcp.example.com',
  path: () => '/mcp',
  request: (taskId) => mcpRequest('tasks/get', taskId),
  authorization: (key) => ['Authorization', `Bearer ${key}`],
  status: (json) => field(task(json), 'status'),
  statuses: ['working', 'input_required', 'completed', 'failed', 'cancelled'],
  terminal: ['completed', 'failed', 'cancelled'],
  successful: ['completed'],
  // with `inputRequests`, or `error`, or `statusMessage`
  details: task,
  result: (json) => field(task(json), 'result'),
  retryAfter: (json) => Number(field(task(json), 'pollIntervalMs')),
  bodyLimit: 16_777_216,
});
// #endregion
