// #region recipe
import { defineTaskApi } from 'rxjs-task-status';
import { field } from './field.js';

/** A long-running operation of a Google API. The task id is its name: `operations/abc`. */
export const googleOperation = defineTaskApi({
  baseUrl: 'https://speech.googleapis.com/v1',
  path: (name) => `/${name.replaceAll('%2F', '/')}`,
  authorization: (key) => ['Authorization', `Bearer ${key}`],
  status: (json) => {
    if (typeof field(json, 'name') !== 'string') return undefined;
    // `done` is absent while the operation runs
    if (field(json, 'done') !== true) return 'running';
    if (field(json, 'error') === undefined) return 'succeeded';
    return field(field(json, 'error'), 'code') === 1 ? 'cancelled' : 'failed';
  },
  statuses: ['running', 'succeeded', 'failed', 'cancelled'],
  terminal: ['succeeded', 'failed', 'cancelled'],
  successful: ['succeeded'],
  details: (json) => ({ metadata: field(json, 'metadata'), error: field(json, 'error') }),
  result: (json) => field(json, 'response'),
  bodyLimit: 16_777_216,
});
// #endregion
