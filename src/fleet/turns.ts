import type { SchedulerLike } from 'rxjs';

/** A task that has a slot has made a poll, or had the slot for this long, before it must give it back, ms. */
const MIN_TURN = 1_000;

/** A task that has a slot. */
export interface Turn {
  /** When it got the slot. */
  readonly startedAt: number;
  readonly polled: boolean;
  readonly inFlight: boolean;
  finish(end: 'rested'): void;
}

/**
 * Decides which tasks give their slot back while others wait for one: after a poll, and those that have
 * waited longest.
 */
export class Turns {
  /** How many tasks wait for a slot. */
  waiting = 0;
  readonly #turns = new Set<Turn>();
  readonly #scheduler: SchedulerLike;
  readonly #concurrency: number;
  /** How many slots are still needed. */
  #needed = 0;

  constructor(concurrency: number, scheduler: SchedulerLike) {
    this.#concurrency = concurrency;
    this.#scheduler = scheduler;
  }

  add(turn: Turn): void {
    this.#turns.add(turn);
  }

  delete(turn: Turn): void {
    this.#turns.delete(turn);
  }

  /** Whether a task that has just polled gives its slot back. */
  take(): boolean {
    if (this.#needed === 0) return false;
    this.#needed -= 1;
    return true;
  }

  /** Learns how many tasks wait, and takes slots from those that have had them longest. */
  onWaiting(waiting: number): void {
    this.waiting = waiting;
    const isFull = this.#turns.size >= this.#concurrency;
    this.#needed = isFull ? waiting : 0;
    if (this.#needed === 0) return;
    const now = this.#scheduler.now();
    const idle = [...this.#turns].filter(
      ({ polled, inFlight, startedAt }) =>
        !inFlight && (polled || Math.abs(now - startedAt) >= MIN_TURN),
    );
    // a set keeps the order of insertion
    for (const turn of idle) {
      if (this.take()) turn.finish('rested');
    }
  }
}
