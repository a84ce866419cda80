import { firstValueFrom, Subject, Subscription, takeUntil, timer, type SchedulerLike } from 'rxjs';
import {
  browserUseV1,
  isTaskStatusError,
  isTerminal,
  mergeOptions,
  taskPolls$,
  type RequestSignal,
  type StatusTransport,
  type TaskPoll,
  type TaskStatusOptions,
} from 'rxjs-task-status';

import { MAX_TIMER_DELAY } from '../watch/backoff.js';
import { fleetTransport } from './fleet-transport.js';
import type { FleetUpdate } from './change.js';
import type { LearnedCounts } from './learned-counts.js';
import { messageOf } from './message-of.js';
import { ignore } from './ignore.js';
import type { OwnedTask, Rest } from './owned-task.js';
import { continueBackoff, restAfter } from './rest-delay.js';
import { StatusAge, type StatusDuration } from './status-age.js';

/** The delay after a failure that does not concern the task, such as an exception of `apiKey`, ms. */
const FAILURE_DELAY = 2_000;
/** A request that has waited longer than this is made again, with a new key, ms. */
const MAX_KEY_AGE = 2_000;
/** A running task is counted when its status has lasted this long, and each time this has doubled, ms. */
const FIRST_MARK = 5_000;

/**
 * How a slice ended.
 *
 * - `ended`: the task has ended, and its end is published
 * - `lost`: another worker owns the task
 * - `rested`: the task waits for its next turn
 * - `stopped`: the worker stops
 */
export type SliceEnd = 'ended' | 'lost' | 'rested' | 'stopped';

/** What a slice needs of its worker. */
export interface SliceContext {
  readonly watch: TaskStatusOptions<string>;
  readonly send: StatusTransport;
  readonly maxAge: number;
  readonly scheduler: SchedulerLike;
  /** The counts of a schedule that learns. */
  readonly learned: LearnedCounts | undefined;
  /** Resolves when a request may be sent. */
  readonly admit: (slice: TaskSlice, signal: RequestSignal) => Promise<void>;
  /** Whether the slot is needed for another task. */
  readonly takeTurn: () => boolean;
  readonly onSend: () => void;
  readonly onEnd: () => void;
  /** @param age how long ago the request was sent, ms */
  readonly onPoll: (poll: TaskPoll<string>, age: number) => void;
  readonly onPublish: (pending: number, published: number) => void;
  readonly onFailure: (taskId: string, message: string) => void;
}

/** A part of the watch of a task: from its claim until it ends, is lost, or gives its slot back. */
export class TaskSlice {
  readonly task: OwnedTask;
  /** When it got the slot, by the scheduler's clock. */
  readonly startedAt: number;
  /** Whether it has polled. */
  polled = false;
  /** Whether its last answer was a failure. */
  failing = false;

  readonly #context: SliceContext;
  readonly #end$ = new Subject<SliceEnd>();
  readonly #watch = new Subscription();
  /** How it ends; `stopped` until it has ended. */
  #end: SliceEnd = 'stopped';
  #finished = false;
  #publishing: Promise<unknown> = Promise.resolve();
  #inFlight = false;
  #sentAt = 0;
  /** Whether the next request is already admitted. */
  #admitted = false;
  #rest: Rest;
  /** When `#rest` was planned. */
  #restAt: number;
  #seen = 0;
  #failures = 0;
  #changed = false;
  #succeeded = false;
  readonly #age: StatusAge;
  /** How long the status had lasted when the task was last counted as running, ms. */
  #marked: number;

  constructor(task: OwnedTask, context: SliceContext) {
    this.task = task;
    this.#context = context;
    this.#rest = task.rest;
    this.startedAt = this.#restAt = context.scheduler.now();
    this.#age = new StatusAge(task, this.startedAt);
    this.#marked = task.marked;
  }

  /** Whether a request is in flight. */
  get inFlight(): boolean {
    return this.#inFlight;
  }

  /** What remains of the delay before the next request. */
  get rest(): Rest {
    const now = this.#context.scheduler.now();
    const elapsed = Math.max(0, now - this.#restAt);
    const due = Math.max(0, this.#rest.due - elapsed);
    return { ...this.#rest, due, seenAgo: this.#age.seenAgo(now) };
  }

  /** Watches the task. Resolves after its changes are published. */
  async run(): Promise<SliceEnd> {
    const { maxAge, scheduler } = this.#context;
    const remaining = Math.max(0, maxAge - this.task.age);
    const due = Math.min(this.#rest.due, remaining, MAX_TIMER_DELAY);
    if (due > 0 && !this.#finished) {
      await firstValueFrom(timer(due, scheduler).pipe(takeUntil(this.#end$)), { defaultValue: 0 });
    }
    if (!this.#finished) await this.#poll(Math.max(0, remaining - due));
    await this.#publishing;
    return this.#end;
  }

  /** Ends the slice, and aborts its request. Only the first end counts. */
  finish(end: SliceEnd): void {
    if (!this.#finished) this.#finish(end);
  }

  #finish(end: SliceEnd): void {
    this.#finished = true;
    this.#end = end;
    this.#watch.unsubscribe();
    this.#end$.next(end);
  }

  #poll(remaining: number): Promise<unknown> {
    const ended = new Promise((resolve) => this.#watch.add(() => resolve(undefined)));
    const polls$ = taskPolls$(this.task.taskId, this.#options(remaining));
    this.#watch.add(
      polls$.subscribe({
        next: (poll) => this.#onPoll(poll),
        error: (error: unknown) => this.#onError(error),
        complete: () => this.finish('ended'),
      }),
    );
    return ended;
  }

  #options(remaining: number): TaskStatusOptions<string> {
    const { watch, send, scheduler, onSend, onEnd } = this.#context;
    const { requestTimeout = 30_000, notFoundGrace = 0, retry } = watch;
    const own: TaskStatusOptions<string> = { ...watch, signal: undefined, knownStatus: undefined };
    return mergeOptions<string>(own, {
      ...continueBackoff(watch, (status) => {
        const isSame = status === this.task.status && !this.#changed;
        return {
          seen: isSame || watch.backoff?.resetOnChange === false ? this.task.rest.seen : 0,
          elapsed: this.#age.elapsed(status, scheduler.now()),
        };
      }),
      knownStatus: this.#knownStatus(),
      transport: fleetTransport({
        send,
        admit: (signal) => this.#admit(signal),
        onSend: () => {
          this.#inFlight = true;
          this.#sentAt = scheduler.now();
          onSend();
        },
        onEnd: () => {
          this.#inFlight = false;
          onEnd();
        },
        requestTimeout,
        scheduler,
      }),
      // it would include the time before a request may be sent
      requestTimeout: Infinity,
      timeout: remaining > MAX_TIMER_DELAY ? Infinity : remaining,
      notFoundGrace:
        this.task.status === undefined ? Math.max(0, notFoundGrace - this.task.age) : 0,
      unknownStatus: 'ignore',
      retry: {
        ...(retry === false ? {} : retry),
        maxRetries: Infinity,
        maxRetryAfter: MAX_TIMER_DELAY,
        shouldRetry: ({ code }) => code !== 'not-found' && code !== 'invalid',
      },
    });
  }

  /** The stored status, unless the API does not have it: the fleet has polled another API before. */
  #knownStatus(): string | undefined {
    const { status } = this.task;
    const { statuses }: { readonly statuses: readonly string[] } =
      this.#context.watch.api ?? browserUseV1;
    return status !== undefined && statuses.includes(status) ? status : undefined;
  }

  async #admit(signal: RequestSignal): Promise<void> {
    const { admit, scheduler, watch } = this.#context;
    const isAdmitted = this.#admitted;
    this.#admitted = false;
    if (isAdmitted) return;
    const askedAt = scheduler.now();
    await admit(this, signal);
    if (typeof watch.apiKey !== 'function' || scheduler.now() - askedAt <= MAX_KEY_AGE) return;
    this.#admitted = true;
    throw new Error('The request has waited for long. It is made again with the present key');
  }

  #onPoll(poll: TaskPoll<string>): void {
    const { scheduler, watch, takeTurn, onPoll } = this.#context;
    // not a request: it is made again
    if (this.#admitted) return;
    const now = scheduler.now();
    this.polled = true;
    this.failing = poll.error !== undefined;
    if (poll.changed && watch.backoff?.resetOnChange !== false) {
      this.#seen = 0;
      this.#changed = true;
    }
    if (poll.error) this.#failures += 1;
    else {
      this.#seen += 1;
      this.#failures = 0;
      this.#succeeded = true;
    }
    const counts = {
      seen: this.#seen,
      failures: this.#failures,
      changed: this.#changed,
      succeeded: this.#succeeded,
    };
    this.#rest = restAfter(poll, this.task.rest, counts, watch);
    this.#restAt = now;
    onPoll(poll, Math.max(0, now - this.#sentAt));
    const ended = poll.status === undefined ? undefined : this.#age.see(poll.status, now);
    if (poll.changed && poll.status !== undefined) {
      this.#publish({ status: poll.status }, isTerminal(poll.status, watch.api), ended);
    } else this.#mark();
    if (poll.nextDelay !== undefined && takeTurn()) this.finish('rested');
  }

  #onError(error: unknown): void {
    const { onFailure } = this.#context;
    const code = isTaskStatusError<string>(error) ? error.code : undefined;
    if (code === 'not-found' || code === 'invalid' || code === 'timeout') {
      this.#publish({ error: code }, true, this.#age.soFar());
      this.finish('ended');
      return;
    }
    onFailure(this.task.taskId, messageOf(error));
    this.#rest = { ...this.#rest, due: Math.max(FAILURE_DELAY, this.#rest.due) };
    this.#restAt = this.#context.scheduler.now();
    this.finish('rested');
  }

  /** Counts the task as running, but seldom. */
  #mark(): void {
    const { learned } = this.#context;
    const soFar = this.#age.soFar();
    if (!learned || !soFar || soFar.to < Math.max(FIRST_MARK, 2 * this.#marked)) return;
    this.#marked = soFar.to;
    const counts = learned.valuesOf({ taskId: this.task.taskId, ...soFar }, true);
    this.task.mark(soFar.to, counts).catch(ignore);
  }

  #publish(update: FleetUpdate<string>, isEnd: boolean, ended: StatusDuration | undefined): void {
    const { learned, scheduler, onPublish } = this.#context;
    const { taskId } = this.task;
    const counts = ended && learned?.valuesOf({ taskId, ...ended });
    this.#marked = 0;
    const readAt = scheduler.now();
    onPublish(1, 0);
    this.#publishing = this.#publishing.then(async () => {
      let isOwner = false;
      try {
        isOwner = await this.task.publish(update, isEnd, readAt, counts);
      } catch {
        // the worker has stopped while Redis was away: the next owner reads the status again
        this.#finish('stopped');
        return;
      } finally {
        onPublish(-1, isOwner ? 1 : 0);
      }
      if (!isOwner) this.#finish('lost');
    });
  }
}
