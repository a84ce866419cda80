import { Subject, type Observable } from 'rxjs';

import type { Plan } from '../watch/options.js';
import { Watch } from '../watch/watch.js';
import { emitPoll, type TaskPoll } from './task-polls.js';

/** Who is told how the watches of a pool fare. */
export interface Household<S extends string> {
  started(): void;
  polled(poll: TaskPoll<S>): void;
  ended(): void;
  /** Nothing is to be remembered of this watch any more. */
  forget(watch: SharedWatch<S>): void;
}

/** One watch for as many subscribers as there are, for as long as there is one. */
export class SharedWatch<S extends string> {
  readonly taskId: string;
  /** The latest poll and the latest status, for those who come late. */
  poll: TaskPoll<S> | undefined;
  status: S | undefined;

  readonly #plan: Plan<S>;
  readonly #household: Household<S>;
  readonly #polls$ = new Subject<TaskPoll<S>>();
  #holders = 0;
  #started = false;
  #watch: Watch<S, TaskPoll<S>> | undefined;

  constructor(taskId: string, plan: Plan<S>, household: Household<S>) {
    this.taskId = taskId;
    this.#plan = plan;
    this.#household = household;
  }

  /** The polls as they come. */
  get live$(): Observable<TaskPoll<S>> {
    return this.#polls$;
  }

  hold(): void {
    this.#holders++;
  }

  release(): void {
    if (--this.#holders > 0) return;
    this.#household.forget(this);
    this.#stop();
  }

  /** Starts the watch, once, if anyone is there. */
  start(): void {
    if (this.#started || this.#holders === 0) return;
    this.#started = true;
    this.#watch = new Watch<S, TaskPoll<S>>(this.taskId, this.#plan, this, emitPoll);
    this.#household.started();
    this.#watch.start();
  }

  next(poll: TaskPoll<S>): void {
    this.poll = poll;
    if (poll.status !== undefined) this.status = poll.status;
    this.#household.polled(poll);
    this.#polls$.next(poll);
  }

  error(error: unknown): void {
    // before they are told: who subscribes anew inside of it gets a new watch
    this.#household.forget(this);
    this.#stop();
    this.#polls$.error(error);
  }

  complete(): void {
    this.#stop();
    this.#polls$.complete();
  }

  #stop(): void {
    const watch = this.#watch;
    if (!watch) return;
    this.#watch = undefined;
    watch.unsubscribe();
    this.#household.ended();
  }
}
