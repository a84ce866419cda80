// #region recipe
import { defineTaskApi } from 'rxjs-task-status';
import { field } from './field.js';

const TERMINAL = ['SUCCEEDED', 'FAILED', 'TIMED-OUT', 'ABORTED'] as const;

/** An Actor run of the Apify API. The result is the items of its default dataset. */
export const apifyRun = defineTaskApi({
  baseUrl: 'https://api.apify.com/v2',
  path: (id) => `/actor-runs/${id}`,
  authorization: (key) => ['Authorization', `Bearer ${key}`],
  status: (json) => field(field(json, 'data'), 'status'),
  statuses: ['READY', 'RUNNING', 'TIMING-OUT', 'ABORTING', ...TERMINAL],
  terminal: TERMINAL,
  successful: ['SUCCEEDED'],
  details: (json) => ({
    message: field(field(json, 'data'), 'statusMessage'),
    datasetId: field(field(json, 'data'), 'defaultDatasetId'),
  }),
  resultPath: (id) => `/actor-runs/${id}/dataset/items`,
});
// #endregion
