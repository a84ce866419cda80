import type { SchedulerLike, Unsubscribable } from 'rxjs';

import type { Exchange } from '../api/request.js';
import type { StatusResponse } from '../api/response.js';
import { base, NEGLIGIBLE, wait, type Jitter, type Schedule } from './backoff.js';
import type { Gate } from './options.js';
import { retryAfter } from './retry-after.js';

/** After a hold the gaps between requests shrink by this factor, so that they sum up to one spread. */
const EASE = 7 / 8;

/** What a queue follows: the retry options of the pool. */
export interface QueuePlan {
  readonly scheduler: SchedulerLike;
  readonly retry: Schedule & Jitter & { readonly maxRetryAfter: number };
}

/**
 * The gate of a pool: first come, first served, at most `maxConcurrent` on their way, and none while
 * the server wants to be left alone.
 */
export class Queue implements Gate {
  /** How many requests have left. */
  requests = 0;

  readonly #plan: QueuePlan;
  readonly #maxConcurrent: number;
  readonly #changed: () => void;
  readonly #waiting = new Set<Exchange>();
  /** What is on its way, and how many holds there had been when it left. */
  readonly #away = new Map<Exchange, number>();
  /** Told when there is room for one more. */
  readonly #hopeful = new Set<() => void>();
  #holds = 0;
  /** How many 429s in a row the pool has got, those of one hold counted as one. */
  #refusals = 0;
  #held = false;
  /** The gap after the next request while the pool comes back from a hold, ms. */
  #gap = 0;
  #shutAt = 0;
  #shutFor = 0;
  #timer: Unsubscribable | undefined;
  #admitting = false;

  /** @param changed called whenever a figure has changed */
  constructor(plan: QueuePlan, maxConcurrent: number, changed: () => void) {
    this.#plan = plan;
    this.#maxConcurrent = maxConcurrent;
    this.#changed = changed;
  }

  get queued(): number {
    return this.#waiting.size;
  }

  get inFlight(): number {
    return this.#away.size;
  }

  /** Until when the server wants to be left alone, by the scheduler's clock. */
  get heldUntil(): number | undefined {
    return this.#held && this.#shutLeft() > 0 ? this.#shutAt + this.#shutFor : undefined;
  }

  enter(exchange: Exchange): void {
    this.#waiting.add(exchange);
    this.#admit();
  }

  leave(exchange: Exchange, response?: StatusResponse): boolean {
    const holds = this.#away.get(exchange);
    this.#waiting.delete(exchange);
    this.#away.delete(exchange);
    const excused =
      holds !== undefined && response !== undefined && this.#heed(response, holds < this.#holds);
    this.#admit();
    return excused;
  }

  /** Calls back, now or later, once a request that enters would leave at once. */
  whenFree(callback: () => void): Unsubscribable {
    this.#hopeful.add(callback);
    this.#admit();
    return { unsubscribe: () => this.#hopeful.delete(callback) };
  }

  /**
   * Shuts the gate where the server asks for it.
   *
   * @param late whether the request had left before the present hold
   * @returns whether a hold that was there already accounts for the answer
   */
  #heed(response: StatusResponse, late: boolean): boolean {
    const { scheduler, retry } = this.#plan;
    const refused = response.status === 429;
    const asked =
      refused || response.status === 503 ? retryAfter(response.headers, scheduler) : undefined;
    if (!late) this.#refusals = refused ? this.#refusals + 1 : 0;
    // what is longer ends the watch that is told so, and the others are to hear it for themselves
    if (asked !== undefined && asked <= retry.maxRetryAfter) this.#hold(asked);
    else if (refused && asked === undefined && !late) {
      this.#hold(wait(base(this.#refusals, retry), 0, retry));
    }
    return refused && late;
  }

  #hold(ms: number): void {
    const { scheduler, retry } = this.#plan;
    this.#holds++;
    this.#gap = base(Math.max(1, this.#refusals), retry) * (1 - EASE);
    if (this.#held && ms <= this.#shutLeft()) return;
    this.#held = true;
    this.#shut(ms, scheduler.now());
  }

  #shut(ms: number, now: number): void {
    this.#shutAt = now;
    this.#shutFor = ms;
    this.#timer?.unsubscribe();
    this.#timer = undefined;
  }

  #shutLeft(): number {
    return this.#shutFor && this.#shutFor - Math.max(0, this.#plan.scheduler.now() - this.#shutAt);
  }

  #admit(): void {
    // an exchange that is answered at once comes back in here: the loop outside goes on
    if (this.#admitting) return;
    this.#admitting = true;
    while (this.#away.size < this.#maxConcurrent && this.#someone() && this.#open()) {
      const [exchange] = this.#waiting;
      if (exchange) this.#send(exchange);
      else this.#invite();
    }
    this.#admitting = false;
    if (!this.#someone()) {
      this.#timer?.unsubscribe();
      this.#timer = undefined;
    }
    this.#changed();
  }

  #someone(): boolean {
    return this.#waiting.size + this.#hopeful.size > 0;
  }

  /** Whether the gate is open; if not, makes sure that it will be. */
  #open(): boolean {
    const left = this.#shutLeft();
    if (left <= NEGLIGIBLE) {
      this.#held = false;
      this.#shutFor = 0;
      return true;
    }
    this.#timer ??= this.#plan.scheduler.schedule(() => {
      this.#timer = undefined;
      this.#shutFor = 0;
      this.#admit();
    }, left);
    return false;
  }

  #send(exchange: Exchange): void {
    this.#waiting.delete(exchange);
    this.#away.set(exchange, this.#holds);
    this.requests++;
    if (this.#gap >= 1) this.#shut(this.#gap, this.#plan.scheduler.now());
    this.#gap = this.#gap >= 1 ? this.#gap * EASE : 0;
    exchange.admit?.();
  }

  #invite(): void {
    const [callback] = this.#hopeful;
    if (!callback) return;
    this.#hopeful.delete(callback);
    callback();
  }
}
