import type { TaskStatusError } from '../api/errors.js';
import type { ResolvedOptions } from '../watch/resolve-options.js';
import { Watch, type WatchObserver } from '../watch/watch.js';
import type { TaskPoll } from '../watch/task-poll.js';

/** Who is told how the watches of a pool fare. */
export interface Household<S extends string> {
  started(watch: SharedWatch<S>): void;
  answered(error: TaskStatusError<S> | undefined): void;
  /** Everyone has been told of an answer, and of the end if it was the last. */
  settled(): void;
  ended(watch: SharedWatch<S>): void;
  /** Nothing is to be remembered of this watch any more. */
  forget(watch: SharedWatch<S>): void;
}

/** Who looks at a shared watch. */
export interface Viewer<S extends string> {
  /** Whether it stays when the task has ended, so that others who come late learn of the end. */
  readonly stays: boolean;
  /** A poll; to who comes late, the latest. */
  polled?(poll: TaskPoll<S>): void;
  /** A new status; to who comes late, the latest. */
  changed?(status: S, taskId: string): void;
  failed(error: unknown, taskId: string): void;
  ended(): void;
}

/** One watch for as many viewers as there are, for as long as there is one. */
export class SharedWatch<S extends string> implements WatchObserver<S> {
  readonly taskId: string;
  readonly options: ResolvedOptions<S>;

  readonly #household: Household<S>;
  readonly #viewers: Viewer<S>[] = [];
  #watch: Watch<S> | undefined;
  #started = false;

  /** The latest poll, for late subscribers. */
  #latest: TaskPoll<S> | undefined;
  /** The latest status that was told of. */
  #told: S | undefined;

  constructor(taskId: string, options: ResolvedOptions<S>, household: Household<S>) {
    this.taskId = taskId;
    this.options = options;
    this.#household = household;
  }

  /** Whether it goes on. */
  get on(): boolean {
    return this.#watch !== undefined;
  }

  /** Looks on from now; the first who does starts the watch. */
  join(viewer: Viewer<S>): void {
    this.#viewers.push(viewer);
    if (!this.#started) {
      this.#start();
      return;
    }
    const ended = !this.on;
    // what comes while it is told comes after: it is among the viewers already
    if (this.#latest) this.#tell(viewer, this.#latest, this.#told);
    if (ended) this.#dismiss(viewer);
  }

  /** Looks away; the last who does stops the watch, and nothing is remembered of it. */
  leave(viewer: Viewer<S>): void {
    const place = this.#viewers.indexOf(viewer);
    if (place < 0) return;
    this.#viewers.splice(place, 1);
    if (this.#viewers.length === 0) this.halt();
  }

  /** Stops the watch, of which nothing is remembered from now. */
  halt(): void {
    this.#household.forget(this);
    this.#stop();
  }

  next(poll: TaskPoll<S>): void {
    this.#latest = poll;
    const { changed, status, error, nextDelay } = poll;
    if (changed) this.#told = status;
    this.#household.answered(error);
    for (const viewer of [...this.#viewers]) this.#tell(viewer, poll, changed ? status : undefined);
    // else the end comes now, and belongs to it
    if (nextDelay !== undefined) this.#household.settled();
  }

  error(error: unknown): void {
    // before they are told: who subscribes anew inside of it gets a new watch
    this.halt();
    for (const viewer of this.#viewers.splice(0)) viewer.failed(error, this.taskId);
    this.#household.settled();
  }

  complete(): void {
    this.#stop();
    for (const viewer of [...this.#viewers]) this.#dismiss(viewer);
    this.#household.settled();
  }

  #start(): void {
    this.#started = true;
    const watch = new Watch(this.taskId, this.options, this);
    this.#watch = watch;
    this.#household.started(this);
    try {
      // which does nothing where it has been stopped by now
      watch.start();
    } catch (error) {
      // a notifier or a scheduler that is none; whoever looks at another task has no part in it
      this.error(error);
    }
  }

  #stop(): void {
    const watch = this.#watch;
    if (!watch) return;
    this.#watch = undefined;
    try {
      watch.unsubscribe();
    } finally {
      this.#household.ended(this);
    }
  }

  #tell(viewer: Viewer<S>, poll: TaskPoll<S>, status: S | undefined): void {
    viewer.polled?.(poll);
    if (status !== undefined) viewer.changed?.(status, this.taskId);
  }

  /** Tells a viewer that the task has ended. */
  #dismiss(viewer: Viewer<S>): void {
    // before it is told: subscribing anew inside of it, it is not its own memory
    if (!viewer.stays) this.leave(viewer);
    viewer.ended();
  }
}
