// #region recipe
import { createTaskStatusPool, type TaskStatusPool } from 'rxjs-task-status';
import type { TaskStatusPoolOptions } from 'rxjs-task-status';
import { learnedDelay } from 'rxjs-task-status/learned';

/** A pool that knows how long tasks have been running so far, ms. */
export function pricedPool(
  requestCost: number,
  known: readonly number[],
  options: TaskStatusPoolOptions,
): TaskStatusPool {
  const { delay, record } = learnedDelay({ requestCost });
  for (const ms of known) record('running', ms);
  const backoff = { ...options.backoff, delay, maxDelay: 60_000 };
  return createTaskStatusPool({ ...options, backoff });
}
// #endregion

import { durations, HEAD, measure } from './measure.js';

const known = durations(200, 1);
console.log(HEAD);
for (const requestCost of [50, 200, 800, 3_200]) {
  measure(`requestCost: ${requestCost}`, 2, (options) => pricedPool(requestCost, known, options));
}
