// #region recipe
import { defineTaskApi } from 'rxjs-task-status';
import { a2aState } from './a2a-state.js';
import { field } from './field.js';

const ACTIVE = ['submitted', 'working', 'input-required', 'auth-required'] as const;
const TERMINAL = ['completed', 'failed', 'canceled', 'rejected'] as const;

/** A task of an A2A agent over HTTP+JSON, version 1.0. In 0.3 the URL of an agent ends with `/v1`. */
export const a2aTask = defineTaskApi({
  baseUrl: 'https://agent.example.com',
  // without the messages
  path: (id) => `/tasks/${id}?historyLength=0`,
  request: () => ({ headers: { 'A2A-Version': '1.0' } }),
  authorization: (key) => ['Authorization', `Bearer ${key}`],
  status: a2aState,
  statuses: [...ACTIVE, ...TERMINAL],
  terminal: TERMINAL,
  successful: ['completed'],
  details: (task) => field(task, 'status'),
  result: (task) => field(task, 'artifacts'),
  bodyLimit: 16_777_216,
});
// #endregion
