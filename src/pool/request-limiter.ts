import type { SchedulerLike, Unsubscribable } from 'rxjs';

import type { StatusResponse } from '../api/response.js';
import { readRetryAfter } from '../api/retry-after.js';
import {
  exponentialDelay,
  NEGLIGIBLE,
  withJitter,
  type Jitter,
  type Schedule,
} from '../watch/backoff.js';
import type { Limiter, Permit } from '../watch/limiter.js';

/** After a cooldown, each gap between requests is the previous one times this factor. */
const GAP_FACTOR = 0.875;

/** The options of a pool that its limiter uses. */
export interface LimiterOptions {
  readonly scheduler: SchedulerLike;
  readonly retry: Schedule & Jitter & { readonly maxRetryAfter: number };
  readonly maxConcurrent: number;
}

/** Is notified when the stats of a limiter may have changed. A `Subject` is a monitor. */
export interface LimiterMonitor {
  /** Whether anyone is subscribed. */
  readonly observed: boolean;
  next(): void;
}

/**
 * Limits the requests of a pool: first in, first out, at most `maxConcurrent` in flight, and none
 * during a cooldown.
 *
 * A 429 starts a cooldown, and so does a 503 with `Retry-After`. After a cooldown, requests are spread
 * out: the gaps between them shrink from an eighth of the retry delay to nothing, and add up to one retry
 * delay.
 */
export class RequestLimiter implements Limiter {
  /** How many requests have been sent. */
  requests = 0;
  /** How many requests are queued. */
  queued = 0;

  readonly #options: LimiterOptions;
  readonly #monitor: LimiterMonitor;
  /** The queued permits, from `#head` on. A permit without `grant` was released. */
  #queue: Permit[] = [];
  #head = 0;
  /** The permits in flight, each with the number of cooldowns before it was granted. */
  readonly #inFlight = new Map<Permit, number>();
  readonly #capacityWaiters = new Set<() => void>();
  #cooldowns = 0;
  /** How many 429s there were in a row. All 429s of one cooldown count as one. */
  #rateLimitCount = 0;
  /** Whether the block is a cooldown, and not a gap between requests. */
  #coolingDown = false;
  /** The gap after the next request, ms. There is no gap if it is below 1. */
  #gap = 0;
  // a cooldown or a gap: no request starts for `#blockedFor` ms after `#blockedAt`
  #blockedAt = 0;
  #blockedFor = 0;
  #timer: Unsubscribable | undefined;
  #granting = false;

  constructor(options: LimiterOptions, monitor: LimiterMonitor) {
    this.#options = options;
    this.#monitor = monitor;
  }

  get inFlight(): number {
    return this.#inFlight.size;
  }

  /** When the cooldown ends, as a reading of the scheduler's clock; `undefined` without a cooldown. */
  get heldUntil(): number | undefined {
    return this.#coolingDown && this.#remainingBlock()
      ? this.#blockedAt + this.#blockedFor
      : undefined;
  }

  acquire(permit: Permit): void {
    this.#queue.push(permit);
    this.queued++;
    this.grant();
  }

  release(permit: Permit, response?: StatusResponse): boolean {
    const cooldownsBefore = this.#inFlight.get(permit);
    let excused = false;
    if (cooldownsBefore === undefined) {
      permit.grant = undefined;
      this.queued--;
      this.#compactQueue();
      this.#monitor.next();
    } else {
      this.#inFlight.delete(permit);
      const sentBeforeCooldown = cooldownsBefore < this.#cooldowns;
      excused = response !== undefined && this.#onResponse(response, sentBeforeCooldown);
    }
    // does not grant the next permit yet: the answer must be handled first, and if many subscribers
    // unsubscribe one after the other, their queued requests must not be sent in between
    this.#updateTimer();
    return excused;
  }

  /** Calls back once, now or later, when no request is queued and another one could be sent. */
  onCapacity(callback: () => void): Unsubscribable {
    this.#capacityWaiters.add(callback);
    this.grant();
    return {
      unsubscribe: () => {
        this.#capacityWaiters.delete(callback);
        this.#updateTimer();
      },
    };
  }

  /** Grants the permits whose requests can be sent now. */
  grant(): void {
    // a request that is answered synchronously calls this again; the outer loop continues
    if (this.#granting) return;
    this.#granting = true;
    try {
      while (this.#hasWaiting() && this.#hasCapacity() && this.#endBlock()) {
        const permit = this.#firstInQueue();
        if (permit) this.#send(permit);
        else this.#notifyWaiter();
      }
    } catch (error) {
      this.#failQueue(error);
    } finally {
      this.#granting = false;
    }
    this.#updateTimer();
    this.#monitor.next();
  }

  /** Fails all queued requests: without a clock or a timer they would wait forever. */
  #failQueue(error: unknown): void {
    const permits = this.#queue.slice(this.#head).filter(({ grant }) => grant);
    for (const permit of permits) permit.fail(error);
    for (const callback of [...this.#capacityWaiters]) {
      this.#capacityWaiters.delete(callback);
      callback();
    }
  }

  /**
   * Starts a cooldown if the server asks for one.
   *
   * @returns whether the answer is a 429 to a request that was sent before the current cooldown began
   */
  #onResponse(response: StatusResponse, sentBeforeCooldown: boolean): boolean {
    const { scheduler, retry } = this.#options;
    const isRateLimit = response.status === 429;
    const retryAfter =
      isRateLimit || response.status === 503
        ? readRetryAfter(response.headers, scheduler)
        : undefined;
    if (!sentBeforeCooldown) this.#rateLimitCount = isRateLimit ? this.#rateLimitCount + 1 : 0;
    if (retryAfter === undefined) {
      if (isRateLimit && !sentBeforeCooldown) this.#startCooldown(this.#defaultCooldown());
    } else if (retryAfter <= retry.maxRetryAfter) {
      // a longer one ends the watch that got it; the server may treat other tasks differently
      this.#startCooldown(retryAfter);
    }
    return isRateLimit && sentBeforeCooldown;
  }

  /** The cooldown after a 429 without `Retry-After`, ms. */
  #defaultCooldown(): number {
    const { retry } = this.#options;
    const base = exponentialDelay(this.#rateLimitCount, retry);
    try {
      return withJitter(base, 0, retry);
    } catch {
      // `random` throws in the watch as well and ends it
      return base;
    }
  }

  #startCooldown(ms: number): void {
    const { scheduler, retry } = this.#options;
    this.#cooldowns++;
    this.#gap = exponentialDelay(Math.max(1, this.#rateLimitCount), retry) * (1 - GAP_FACTOR);
    // does not shorten a longer cooldown or gap
    if (ms <= this.#remainingBlock()) return;
    this.#coolingDown = true;
    this.#block(ms, scheduler.now());
  }

  #block(ms: number, now: number): void {
    this.#blockedAt = now;
    this.#blockedFor = ms;
    this.#stopTimer();
  }

  /** How long until a request may start, ms; 0 if it may start now. */
  #remainingBlock(): number {
    if (this.#blockedFor === 0) return 0;
    const elapsed = Math.max(0, this.#options.scheduler.now() - this.#blockedAt);
    const remaining = this.#blockedFor - elapsed;
    return remaining > NEGLIGIBLE ? remaining : 0;
  }

  /** Ends the block if its time has passed. Returns whether requests may start. */
  #endBlock(): boolean {
    if (this.#remainingBlock()) return false;
    this.#coolingDown = false;
    this.#blockedFor = 0;
    return true;
  }

  #hasCapacity(): boolean {
    return this.#inFlight.size < this.#options.maxConcurrent;
  }

  /** Whether a request or a capacity waiter is waiting. */
  #hasWaiting(): boolean {
    return this.queued + this.#capacityWaiters.size > 0;
  }

  /** Runs a timer exactly while something waits for the end of the block. */
  #updateTimer(): void {
    if (this.#granting) return;
    // the end of a cooldown changes the stats
    const isObserved = this.#coolingDown && this.#monitor.observed;
    const hasWaiting = this.#hasWaiting();
    try {
      if (!isObserved && !hasWaiting) this.#stopTimer();
      if (!isObserved && !(hasWaiting && this.#hasCapacity())) return;
      this.#timer ??= this.#options.scheduler.schedule(
        () => this.#onBlockEnd(),
        this.#remainingBlock(),
      );
    } catch (error) {
      this.#granting = true;
      try {
        this.#failQueue(error);
      } finally {
        this.#granting = false;
      }
    }
  }

  #onBlockEnd(): void {
    this.#timer = undefined;
    // the time has passed, whatever the clock reads
    this.#blockedFor = 0;
    this.#endBlock();
    this.grant();
  }

  #stopTimer(): void {
    const timer = this.#timer;
    this.#timer = undefined;
    timer?.unsubscribe();
  }

  #firstInQueue(): Permit | undefined {
    let permit = this.#queue[this.#head];
    while (permit && !permit.grant) permit = this.#queue[++this.#head];
    return permit;
  }

  /** Drops the released permits when they are most of the queue. */
  #compactQueue(): void {
    if (this.#queue.length <= 2 * this.queued) return;
    this.#queue = this.#queue.filter((permit) => permit.grant);
    this.#head = 0;
  }

  #send(permit: Permit): void {
    // read the clock first: if it throws, the permit must still be in the queue
    if (this.#gap >= 1) {
      this.#block(this.#gap, this.#options.scheduler.now());
      this.#gap *= GAP_FACTOR;
    }
    const { grant } = permit;
    permit.grant = undefined;
    this.queued--;
    this.#compactQueue();
    this.#inFlight.set(permit, this.#cooldowns);
    this.requests++;
    grant?.();
  }

  #notifyWaiter(): void {
    for (const callback of this.#capacityWaiters) {
      this.#capacityWaiters.delete(callback);
      callback();
      return;
    }
  }
}
