import { type SchedulerAction, type SchedulerLike, Subscription } from 'rxjs';

interface Entry {
  readonly at: number;
  readonly order: number;
  readonly run: () => void;
}

/**
 * Virtual time for many watches.
 *
 * RxJS's `VirtualTimeScheduler` sorts all actions each time one is scheduled, which takes minutes for
 * ten thousand watches. This one has a heap. Actions due at one instant run in the order in which they
 * were scheduled.
 */
export class HeapScheduler implements SchedulerLike {
  readonly #heap: Entry[] = [];
  #now = 0;
  #scheduledCount = 0;

  now(): number {
    return this.#now;
  }

  schedule<T>(
    work: (this: SchedulerAction<T>, state?: T) => void,
    delay = 0,
    state?: T,
  ): Subscription {
    const action = new Subscription();
    this.#push({
      at: this.#now + delay,
      order: this.#scheduledCount++,
      run: () => {
        if (action.closed) return;
        action.unsubscribe();
        // no action reschedules itself
        work.call(undefined as never, state);
      },
    });
    return action;
  }

  /** Runs all actions due until `instant` and moves the clock there. */
  runUntil(instant: number): void {
    for (let next = this.#heap[0]; next && next.at <= instant; next = this.#heap[0]) {
      this.#pop();
      this.#now = next.at;
      next.run();
    }
    this.#now = instant;
  }

  #push(action: Entry): void {
    const heap = this.#heap;
    let place = heap.push(action) - 1;
    while (place > 0) {
      const above = (place - 1) >> 1;
      if (isSooner(heap[above]!, action)) break;
      heap[place] = heap[above]!;
      place = above;
    }
    heap[place] = action;
  }

  #pop(): void {
    const heap = this.#heap;
    const last = heap.pop();
    if (!last || heap.length === 0) return;
    let place = 0;
    for (;;) {
      let below = 2 * place + 1;
      if (below >= heap.length) break;
      if (below + 1 < heap.length && isSooner(heap[below + 1]!, heap[below]!)) below++;
      if (isSooner(last, heap[below]!)) break;
      heap[place] = heap[below]!;
      place = below;
    }
    heap[place] = last;
  }
}

function isSooner(one: Entry, other: Entry): boolean {
  return one.at < other.at || (one.at === other.at && one.order < other.order);
}
