// #region recipe
import type { Observable } from 'rxjs';
import {
  mergeOptions,
  taskStatus$,
  type TaskStatus,
  type TaskStatusOptions,
} from 'rxjs-task-status';

/** Watches a task that runs for hours: polls after 2 s, then less and less often, up to 5 min. */
export function watchForHours$(taskId: string, options: TaskStatusOptions): Observable<TaskStatus> {
  const hours: TaskStatusOptions = {
    backoff: { initialDelay: 2_000, factor: 1.5, maxDelay: 300_000 },
    // an outage of an hour does not end the watch, nor does a Retry-After of an hour
    retry: { maxRetries: 25, maxDelay: 300_000, maxRetryAfter: 3_600_000 },
    timeout: 24 * 3_600_000,
  };
  return taskStatus$(taskId, mergeOptions(options, hours));
}
// #endregion

import { inMemory } from './in-memory.js';

const HOUR = 3_600_000;
const { options, print, requests, scheduler } = inMemory({
  task_1: [
    ['running', 0],
    [{ status: 503 }, 2 * HOUR],
    ['running', 3 * HOUR],
    ['finished', 6 * HOUR],
  ],
});
const withoutJitter = { ...options, retry: { jitter: 0 } };
const count = () => `after ${requests.length} requests`;

watchForHours$('task_1', withoutJitter).subscribe({
  next: print,
  complete: () => print('complete', count()),
});
scheduler.flush();
const delays = requests.slice(1).map(({ at }, index) => at - (requests[index]?.at ?? 0));
print(...delays.slice(0, 14).map((delay) => Math.round(delay / 1_000)), '… seconds');
