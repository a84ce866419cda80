import type { Job } from 'bullmq';

import type { TaskStore } from './owned-task.js';
import { MOVE_TO_END } from './scripts.js';

/** The data of a job. */
export interface JobData {
  readonly taskId: string;
  /** Differs if the task was added again after its end. */
  readonly generation: string;
}

/**
 * Puts a job back into the queue, behind the jobs that wait. Repeated until Redis accepts it.
 *
 * BullMQ puts it in front of them, so that it would be the next one.
 *
 * @param waitKey the list of waiting jobs
 */
export async function handBack(
  { redis, retry }: TaskStore,
  job: Job<JobData>,
  token: string | undefined,
  waitKey: string,
): Promise<void> {
  await retry.run(async () => {
    try {
      await job.moveToWait(token);
    } catch (error) {
      // codes of BullMQ: another worker has the job, or it was removed
      const isLost = error instanceof Error && 'code' in error && typeof error.code === 'number';
      if (!isLost) throw error;
    }
  });
  await retry.run(() => MOVE_TO_END.run(redis, [waitKey], [String(job.id)]));
}
