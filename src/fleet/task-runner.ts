import { WaitingError, type Job } from 'bullmq';
import { map, startWith, Subject, throttleTime, type Observable, type SchedulerLike } from 'rxjs';
import {
  fetchTransport,
  isTaskStatusError,
  type TaskPoll,
  type UnexpectedResponseError,
} from 'rxjs-task-status';

import { Admission } from './admission.js';
import type { FleetStats } from './fleet-stats.js';
import { Gate } from './gate.js';
import { handBack, type JobData } from './hand-back.js';
import type { LearnedCounts } from './learned-counts.js';
import type { ThrottledLogger } from './logger.js';
import { OwnedTask, type TaskStore } from './owned-task.js';
import { TaskSlice, type SliceContext } from './task-slice.js';
import { Turns } from './turns.js';
import type { ResolvedWorkerOptions } from './worker-options.js';

/** `stats$` emits at most this often, ms. */
const STATS_INTERVAL = 100;

/** What a {@link TaskRunner} needs. */
export interface TaskRunnerOptions extends ResolvedWorkerOptions {
  /** The counts of `learned`. */
  readonly counts?: LearnedCounts | undefined;
  readonly scheduler: SchedulerLike;
  readonly store: TaskStore;
  readonly log: ThrottledLogger;
  readonly onError: (error: unknown) => void;
}

/** Watches the tasks of the jobs that a worker gets. */
export class TaskRunner {
  readonly stats$: Observable<FleetStats>;
  readonly #options: TaskRunnerOptions;
  readonly #admission: Admission;
  readonly #gate: Gate;
  readonly #turns: Turns;
  readonly #context: SliceContext;
  /** The tasks that are watched, by job. */
  readonly #slices = new Map<string, TaskSlice>();
  readonly #changed$ = new Subject<void>();
  readonly #counts = {
    inFlight: 0,
    requests: 0,
    errors: 0,
    unpublished: 0,
    published: 0,
    lost: 0,
  };
  #lastAnswerAt: number | undefined;
  #stopped = false;

  constructor(options: TaskRunnerOptions) {
    const { scheduler, store, log, concurrency, requestsPerSecond } = options;
    this.#options = options;
    const onChange = () => this.#changed$.next();
    this.#admission = new Admission({ ...store, requestsPerSecond, scheduler, onChange });
    this.#gate = new Gate({ ...store, log, admission: this.#admission });
    this.#turns = new Turns(concurrency, scheduler);
    this.#context = this.#sliceContext();
    this.stats$ = this.#changed$.pipe(
      throttleTime(STATS_INTERVAL, scheduler, { leading: true, trailing: true }),
      startWith(undefined),
      map(() => this.stats()),
    );
  }

  /** The processor of BullMQ: resolves when the task has ended, else rejects with a WaitingError. */
  async process(job: Job<JobData>, token: string | undefined, waitKey: string): Promise<void> {
    try {
      if (await this.#watch(job)) return;
      await handBack(this.#options.store, job, token, waitKey);
    } catch (error) {
      // BullMQ must not end the job: it is found again when its lock has expired
      if (!(error instanceof LostError)) this.#options.onError(error);
    }
    throw new WaitingError();
  }

  /** Other workers get these jobs: their locks have expired. */
  onLocksLost(jobIds: readonly string[]): void {
    for (const jobId of jobIds) this.#slices.get(jobId)?.finish('lost');
  }

  /** Learns how many jobs wait for a slot. */
  onWaiting(waiting: number): void {
    this.#turns.onWaiting(waiting);
    this.#changed$.next();
  }

  /** Ends all watches, and starts no more. */
  stop(): void {
    this.#stopped = true;
    for (const slice of this.#slices.values()) slice.finish('stopped');
  }

  /** Completes the stats. */
  close(): void {
    this.#changed$.next();
    this.#changed$.complete();
  }

  stats(): FleetStats {
    const { state, heldUntil, queued } = this.#admission;
    return {
      watching: this.#slices.size,
      waiting: this.#turns.waiting,
      failing: [...this.#slices.values()].filter((slice) => slice.failing).length,
      queued,
      ...this.#counts,
      paused: state === 'paused',
      ...(heldUntil !== undefined && { heldUntil }),
      ...(this.#lastAnswerAt !== undefined && { lastAnswerAt: this.#lastAnswerAt }),
    };
  }

  /** Watches the task of a job. Returns whether the job is done. */
  async #watch(job: Job<JobData>): Promise<boolean> {
    const { scheduler, store, log } = this.#options;
    if (this.#stopped) return false;
    const { taskId, generation } = job.data;
    const task = await OwnedTask.claim(store, () => scheduler.now(), taskId, generation);
    if (!task || task.ended) return true;
    log.log('debug', `claimed ${taskId}`);
    const slice = new TaskSlice(task, this.#context);
    const end = await this.#run(String(job.id), slice);
    if (end === 'ended') return true;
    const isOwner = end !== 'lost' && (await task.saveRest(slice.rest));
    if (isOwner) return false;
    this.#counts.lost += 1;
    throw new LostError();
  }

  async #run(jobId: string, slice: TaskSlice): ReturnType<TaskSlice['run']> {
    // the worker was away, and has got the job again: BullMQ renews only the new lock
    this.#slices.get(jobId)?.finish('lost');
    this.#slices.set(jobId, slice);
    this.#turns.add(slice);
    this.#changed$.next();
    if (this.#stopped) slice.finish('stopped');
    try {
      return await slice.run();
    } finally {
      if (this.#slices.get(jobId) === slice) this.#slices.delete(jobId);
      this.#turns.delete(slice);
      this.#changed$.next();
    }
  }

  #sliceContext(): SliceContext {
    const { watch, maxAge, counts: learned, scheduler, log } = this.#options;
    const counts = this.#counts;
    return {
      watch,
      maxAge,
      learned,
      scheduler,
      send: watch.transport ?? fetchTransport(watch.fetch),
      admit: (slice, signal) => {
        const { taskId, owner } = slice.task;
        return this.#admission.request(
          { taskId, owner, onLost: () => slice.finish('lost') },
          signal,
        );
      },
      takeTurn: () => this.#turns.take(),
      onSend: () => {
        counts.requests += 1;
        counts.inFlight += 1;
        this.#changed$.next();
      },
      onEnd: () => {
        counts.inFlight -= 1;
        this.#changed$.next();
      },
      onPoll: (poll, age) => this.#onPoll(poll, age),
      onPublish: (pending, published) => {
        counts.unpublished += pending;
        counts.published += published;
        this.#changed$.next();
      },
      onFailure: (taskId, message) =>
        log.warn('failure', `Task ${JSON.stringify(taskId)} is polled again after: ${message}`),
    };
  }

  #onPoll(poll: TaskPoll<string>, age: number): void {
    const { scheduler, onError } = this.#options;
    if (poll.error) {
      this.#counts.errors += 1;
      // else the failure has ended the task, and is published
      if (poll.nextDelay !== undefined) this.#logFailure(poll.taskId, poll.error);
    } else this.#lastAnswerAt = scheduler.now();
    this.#gate.onPoll(poll, age).catch(onError);
    this.#changed$.next();
  }

  #logFailure(taskId: string, error: NonNullable<TaskPoll<string>['error']>): void {
    const { code, message } = error;
    // the pause is logged once
    if (code === 'unauthorized') return;
    const kind = isUnexpected(error) ? error.body : code;
    const task = JSON.stringify(taskId);
    this.#options.log.warn(`poll ${kind}`, `${message}. Task ${task} is polled again`);
  }
}

/** Another worker owns the task. */
class LostError extends Error {}

function isUnexpected(error: unknown): error is UnexpectedResponseError<string> {
  return isTaskStatusError(error) && error.code === 'unexpected-response';
}
