import type { Redis } from 'ioredis';
import type { SchedulerLike } from 'rxjs';
import type { RequestSignal } from 'rxjs-task-status';

import { abortError } from './abort-error.js';
import type { FleetKeys } from './keys.js';
import type { RedisRetry } from './redis-retry.js';
import { ADMIT } from './scripts.js';

/** A request that is late by more than this asks again: the process may have been frozen, ms. */
const MAX_LATENESS = 1_000;
/** How far ahead time slots are given, ms. */
const AHEAD = 200;
/** How many requests one question is for. */
const MAX_BATCH = 50;
/** The longest delay between two questions while requests are held, ms. */
const MAX_DELAY = 10_000;
/** The first and the longest delay between the requests in a pause, ms. */
export const FIRST_PROBE_DELAY = 1_000;
const MAX_PROBE_DELAY = 30_000;
/** After a hold or a pause without a limit, the queued requests are sent this far apart, ms. */
const SPREAD = 10;

/** What the fleet does with requests. */
export type GateState = 'open' | 'held' | 'paused';

/** The owner of a task asks for its requests. */
export interface RequestOwner {
  readonly taskId: string;
  /** The owner number. */
  readonly owner: string;
  /** There is a newer owner. */
  onLost(): void;
}

interface Waiting {
  readonly owner: RequestOwner;
  grant(): void;
  aborted: boolean;
}

/** What the script has decided. */
interface Answer {
  /** When the question was sent. */
  readonly askedAt: number;
  /** How many requests may be sent. */
  readonly granted: number;
  /** ms until the first of them, or until the next question. */
  readonly wait: number;
  readonly state: GateState;
  readonly lost: readonly Waiting[];
}

/** What an {@link Admission} needs. */
export interface AdmissionOptions {
  readonly redis: Redis;
  readonly keys: FleetKeys;
  /** The limit of the whole fleet; `undefined` for none. */
  readonly requestsPerSecond: number | undefined;
  readonly scheduler: SchedulerLike;
  readonly retry: RedisRetry;
  /** Is called after each change of the state. */
  readonly onChange: () => void;
}

/**
 * Asks Redis before each request: whether the worker still owns the task, whether requests are held or
 * paused, and for a time slot under the limit. The requests of a worker share a question.
 *
 * No request is sent while Redis is away.
 */
export class Admission {
  /** The state at the last question. */
  state: GateState = 'open';
  /** When a hold ends, by the scheduler's clock; `undefined` if there is none. */
  heldUntil: number | undefined;

  readonly #options: AdmissionOptions;
  readonly #interval: number;
  #queue: Waiting[] = [];
  #running = false;
  /** How many requests are sent far apart after a hold. */
  #toSpread = 0;

  constructor(options: AdmissionOptions) {
    this.#options = options;
    const { requestsPerSecond } = options;
    this.#interval = requestsPerSecond === undefined ? 0 : 1_000 / requestsPerSecond;
  }

  /** How many requests wait. */
  get queued(): number {
    return this.#queue.length;
  }

  /** Resolves when the request may be sent. Rejects when its signal is aborted. */
  request(owner: RequestOwner, signal: RequestSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        waiting.aborted = true;
        this.#queue = this.#queue.filter((other) => other !== waiting);
        reject(abortError());
      };
      const waiting: Waiting = {
        owner,
        aborted: false,
        grant: () => {
          signal.removeEventListener('abort', onAbort);
          resolve();
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#queue.push(waiting);
      void this.#run();
    });
  }

  /** Asks until no request waits. */
  async #run(): Promise<void> {
    if (this.#running) return;
    this.#running = true;
    try {
      while (this.#queue.length > 0) await this.#ask(this.#queue.slice(0, MAX_BATCH));
    } catch {
      // the worker is closed, its requests are aborted
    } finally {
      this.#running = false;
    }
  }

  async #ask(batch: readonly Waiting[]): Promise<void> {
    const { retry } = this.#options;
    const { askedAt, granted, wait, state, lost } = await this.#decide(batch);
    this.#setState(state, wait);
    this.#queue = this.#queue.filter((waiting) => !lost.includes(waiting));
    for (const { owner } of lost) owner.onLost();
    const admitted = batch.filter((waiting) => !lost.includes(waiting)).slice(0, granted);
    this.#queue = this.#queue.filter((waiting) => !admitted.includes(waiting));
    const gap = this.#interval || (this.#toSpread > 0 ? SPREAD : 0);
    this.#toSpread = Math.max(0, this.#toSpread - admitted.length);
    admitted.forEach((waiting, index) => this.#grantAt(waiting, askedAt + wait + index * gap));
    if (admitted.length === 0 && wait > 0) await retry.sleep(Math.min(wait, MAX_DELAY));
    // the next requests come after these
    else if (!this.#interval && gap > 0) await retry.sleep(admitted.length * gap);
  }

  async #decide(batch: readonly Waiting[]): Promise<Answer> {
    const { redis, keys, retry, scheduler } = this.#options;
    const owners = batch.map(({ owner }) => owner);
    let askedAt = 0;
    const answer = await retry.run(() => {
      askedAt = scheduler.now();
      return ADMIT.list(
        redis,
        [keys.gate, keys.slot, ...owners.map(({ taskId }) => keys.task(taskId))],
        [
          this.#interval,
          AHEAD,
          ...owners.map(({ owner }) => owner),
          FIRST_PROBE_DELAY,
          MAX_PROBE_DELAY,
        ],
      );
    });
    const [granted, wait, state, lost] = answer;
    const none: readonly unknown[] = [];
    const indexes = none.concat(lost);
    return {
      askedAt,
      granted: Number(granted),
      wait: Number(wait),
      state: state === 0 ? 'open' : state === 1 ? 'held' : 'paused',
      lost: batch.filter((_, index) => indexes.includes(index)),
    };
  }

  #setState(state: GateState, wait: number): void {
    if (state !== 'open') this.#toSpread = this.#queue.length;
    const heldUntil = state === 'held' ? this.#options.scheduler.now() + wait : undefined;
    const isSame = state === this.state && heldUntil === this.heldUntil;
    this.state = state;
    this.heldUntil = heldUntil;
    if (!isSame) this.#options.onChange();
  }

  #grantAt(waiting: Waiting, at: number): void {
    const { scheduler } = this.#options;
    const grant = () => {
      if (waiting.aborted) return;
      // Redis was away or the process was frozen: the slot has passed, and there may be a newer owner
      if (Math.abs(scheduler.now() - at) > MAX_LATENESS) {
        this.#queue.unshift(waiting);
        void this.#run();
      } else waiting.grant();
    };
    const delay = at - scheduler.now();
    if (delay <= 0) grant();
    else scheduler.schedule(grant, delay);
  }
}
