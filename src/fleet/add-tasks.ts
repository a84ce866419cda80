import { Queue } from 'bullmq';
import { taskStatus$ } from 'rxjs-task-status';

import { openConnection, type FleetConnection } from './connection.js';
import type { JobData } from './hand-back.js';
import { ignore } from './ignore.js';
import { fleetKeys, jobIdOf } from './keys.js';
import { ADD } from './scripts.js';
import { resolveNames } from './worker-options.js';

/** How many tasks are added at once. */
const CHUNK = 500;

/** The options of {@link addTasks}. */
export interface AddTasksOptions {
  /** The prefix of all keys in Redis, as for the workers. Default: `{fleet}`. */
  readonly prefix?: string | undefined;
  /** The name of the queue, as for the workers. Default: `tasks`. */
  readonly queue?: string | undefined;
}

/**
 * Adds tasks to the queue of a fleet. A task that is being watched stays as it is. A task that has ended
 * is watched again.
 *
 * If it rejects, some of the tasks may have been added; call it again with the same ids.
 *
 * @param connection ioredis options, or an ioredis instance, which is not closed
 * @param ids the ids of the tasks
 * @returns resolves when all tasks are in the queue
 * @throws TypeError at the call, for an id that cannot be polled
 *
 * @example
 * await addTasks({ host: 'redis' }, ['task_1', 'task_2']);
 */
export function addTasks(
  connection: FleetConnection,
  ids: Iterable<string>,
  options: AddTasksOptions = {},
): Promise<void> {
  const { prefix, queue } = resolveNames(options);
  checkIds(ids);
  const taskIds = [...new Set(ids)];
  // throws for an id that cannot be polled
  for (const taskId of taskIds) void taskStatus$(taskId);
  const opened = openConnection(connection, 'call', ignore);
  return addAll(taskIds);

  async function addAll(remaining: readonly string[]): Promise<void> {
    const { redis } = opened;
    const keys = fleetKeys(prefix);
    const jobs = new Queue<JobData>(queue, { connection: redis, prefix });
    // the command that fails rejects
    jobs.on('error', ignore);
    try {
      for (let from = 0; from < remaining.length; from += CHUNK) {
        const chunk = remaining.slice(from, from + CHUNK);
        const generations = await ADD.list(redis, chunk.map(keys.task));
        await jobs.addBulk(
          chunk.map((taskId, index) => {
            const generation = String(generations[index]);
            const jobId = jobIdOf(taskId, generation);
            const opts = { jobId, removeOnComplete: true, removeOnFail: true };
            return { name: 'watch', data: { taskId, generation }, opts };
          }),
        );
      }
    } finally {
      await jobs.close();
      opened.close();
    }
  }
}

function checkIds(ids: unknown): void {
  if (typeof ids === 'object' && ids !== null && Symbol.iterator in ids) return;
  const shown = typeof ids === 'string' ? 'a string' : ids === null ? 'null' : typeof ids;
  throw new TypeError(`ids must be an array of task ids or another iterable, got ${shown}`);
}
