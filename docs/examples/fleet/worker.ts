// A worker: watches many tasks at a time, publishes each change, and hands its tasks over on SIGTERM.
// As many as you like may run, on as many machines.
// REDIS_URL=… BROWSER_USE_API_KEY=… node --import tsx docs/examples/fleet/worker.ts
import { UnrecoverableError, WaitingError, Worker, type Job } from 'bullmq';
import { catchError, concatMap, lastValueFrom, map, of, type Observable } from 'rxjs';
import { fetchTransport, isTaskStatusError, isTerminal, taskStatus$ } from 'rxjs-task-status';
import { OwnedTask, type News } from './changes.js';
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
  // three parameters: BullMQ looks for the third before it makes a signal
  async (job, token, signal) => {
    if (stopping) return handOver(job, token);
    const task = await OwnedTask.claim(redis, job.data.taskId);
    console.log('claimed', task.taskId);
    try {
      // what has failed and is tried again is watched again, whatever was known
      if (!isEnd(task.news) || job.attemptsMade > 0) {
        await lastValueFrom(publishChanges(task, signal), { defaultValue: undefined });
      }
    } catch (error) {
      if (stopping) return handOver(job, token);
      // it was given to another worker, and is no longer this one's to move
      if (signal?.aborted || error instanceof Disowned) throw new WaitingError();
      throw error;
    }
    if (task.news?.error !== undefined) throw new UnrecoverableError(task.news.error);
    return task.news?.status;
  },
  {
    connection: redis,
    prefix: PREFIX,
    concurrency,
    lockDuration,
    stalledInterval,
    // a watch may outlive any number of workers
    maxStalledCount: 1_000_000,
  },
);
worker.on('error', ({ message }) => console.error(message));
// out of touch for too long: to go on would be to watch what another worker watches
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

class Disowned extends Error {}

/** Watches a task from what is known of it on, and saves and publishes whatever is new. */
function publishChanges(task: OwnedTask, signal: AbortSignal | undefined): Observable<void> {
  return taskStatus$(task.taskId, {
    ...api,
    transport,
    knownStatus: task.news?.status,
    signal,
    // it would count the wait for a slot; the transport has its own
    requestTimeout: Infinity,
    // an outage ends no watch, however long it is
    retry: { maxRetries: Infinity },
  }).pipe(
    map((status): News => ({ status })),
    // news like any other, in its turn; an abort is none
    catchError((error: unknown) => {
      if (isTaskStatusError(error)) return of<News>({ error: error.code });
      throw error;
    }),
    concatMap(async (news) => {
      if (!(await task.publish(news))) throw new Disowned();
    }),
  );
}

/** Puts a task back, for the next worker that has room. */
async function handOver(job: Job, token: string | undefined): Promise<never> {
  await job.moveToWait(token);
  throw new WaitingError();
}

function isEnd(news: News | undefined): boolean {
  return news?.error !== undefined || (news !== undefined && isTerminal(news.status));
}
