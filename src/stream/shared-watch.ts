import type { Plan } from '../watch/options.js';
import { Watch, type WatchObserver } from '../watch/watch.js';
import { emitPoll, type TaskPoll } from './task-polls.js';

/** Who is told how the watches of a pool fare. */
export interface Household<S extends string> {
  started(watch: SharedWatch<S>): void;
  polled(poll: TaskPoll<S>): void;
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
  polled(poll: TaskPoll<S>): void;
  /** A new status; to who comes late, the latest. */
  changed(status: S, taskId: string): void;
  failed(error: unknown, taskId: string): void;
  ended(): void;
}

/** One watch for as many viewers as there are, for as long as there is one. */
export class SharedWatch<S extends string> implements WatchObserver<TaskPoll<S>> {
  readonly taskId: string;
  readonly plan: Plan<S>;

  readonly #household: Household<S>;
  readonly #viewers: Viewer<S>[] = [];
  /** The latest poll, and the latest status that was told of, for those who come late. */
  #poll: TaskPoll<S> | undefined;
  #status: S | undefined;
  #watch: Watch<S, TaskPoll<S>> | undefined;
  #started = false;

  constructor(taskId: string, plan: Plan<S>, household: Household<S>) {
    this.taskId = taskId;
    this.plan = plan;
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
    // what comes while it is told comes after: it is among the viewers already
    const ended = !this.on;
    if (this.#poll) viewer.polled(this.#poll);
    if (this.#status !== undefined) viewer.changed(this.#status, this.taskId);
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
    const { changed, status, nextDelay } = poll;
    this.#poll = poll;
    if (changed && status !== undefined) this.#status = status;
    this.#household.polled(poll);
    for (const viewer of [...this.#viewers]) {
      viewer.polled(poll);
      if (changed && status !== undefined) viewer.changed(status, this.taskId);
    }
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
    this.#watch = new Watch(this.taskId, this.plan, this, emitPoll);
    this.#household.started(this);
    this.#watch?.start();
  }

  #stop(): void {
    const watch = this.#watch;
    if (!watch) return;
    this.#watch = undefined;
    watch.unsubscribe();
    this.#household.ended(this);
  }

  #dismiss(viewer: Viewer<S>): void {
    // before it is told: subscribing anew inside of it, it is not its own memory
    if (!viewer.stays) this.leave(viewer);
    viewer.ended();
  }
}
