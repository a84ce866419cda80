// A worker: watches many tasks at the same time, publishes each change, and hands its tasks over on
// SIGTERM. Any number of workers can run, on any number of machines.
// REDIS_URL=… BROWSER_USE_API_KEY=… node --import tsx docs/examples/fleet/worker.ts
import { UnrecoverableError, WaitingError, Worker, type Job } from 'bullmq';
import { catchError, concatMap, lastValueFrom, map, of, type Observable } from 'rxjs';
import { fetchTransport, isTaskStatusError, isTerminal, taskStatus$ } from 'rxjs-task-status';
import { OwnedTask, type Update } from './changes.js';
import { limited } from './limit.js';
import { api, connect, PREFIX, QUEUE, settings } from './settings.js';

const REQUEST_TIMEOUT = 30_000;

const { requestsPerSecond, concurrency, lockDuration, stalledInterval } = settings;
const redis = connect();

const transport = limited(
  redis,
  requestsPerSecond,
  fetchTransport((url, init) => {
    const signal = AbortSignal.any([init.signal, AbortSignal.timeout(REQUEST_TIMEOUT)]);
    return fetch(url, { ...init, signal });
  }),
);

let stopping = false;

const worker = new Worker<{ taskId: string }>(
  QUEUE,
  // BullMQ passes a signal only to a function with three parameters
  async (job, token, signal) => {
    if (stopping) return handOver(job, token);
    const task = await OwnedTask.claim(redis, job.data.taskId);
    console.log('claimed', task.taskId);
    try {
      // a failed job that is retried is watched again, also if its end is known
      if (!isEnd(task.update) || job.attemptsMade > 0) {
        await lastValueFrom(publishChanges(task, signal), { defaultValue: undefined });
      }
    } catch (error) {
      if (stopping) return handOver(job, token);
      // another worker has the job, so this one must not move it
      if (signal?.aborted || error instanceof NotOwnerError) throw new WaitingError();
      throw error;
    }
    if (task.update?.error !== undefined) throw new UnrecoverableError(task.update.error);
    return task.update?.status;
  },
  {
    connection: redis,
    prefix: PREFIX,
    concurrency,
    lockDuration,
    stalledInterval,
    // a watch can outlive any number of workers
    maxStalledCount: 1_000_000,
  },
);
worker.on('error', ({ message }) => console.error(message));
// the connection was lost for too long: another worker watches the task now
worker.on('lockRenewalFailed', (jobIds) => {
  for (const jobId of jobIds) worker.cancelJob(jobId);
});
worker.on('ready', () => console.log('ready'));

process.once('SIGTERM', () => void stop());

async function stop(): Promise<void> {
  stopping = true;
  const closed = worker.close();
  worker.cancelAllJobs();
  await closed;
  await redis.quit();
  console.log('handed over');
}

class NotOwnerError extends Error {}

/** Watches a task from its last known status on. Saves and publishes each change. */
function publishChanges(task: OwnedTask, signal: AbortSignal | undefined): Observable<void> {
  return taskStatus$(task.taskId, {
    ...api,
    transport,
    knownStatus: task.update?.status,
    signal,
    // it would include the delay before a slot; the transport has its own limit
    requestTimeout: Infinity,
    // no outage ends a watch
    retry: { maxRetries: Infinity },
  }).pipe(
    map((status): Update => ({ status })),
    // an error is published in order, like a status; an abort is not published
    catchError((error: unknown) => {
      if (isTaskStatusError(error)) return of<Update>({ error: error.code });
      throw error;
    }),
    concatMap(async (update) => {
      if (!(await task.publish(update))) throw new NotOwnerError();
    }),
  );
}

/** Puts a task back into the queue for another worker. */
async function handOver(job: Job, token: string | undefined): Promise<never> {
  await job.moveToWait(token);
  throw new WaitingError();
}

function isEnd(update: Update | undefined): boolean {
  return update?.error !== undefined || (update !== undefined && isTerminal(update.status));
}
