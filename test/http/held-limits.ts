import type { SchedulerLike, Subscription } from 'rxjs';

/** A longer delay is a limit, ms. */
const LONGEST_DELAY = 1_000;

interface Limit {
  readonly at: number;
  readonly pass: () => void;
}

/**
 * A scheduler for watches over real connections, on machines of any speed. Delays of up to a second
 * are the timers of the platform. Longer ones are limits, and pass only when the test says so: never
 * because the machine is busy, and without a wait.
 */
export class HeldLimits implements SchedulerLike {
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

  /** Sets the clock to the next limit, if there is one, and passes it. */
  passNext(): void {
    const [next] = [...this.#limits].sort((one, other) => one.at - other.at);
    if (!next) return;
    this.#limits.delete(next);
    this.#ahead += Math.max(0, next.at - this.now());
    next.pass();
  }
}

/** All that the library uses of one. */
function subscription(unsubscribe: () => void): Subscription {
  // eslint-disable-next-line @typescript-eslint/no-unsafe-class-instance-assignment -- no more is used
  return { unsubscribe } as Subscription;
}
