import { afterNextRender, inject, Injector } from '@angular/core';

/** How often an error is replayed, so that a `retry()` without a delay ends. */
const MAX_REPLAYS = 100;

/**
 * Decides who gets an error of the server: the subscribers until the next rendering, for example
 * `toSignal` and the `async` pipe of one component. A later subscriber starts a new watch, to try again.
 */
export class ErrorReplays {
  readonly #injector = inject(Injector);
  /** How many subscribers have got the error of a task. */
  readonly #counts = new Map<string, number>();

  /** Whether a subscriber gets the error of a task. */
  take(taskId: string): boolean {
    const count = this.#counts.get(taskId) ?? 0;
    if (count >= MAX_REPLAYS) return false;
    this.#counts.set(taskId, count + 1);
    if (count === 0) {
      const end = (): void => void this.#counts.set(taskId, MAX_REPLAYS);
      afterNextRender(end, { injector: this.#injector });
    }
    return true;
  }
}
