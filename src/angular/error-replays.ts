import { afterNextRender, inject, Injector } from '@angular/core';

/** A `retry()` that does not wait must end: then it gets no error any more. */
const MAX_REPLAYS = 100;

/**
 * Decides who gets an error of the server: the subscribers until the next rendering, for example
 * `toSignal` and the `async` pipe of one component. Who subscribes later does so to try again.
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
