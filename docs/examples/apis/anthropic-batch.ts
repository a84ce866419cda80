// #region recipe
import { defineTaskApi } from 'rxjs-task-status';
import { field } from './field.js';

/** A message batch of the Anthropic API. The result is the URL of a file in JSON Lines. */
export const anthropicBatch = defineTaskApi({
  baseUrl: 'https://api.anthropic.com/v1',
  path: (id) => `/messages/batches/${id}`,
  request: () => ({ headers: { 'anthropic-version': '2023-06-01' } }),
  authorization: (key) => ['x-api-key', key],
  status: (json) => field(json, 'processing_status'),
  statuses: ['in_progress', 'canceling', 'ended'],
  terminal: ['ended'],
  // also a batch whose requests have all failed: `details` counts them
  successful: ['ended'],
  details: (json) => field(json, 'request_counts'),
  result: (json) => field(json, 'results_url'),
});
// #endregion
