// #region recipe
import { defineTaskApi } from 'rxjs-task-status';
import { field } from './field.js';

const TERMINAL = ['succeeded', 'failed', 'canceled', 'aborted'] as const;

/** A prediction of the Replicate API. The result is the output of the model. */
export const replicatePrediction = defineTaskApi({
  baseUrl: 'https://api.replicate.com/v1',
  path: (id) => `/predictions/${id}`,
  authorization: (key) => ['Authorization', `Bearer ${key}`],
  status: (json) => field(json, 'status'),
  statuses: ['starting', 'processing', ...TERMINAL],
  terminal: TERMINAL,
  successful: ['succeeded'],
  details: (json) => ({ error: field(json, 'error'), logs: field(json, 'logs') }),
  result: (json) => field(json, 'output'),
  // the logs and the output are in every answer
  bodyLimit: 16_777_216,
});
// #endregion
