import type { SchedulerLike, Subscription } from 'rxjs';

/** A longer delay is a time limit, ms. */
const LONGEST_DELAY = 1_000;

interface Limit {
  readonly at: number;
  readonly pass: () => void;
}

/**
 * A scheduler for watches over real connections, on machines of any speed. Delays of up to a second are
 * real timers. Longer ones are time limits, which pass only when the test calls `passNext()`: never
 * because the machine is busy, and without waiting.
 */
export class ManualLimits implements SchedulerLike {
  #ahead = 0;
  readonly #limits = new Set<Limit>();

  now(): number {
    return Date.now() + this.#ahead;
  }

  schedule<T>(work: (state?: T) => void, delay = 0, state?: T): Subscription {
    if (delay <= LONGEST_DELAY) {
      const timer = setTimeout(() => work(state), delay);
      return subscription(() => clearTimeout(timer));
    }
    const limit = { at: this.now() + delay, pass: () => work(state) };
    this.#limits.add(limit);
    return subscription(() => this.#limits.delete(limit));
  }

  /** Moves the clock to the next limit, if there is one, and runs its action. */
  passNext(): void {
    const [next] = [...this.#limits].sort((one, other) => one.at - other.at);
    if (!next) return;
    this.#limits.delete(next);
    this.#ahead += Math.max(0, next.at - this.now());
    next.pass();
  }
}

/** The part of a Subscription that the library uses. */
function subscription(unsubscribe: () => void): Subscription {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- the library uses no more
  return { unsubscribe } as Subscription;
}
