import type { SchedulerLike, Unsubscribable } from 'rxjs';

import type { StatusResponse } from '../api/response.js';
import { exponentialDelay, NEGLIGIBLE, withJitter, type Jitter, type Schedule } from './backoff.js';
import type { Limiter, Permit } from './limiter.js';
import { readRetryAfter } from '../api/retry-after.js';

/** After a hold the gaps between requests shrink by this factor, so that they sum up to one spread. */
const EASE = 0.875;

/** What a queue follows: the retry options of the pool. */
export interface LimiterOptions {
  readonly scheduler: SchedulerLike;
  readonly retry: Schedule & Jitter & { readonly maxRetryAfter: number };
}

/** Who is told that a figure has changed. */
export interface Monitor {
  /** Whether anyone looks. */
  readonly observed: boolean;
  next(): void;
}

/**
 * The gate of a pool: first come, first served, at most `maxConcurrent` on their way, and none while
 * the server wants to be left alone.
 */
export class RequestLimiter implements Limiter {
  /** How many requests have left. */
  requests = 0;
  /** How many wait to leave. */
  queued = 0;

  readonly #options: LimiterOptions;
  readonly #maxConcurrent: number;
  readonly #monitor: Monitor;
  /** Who waits, from `#head` on; who has gone meanwhile has no `grant` any more. */
  // Stryker disable next-line ArrayDeclaration: a place that nobody stands at is passed by
  #line: Permit[] = [];
  #head = 0;
  /** What is on its way, and how many holds there had been when it left. */
  readonly #away = new Map<Permit, number>();
  /** Told when there is room for one more. */
  readonly #capacityWaiters = new Set<() => void>();
  #holds = 0;
  /** How many 429s in a row the pool has got, those of one hold counted as one. */
  #refusals = 0;
  /** Whether it is a hold that shuts the gate, and not the gap after a request. */
  #held = false;
  /** The gap after the next request while the pool comes back from a hold, ms; below 1 there is none. */
  #gap = 0;
  #shutAt = 0;
  #shutFor = 0;
  #timer: Unsubscribable | undefined;
  #granting = false;

  constructor(options: LimiterOptions, maxConcurrent: number, monitor: Monitor) {
    this.#options = options;
    this.#maxConcurrent = maxConcurrent;
    this.#monitor = monitor;
  }

  get inFlight(): number {
    return this.#away.size;
  }

  /** Until when the server wants to be left alone, by the scheduler's clock. */
  get heldUntil(): number | undefined {
    return this.#held && this.#shutLeft() ? this.#shutAt + this.#shutFor : undefined;
  }

  acquire(permit: Permit): void {
    this.#line.push(permit);
    this.queued++;
    this.grant();
  }

  release(permit: Permit, response?: StatusResponse): boolean {
    const holds = this.#away.get(permit);
    let excused = false;
    if (holds === undefined) {
      permit.grant = undefined;
      this.queued--;
      this.#tidy();
      this.#monitor.next();
    } else {
      this.#away.delete(permit);
      excused = response !== undefined && this.#heed(response, holds < this.#holds);
    }
    // nobody is let in from here: the answer is to be handled before, and who leaves without one may
    // be the first of many, whose places in the line must not be called up one by one
    this.#rest();
    return excused;
  }

  /** Calls back, now or later, once a request that enters would leave at once. */
  onCapacity(callback: () => void): Unsubscribable {
    this.#capacityWaiters.add(callback);
    this.grant();
    return {
      unsubscribe: () => {
        this.#capacityWaiters.delete(callback);
        this.#rest();
      },
    };
  }

  /** Lets in who may leave by now. */
  grant(): void {
    // a request that is answered at once comes back in here: the loop outside goes on
    if (this.#granting) return;
    this.#granting = true;
    try {
      while (this.#someone() && this.#away.size < this.#maxConcurrent && this.#open()) {
        const permit = this.#first();
        if (permit) this.#send(permit);
        else this.#notifyWaiter();
      }
    } finally {
      this.#granting = false;
    }
    this.#rest();
    this.#monitor.next();
  }

  /**
   * Shuts the gate where the server asks for it.
   *
   * @param late whether the request had left before the present hold
   * @returns whether a hold that was there already accounts for the answer
   */
  #heed(response: StatusResponse, late: boolean): boolean {
    const { scheduler, retry } = this.#options;
    const refused = response.status === 429;
    const asked =
      refused || response.status === 503 ? readRetryAfter(response.headers, scheduler) : undefined;
    if (!late) this.#refusals = refused ? this.#refusals + 1 : 0;
    if (asked === undefined) {
      if (refused && !late) this.#hold(this.#penalty());
    } else if (asked <= retry.maxRetryAfter) {
      // what is longer ends the watch that is told so, and the others are to hear it for themselves
      this.#hold(asked);
    }
    return refused && late;
  }

  /** How long to stay away after a 429 that does not say so, ms. */
  #penalty(): number {
    const { retry } = this.#options;
    const own = exponentialDelay(this.#refusals, retry);
    try {
      return withJitter(own, 0, retry);
    } catch {
      // it throws in the watch too, which ends by that
      return own;
    }
  }

  #hold(ms: number): void {
    const { scheduler, retry } = this.#options;
    this.#holds++;
    this.#gap = exponentialDelay(Math.max(1, this.#refusals), retry) * (1 - EASE);
    // neither a longer hold nor the gap of a spread is cut short by it
    if (ms <= this.#shutLeft()) return;
    this.#held = true;
    this.#shut(ms, scheduler.now());
  }

  #shut(ms: number, now: number): void {
    this.#shutAt = now;
    this.#shutFor = ms;
    this.#timer?.unsubscribe();
    this.#timer = undefined;
  }

  /** For how long the gate is still shut, ms; 0 where it is not. */
  #shutLeft(): number {
    const { scheduler } = this.#options;
    const left = this.#shutFor && this.#shutFor - Math.max(0, scheduler.now() - this.#shutAt);
    // Stryker disable next-line EqualityOperator: what is left of 1 ms or more is never just 0.001
    return left > NEGLIGIBLE ? left : 0;
  }

  #open(): boolean {
    if (this.#shutLeft()) return false;
    this.#held = false;
    this.#shutFor = 0;
    return true;
  }

  #someone(): boolean {
    return this.queued + this.#capacityWaiters.size > 0;
  }

  /** Leaves a timer where there is something to do later, and none where there is not. */
  #rest(): void {
    if (this.#granting) return;
    const awaited = this.#held && this.#monitor.observed;
    if (!awaited && !this.#someone()) {
      this.#timer?.unsubscribe();
      this.#timer = undefined;
    }
    if (!awaited && !(this.#someone() && this.#away.size < this.#maxConcurrent)) return;
    this.#timer ??= this.#options.scheduler.schedule(() => {
      this.#timer = undefined;
      // the wait is over, whatever the clock says
      this.#shutFor = 0;
      this.#open();
      this.grant();
    }, this.#shutLeft());
  }

  #first(): Permit | undefined {
    let permit = this.#line[this.#head];
    while (permit && !permit.grant) permit = this.#line[++this.#head];
    return permit;
  }

  /** Forgets the places that nobody stands at, once they are most of the line. */
  #tidy(): void {
    // Stryker disable next-line EqualityOperator: one place sooner or later is the same to everyone
    if (this.#line.length <= 2 * this.queued) return;
    this.#line = this.#line.filter((permit) => permit.grant);
    this.#head = 0;
  }

  #send(permit: Permit): void {
    const { grant } = permit;
    permit.grant = undefined;
    this.queued--;
    this.#tidy();
    this.#away.set(permit, this.#holds);
    this.requests++;
    if (this.#gap >= 1) {
      this.#shut(this.#gap, this.#options.scheduler.now());
      this.#gap *= EASE;
    }
    // Stryker disable next-line OptionalChaining: who is the first has not left yet
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
