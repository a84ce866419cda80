// #region recipe
import { taskStatus$, whileHidden } from 'rxjs-task-status';
import type { TaskStatusOptions } from 'rxjs-task-status';

import type { Settings } from './settings.js';

export function status$(taskId: string, settings: Settings) {
  return taskStatus$(taskId, toOptions(settings));
}

export function toOptions(settings: Settings): TaskStatusOptions {
  const { baseUrl, apiKey, interval, requestTimeout, deadline } = settings;
  return {
    baseUrl,
    apiKey,
    requestTimeout,
    timeout: deadline,
    pauseWhile: whileHidden(),
    backoff: { initialDelay: interval, maxDelay: 5 * interval },
    retry: { initialDelay: interval },
  };
}
// #endregion
