import type { SchedulerLike } from 'rxjs';

import { abortReason } from '../api/abort-reason.js';
import { runAll } from '../api/run-all.js';
import type { RequestSignal } from '../api/transport.js';
import type { ResolvedOptions } from '../watch/resolve-options.js';
import type { TaskPoll } from '../watch/task-poll.js';
import { SharedWatch, type WatchEvents } from './shared-watch.js';

/** What the watches of a pool have in common. */
export interface SharedWatchesOptions<S extends string, D> {
  /** Its clock gives `lastAnswerAt`. */
  readonly scheduler: SchedulerLike;
  /** Ends each watch that was started without its own signal. */
  readonly signal: RequestSignal | undefined;
  /** Called for each poll of each watch, before its observers get it. */
  readonly onPoll: (poll: TaskPoll<S, D>) => void;
  /** Called after each change of `running`. */
  readonly onChange: () => void;
  /** Called when an answer has been handled, so that the next requests can be sent. */
  readonly onHandled: () => void;
}

/** The watches of a pool by task id. */
export class SharedWatches<S extends string, D = unknown> implements WatchEvents<S, D> {
  /** How many watches are running. */
  running = 0;
  /** How many polls had an error. */
  errors = 0;
  /** When the last good answer was handled, as a reading of the scheduler's clock, ms. */
  lastAnswerAt: number | undefined;

  readonly #options: SharedWatchesOptions<S, D>;
  /** The running watches, and the ended ones that are kept. */
  readonly #watches = new Map<string, SharedWatch<S, D>>();
  /** The running watches whose latest answer was a failure. */
  readonly #failing = new Set<SharedWatch<S, D>>();
  /** How many running watches the signal ends. They share one listener. */
  #signalled = 0;

  constructor(options: SharedWatchesOptions<S, D>) {
    this.#options = options;
  }

  /** How many watches there are, including the ended ones that are kept. */
  get size(): number {
    return this.#watches.size;
  }

  /** How many running watches have a failure as their latest answer. */
  get failing(): number {
    return this.#failing.size;
  }

  /** The watch of a task, running or ended; a new one if there is none. */
  find(taskId: string, options: ResolvedOptions<S, D>): SharedWatch<S, D> {
    return this.#watches.get(taskId) ?? this.#create(taskId, options);
  }

  /** The running watch of a task; a new one if there is none. */
  findRunning(taskId: string, options: ResolvedOptions<S, D>): SharedWatch<S, D> {
    const watch = this.#watches.get(taskId);
    return watch?.active ? watch : this.#create(taskId, options);
  }

  /** Ends the poll delay of a task, or of all tasks. */
  pollNow(taskId?: string): void {
    if (taskId !== undefined) this.#watches.get(taskId)?.pollNow();
    // a copy: an answer may start watches
    else for (const watch of [...this.#watches.values()]) watch.pollNow();
  }

  /** Completes all watches. Every request is aborted before the first observer is notified. */
  complete(): void {
    const watches = [...this.#watches.values()];
    // stop all first, so that no queued request is sent in between
    runAll([
      ...watches.map((watch) => () => watch.stop()),
      ...watches.map((watch) => () => watch.complete()),
    ]);
  }

  onStart(watch: SharedWatch<S, D>): void {
    const { signal, onChange } = this.#options;
    this.running++;
    if (signal && !watch.options.signal) {
      if (this.#signalled++ === 0) signal.addEventListener('abort', this.#onAbort);
      if (signal.aborted) watch.error(abortReason(signal));
    }
    onChange();
  }

  onPoll(watch: SharedWatch<S, D>, poll: TaskPoll<S, D>, isGood: boolean): void {
    const { scheduler, onPoll } = this.#options;
    if (poll.error) this.errors++;
    if (isGood) {
      this.#failing.delete(watch);
      this.lastAnswerAt = scheduler.now();
    } else {
      this.#failing.add(watch);
    }
    onPoll(poll);
  }

  onHandled(): void {
    this.#options.onHandled();
  }

  onStop(watch: SharedWatch<S, D>): void {
    const { signal, onChange } = this.#options;
    this.running--;
    this.#failing.delete(watch);
    if (signal && !watch.options.signal && --this.#signalled === 0) {
      signal.removeEventListener('abort', this.#onAbort);
    }
    onChange();
  }

  onRemove(watch: SharedWatch<S, D>): void {
    // a new watch of the same task may have taken its place
    if (this.#watches.get(watch.taskId) === watch) this.#watches.delete(watch.taskId);
  }

  readonly #onAbort = (): void => {
    const { signal } = this.#options;
    let reason: unknown;
    try {
      reason = signal && abortReason(signal);
    } catch (error) {
      reason = error;
    }
    const watches = [...this.#watches.values()].filter(
      (watch) => watch.active && !watch.options.signal,
    );
    for (const watch of watches) {
      try {
        watch.stop();
      } catch {
        // report the reason of the abort, not that a teardown threw
      }
    }
    runAll(watches.map((watch) => () => watch.error(reason)));
  };

  #create(taskId: string, options: ResolvedOptions<S, D>): SharedWatch<S, D> {
    const watch = new SharedWatch(taskId, options, this);
    this.#watches.set(taskId, watch);
    return watch;
  }
}
