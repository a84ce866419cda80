import type { Subscriber } from 'rxjs';

import type { TaskStatus } from '../api/task-api.js';
import { checkTaskId } from '../watch/checks.js';
import type { SharedWatch, Viewer } from './shared-watch.js';
import { toAll } from './to-all.js';

/** What `statuses$` emits: a task's new status, or the error that it has ended with. */
export type PooledStatus<S extends string = TaskStatus> =
  | { readonly taskId: string; readonly status: S; readonly error?: never }
  | { readonly taskId: string; readonly status?: never; readonly error: unknown };

/** Many tasks for one subscriber: one viewer for all of them. */
export class TaskGroup<S extends string> implements Viewer<S> {
  /** So what has ended is still known to who looks at one task. */
  readonly stays = true;

  readonly #subscriber: Subscriber<PooledStatus<S>>;
  readonly #watchOf: (taskId: string) => SharedWatch<S>;
  /** Every id that there was, with its watch; without it once that has failed. */
  readonly #tasks = new Map<string, SharedWatch<S> | undefined>();
  /** How many tasks go on. */
  #open = 0;
  #complete = false;

  constructor(
    subscriber: Subscriber<PooledStatus<S>>,
    watchOf: (taskId: string) => SharedWatch<S>,
  ) {
    this.#subscriber = subscriber;
    this.#watchOf = watchOf;
  }

  /** @returns whether more are welcome */
  add(taskId: string): boolean {
    if (!this.#tasks.has(taskId)) {
      this.#tasks.set(taskId, undefined);
      this.#open++;
      this.#join(taskId);
    }
    return !this.#subscriber.closed;
  }

  /** No more tasks will come. */
  complete(): void {
    this.#complete = true;
    this.#check();
  }

  unsubscribe(): void {
    const watches = [...this.#tasks.values()];
    this.#tasks.clear();
    toAll(watches, (watch) => watch?.leave(this));
  }

  changed(status: S, taskId: string): void {
    this.#subscriber.next({ taskId, status });
  }

  failed(error: unknown, taskId: string): void {
    this.#tasks.set(taskId, undefined);
    this.#open--;
    this.#subscriber.next({ taskId, error });
    this.#check();
  }

  ended(): void {
    this.#open--;
    this.#check();
  }

  #join(taskId: string): void {
    try {
      checkTaskId(taskId);
    } catch (error) {
      this.failed(error, taskId);
      return;
    }
    const watch = this.#watchOf(taskId);
    // before join(): the subscriber may leave inside it
    this.#tasks.set(taskId, watch);
    watch.join(this);
  }

  #check(): void {
    if (this.#complete && this.#open === 0) this.#subscriber.complete();
  }
}
