// #region recipe
import { defineTaskApi } from 'rxjs-task-status';
import { field } from './field.js';

const TERMINAL = ['completed', 'failed', 'expired', 'cancelled'] as const;

/** A batch of the OpenAI API. The result is the id of the file with the output. */
export const openaiBatch = defineTaskApi({
  baseUrl: 'https://api.openai.com/v1',
  path: (id) => `/batches/${id}`,
  authorization: (key) => ['Authorization', `Bearer ${key}`],
  status: (json) => field(json, 'status'),
  statuses: ['validating', 'in_progress', 'finalizing', 'cancelling', ...TERMINAL],
  terminal: TERMINAL,
  successful: ['completed'],
  details: (json) => ({
    counts: field(json, 'request_counts'),
    outputFileId: field(json, 'output_file_id'),
    errorFileId: field(json, 'error_file_id'),
  }),
  result: (json) => field(json, 'output_file_id'),
});
// #endregion
