// #region recipe
import type { TaskStatusPoolOptions } from 'rxjs-task-status';

/** For a server that sometimes does not answer. */
export const cautious: TaskStatusPoolOptions = { requestTimeout: 5_000, maxConcurrent: 64 };
// #endregion

import { NEVER, of, VirtualTimeScheduler } from 'rxjs';
import { createTaskStatusPool } from 'rxjs-task-status';

// 16 tasks whose requests are never answered, and 4 tasks that are answered at once
const ids = Array.from({ length: 20 }, (_, task) => (task < 16 ? `hung_${task}` : `task_${task}`));
const response = { status: 200, headers: {}, body: '"running"' };

/** How many polls each of the 4 tasks has in a minute. */
function pollsPerMinute(options: TaskStatusPoolOptions): number {
  const scheduler = new VirtualTimeScheduler(undefined, 60_000);
  const pool = createTaskStatusPool({
    transport: ({ taskId }) => (taskId.startsWith('hung') ? NEVER : of(response)),
    scheduler,
    backoff: { jitter: 0 },
    retry: { jitter: 0 },
    ...options,
  });
  let polls = 0;
  pool.allPolls$.subscribe(({ taskId }) => {
    if (taskId === 'task_16') polls++;
  });
  pool.statuses$(ids).subscribe();
  scheduler.flush();
  pool.close();
  return polls;
}

console.log('options                 polls of each other task in a minute');
for (const [name, options] of [
  ['the defaults', {}],
  ['requestTimeout: 5_000', { requestTimeout: 5_000 }],
  ['maxConcurrent: 64', { maxConcurrent: 64 }],
  ['both', cautious],
] as const) {
  console.log(`${name.padEnd(24)}${pollsPerMinute(options)}`);
}
