import type { SchedulerLike, Unsubscribable } from 'rxjs';

import type { StatusResponse } from '../api/response.js';
import { base, NEGLIGIBLE, wait, type Jitter, type Schedule } from './backoff.js';
import type { Gate, Ticket } from './options.js';
import { retryAfter } from './retry-after.js';

/** After a hold the gaps between requests shrink by this factor, so that they sum up to one spread. */
const EASE = 0.875;

/** What a queue follows: the retry options of the pool. */
export interface QueuePlan {
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
export class Queue implements Gate {
  /** How many requests have left. */
  requests = 0;
  /** How many wait to leave. */
  queued = 0;

  readonly #plan: QueuePlan;
  readonly #maxConcurrent: number;
  readonly #monitor: Monitor;
  /** Who waits, from `#head` on; who has gone meanwhile has no `admit` any more. */
  // Stryker disable next-line ArrayDeclaration: a place that nobody stands at is passed by
  #line: Ticket[] = [];
  #head = 0;
  /** What is on its way, and how many holds there had been when it left. */
  readonly #away = new Map<Ticket, number>();
  /** Told when there is room for one more. */
  readonly #hopeful = new Set<() => void>();
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
  #admitting = false;

  constructor(plan: QueuePlan, maxConcurrent: number, monitor: Monitor) {
    this.#plan = plan;
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

  enter(ticket: Ticket): void {
    this.#line.push(ticket);
    this.queued++;
    this.admit();
  }

  leave(ticket: Ticket, response?: StatusResponse): boolean {
    const holds = this.#away.get(ticket);
    let excused = false;
    if (holds === undefined) {
      ticket.admit = undefined;
      this.queued--;
      this.#tidy();
      this.#monitor.next();
    } else {
      this.#away.delete(ticket);
      excused = response !== undefined && this.#heed(response, holds < this.#holds);
    }
    // nobody is let in from here: the answer is to be handled before, and who leaves without one may
    // be the first of many, whose places in the line must not be called up one by one
    this.#rest();
    return excused;
  }

  /** Calls back, now or later, once a request that enters would leave at once. */
  whenFree(callback: () => void): Unsubscribable {
    this.#hopeful.add(callback);
    this.admit();
    return {
      unsubscribe: () => {
        this.#hopeful.delete(callback);
        this.#rest();
      },
    };
  }

  /** Lets in who may leave by now. */
  admit(): void {
    // a request that is answered at once comes back in here: the loop outside goes on
    if (this.#admitting) return;
    this.#admitting = true;
    try {
      while (this.#someone() && this.#away.size < this.#maxConcurrent && this.#open()) {
        const ticket = this.#first();
        if (ticket) this.#send(ticket);
        else this.#invite();
      }
    } finally {
      this.#admitting = false;
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
    const { scheduler, retry } = this.#plan;
    const refused = response.status === 429;
    const asked =
      refused || response.status === 503 ? retryAfter(response.headers, scheduler) : undefined;
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
    const { retry } = this.#plan;
    const own = base(this.#refusals, retry);
    try {
      return wait(own, 0, retry);
    } catch {
      // it throws in the watch too, which ends by that
      return own;
    }
  }

  #hold(ms: number): void {
    const { scheduler, retry } = this.#plan;
    this.#holds++;
    this.#gap = base(Math.max(1, this.#refusals), retry) * (1 - EASE);
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
    const { scheduler } = this.#plan;
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
    return this.queued + this.#hopeful.size > 0;
  }

  /** Leaves a timer where there is something to do later, and none where there is not. */
  #rest(): void {
    if (this.#admitting) return;
    const awaited = this.#held && this.#monitor.observed;
    if (!awaited && !this.#someone()) {
      this.#timer?.unsubscribe();
      this.#timer = undefined;
    }
    if (!awaited && !(this.#someone() && this.#away.size < this.#maxConcurrent)) return;
    this.#timer ??= this.#plan.scheduler.schedule(() => {
      this.#timer = undefined;
      // the wait is over, whatever the clock says
      this.#shutFor = 0;
      this.#open();
      this.admit();
    }, this.#shutLeft());
  }

  #first(): Ticket | undefined {
    let ticket = this.#line[this.#head];
    while (ticket && !ticket.admit) ticket = this.#line[++this.#head];
    return ticket;
  }

  /** Forgets the places that nobody stands at, once they are most of the line. */
  #tidy(): void {
    // Stryker disable next-line EqualityOperator: one place sooner or later is the same to everyone
    if (this.#line.length <= 2 * this.queued) return;
    this.#line = this.#line.filter((ticket) => ticket.admit);
    this.#head = 0;
  }

  #send(ticket: Ticket): void {
    const { admit } = ticket;
    ticket.admit = undefined;
    this.queued--;
    this.#tidy();
    this.#away.set(ticket, this.#holds);
    this.requests++;
    if (this.#gap >= 1) {
      this.#shut(this.#gap, this.#plan.scheduler.now());
      this.#gap *= EASE;
    }
    // Stryker disable next-line OptionalChaining: who is the first has not left yet
    admit?.();
  }

  #invite(): void {
    for (const callback of this.#hopeful) {
      this.#hopeful.delete(callback);
      callback();
      return;
    }
  }
}
