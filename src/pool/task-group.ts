import type { Subscriber } from 'rxjs';

import { runAll } from '../api/run-all.js';
import type { TaskStatus } from '../api/browser-use.js';
import { checkTaskId } from '../watch/checks.js';
import type { Observer } from './observers.js';
import type { SharedWatch } from './shared-watch.js';

/** What `statuses$` emits: a task's new status, or the error that ended its watch. */
export type PooledStatus<S extends string = TaskStatus> =
  | { readonly taskId: string; readonly status: S; readonly error?: never }
  | { readonly taskId: string; readonly status?: never; readonly error: unknown };

/** Finds or creates the watches of a group. */
export interface WatchSource<S extends string> {
  /** The watch of a task, running or ended; a new one if there is none. */
  find(taskId: string): SharedWatch<S>;
  /** The running watch of a task; a new one if there is none. */
  findRunning(taskId: string): SharedWatch<S>;
}

/** The tasks of one `statuses$` subscription. */
export class TaskGroup<S extends string> {
  /** Whether ended tasks are kept: only for an array, as other sources may never complete. */
  readonly keepsEnded: boolean;

  readonly #subscriber: Subscriber<PooledStatus<S>>;
  readonly #watches: WatchSource<S>;
  readonly #knownStatus: S | undefined;
  /** The running tasks; with `keepsEnded` also the ended ones. */
  readonly #tasks = new Map<string, GroupTask<S>>();
  #runningCount = 0;
  #idsComplete = false;

  /**
   * @param knownStatus not emitted for a task until it changes
   * @param isArray whether all ids are known from the start
   */
  constructor(
    subscriber: Subscriber<PooledStatus<S>>,
    watches: WatchSource<S>,
    knownStatus: S | undefined,
    isArray: boolean,
  ) {
    this.#subscriber = subscriber;
    this.#watches = watches;
    this.#knownStatus = knownStatus;
    this.keepsEnded = isArray;
  }

  /** How many tasks there are, including the ended ones that are kept. */
  get size(): number {
    return this.#tasks.size;
  }

  /**
   * Watches a task if it is not being watched already.
   *
   * @returns whether the subscriber is still subscribed
   */
  add(taskId: string): boolean {
    const task = this.#tasks.get(taskId);
    if (task) task.addedAgain = true;
    else this.#start(taskId, (id) => this.#watches.find(id));
    return !this.#subscriber.closed;
  }

  /** Called when no more ids will be added. */
  completeIds(): void {
    this.#idsComplete = true;
    this.#completeIfDone();
  }

  unsubscribe(): void {
    const tasks = [...this.#tasks.values()];
    this.#tasks.clear();
    runAll(tasks.map((task) => () => task.watch.remove(task)));
  }

  emit(taskId: string, status: S): void {
    this.#subscriber.next({ taskId, status });
  }

  onError(taskId: string, error: unknown): void {
    // before it is emitted: the subscriber may add the task again
    this.#tasks.delete(taskId);
    this.#runningCount--;
    this.#subscriber.next({ taskId, error });
    this.#completeIfDone();
  }

  onComplete(task: GroupTask<S>): void {
    const { taskId } = task.watch;
    this.#runningCount--;
    if (!this.keepsEnded) this.#tasks.delete(taskId);
    // findRunning: another group may keep the ended watch
    if (task.addedAgain) this.#start(taskId, (id) => this.#watches.findRunning(id));
    this.#completeIfDone();
  }

  #start(taskId: string, find: (taskId: string) => SharedWatch<S>): void {
    if (this.#subscriber.closed) return;
    this.#runningCount++;
    try {
      checkTaskId(taskId);
    } catch (error) {
      this.onError(taskId, error);
      return;
    }
    const task = new GroupTask(this, find(taskId), this.#knownStatus);
    // before add(): the subscriber may unsubscribe inside it
    this.#tasks.set(taskId, task);
    task.watch.add(task);
  }

  #completeIfDone(): void {
    if (this.#idsComplete && this.#runningCount === 0) this.#subscriber.complete();
  }
}

/** One task of a group. */
class GroupTask<S extends string> implements Observer<S> {
  readonly watch: SharedWatch<S>;
  /** Whether its id was added again since the last status. */
  addedAgain = false;

  readonly #group: TaskGroup<S>;
  #lastStatus: S | undefined;

  constructor(group: TaskGroup<S>, watch: SharedWatch<S>, knownStatus: S | undefined) {
    this.#group = group;
    this.watch = watch;
    this.#lastStatus = knownStatus;
  }

  get keepsEnded(): boolean {
    return this.#group.keepsEnded;
  }

  onStatus(status: S): void {
    // an id that was added before this status is a duplicate; one that a terminal status causes is not
    this.addedAgain = false;
    if (status === this.#lastStatus) return;
    this.#lastStatus = status;
    this.#group.emit(this.watch.taskId, status);
  }

  onError(error: unknown): void {
    this.#group.onError(this.watch.taskId, error);
  }

  onComplete(): void {
    this.#group.onComplete(this);
  }
}
