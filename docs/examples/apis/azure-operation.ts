// #region recipe
import { defineTaskApi } from 'rxjs-task-status';
import { field } from './field.js';

/** An operation of an Azure AI resource. The task id is the URL in `Operation-Location`. */
export const azureOperation = (endpoint: string) =>
  defineTaskApi({
    baseUrl: endpoint,
    // a URL of another origin is refused, so the key stays on the endpoint
    path: decodeURIComponent,
    authorization: (key) => ['Ocp-Apim-Subscription-Key', key],
    status: (json) => {
      const status = field(json, 'status');
      // some services write `Succeeded`
      return typeof status === 'string' ? status.replace(/^[A-Z]/, (c) => c.toLowerCase()) : status;
    },
    statuses: ['notStarted', 'running', 'succeeded', 'failed', 'canceled'],
    terminal: ['succeeded', 'failed', 'canceled'],
    successful: ['succeeded'],
    details: (json) => field(json, 'error'),
    result: (json) => field(json, 'analyzeResult') ?? field(json, 'result'),
    bodyLimit: 16_777_216,
  });
// #endregion
