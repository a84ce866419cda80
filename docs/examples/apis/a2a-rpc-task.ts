// #region recipe
import { defineTaskApi } from 'rxjs-task-status';
import { a2aState } from './a2a-state.js';
import { a2aTask } from './a2a-task.js';
import { field } from './field.js';

const task = (json: unknown) => field(json, 'result');

/** A task of an A2A agent over JSON-RPC, version 1.0. In 0.3 the method is `tasks/get`. */
export const a2aRpcTask = defineTaskApi({
  ...a2aTask,
  path: () => '/a2a',
  request: (id) => ({
    method: 'POST',
    headers: { 'A2A-Version': '1.0', 'Content-Type': 'application/json' },
    body: JSON.stringify({ jsonrpc: '2.0', id, method: 'GetTask', params: { id } }),
  }),
  status: (json) => a2aState(task(json)),
  details: (json) => field(task(json), 'status'),
  result: (json) => field(task(json), 'artifacts'),
});
// #endregion
