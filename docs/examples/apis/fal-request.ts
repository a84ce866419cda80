// #region recipe
import { defineTaskApi } from 'rxjs-task-status';
import { field } from './field.js';

/** A request in the queue of fal. Its id is the `response_url` that fal returned for it. */
export const falRequest = defineTaskApi({
  baseUrl: 'https://queue.fal.run',
  path: (id) => `${decodeURIComponent(id)}/status`,
  authorization: (key) => ['Authorization', `Key ${key}`],
  status: (json) => field(json, 'status'),
  statuses: ['IN_QUEUE', 'IN_PROGRESS', 'COMPLETED'],
  terminal: ['COMPLETED'],
  // a request that has failed is COMPLETED too: its result is an HTTP error
  successful: ['COMPLETED'],
  details: (json) => ({ position: field(json, 'queue_position') }),
  resultPath: decodeURIComponent,
});
// #endregion
