import type { HttpClient } from '@angular/common/http';
import { noop, Observable } from 'rxjs';
import {
  createTaskStatusPool,
  type TaskPoll,
  type TaskStatusOptions,
  type TaskStatusPool,
  type TaskStatusPoolOptions,
} from 'rxjs-task-status';

import type { AngularTaskStatusOptions } from './options.js';
import { isSameWatch } from './same-options.js';

type Options = TaskStatusOptions<string>;

/** What describes a watch: the options as they were given, and the client that sends its requests. */
export type WatchKey = AngularTaskStatusOptions<string> & {
  readonly http?: HttpClient | undefined;
};

/** A pool, and what its running watches were started with. */
interface PoolInUse {
  readonly pool: TaskStatusPool<string>;
  /** Requests to one server have one limit and one cooldown. */
  readonly target: WatchKey;
  readonly watches: Map<string, WatchInUse>;
}

interface WatchInUse {
  readonly key: WatchKey;
  subscribers: number;
}

/**
 * The pool of an application: components that watch a task with the same options share one watch.
 *
 * A pool has one watch for each task. So there are more pools where a task is watched with different
 * options at the same time, and for another server, API or scheduler.
 */
export class TaskPools {
  readonly #createPool: (key: WatchKey) => TaskStatusPool<string>;
  readonly #pools: PoolInUse[] = [];
  #closed = false;

  /** @param options the options of each pool with watches of this key */
  constructor(options: (key: WatchKey) => TaskStatusPoolOptions<string>) {
    this.#createPool = (key) => createTaskStatusPool(options(key));
  }

  /**
   * The polls of a task. A late subscriber gets the latest one at once.
   *
   * @param options called for each subscription; used if it starts the watch
   * @param pollNow$ polls now, for all subscribers of the watch
   */
  polls$(
    taskId: string,
    key: WatchKey,
    options: () => Options,
    pollNow$: Observable<void>,
  ): Observable<TaskPoll<string>> {
    return new Observable((subscriber) => {
      const { pool, watches } = this.#find(taskId, key);
      const watch = watches.get(taskId) ?? { key, subscribers: 0 };
      watches.set(taskId, watch);
      watch.subscribers++;
      subscriber.add(() => {
        if (--watch.subscribers === 0) watches.delete(taskId);
      });
      subscriber.add(pool.polls$(taskId, options()).subscribe(subscriber));
      // it has no errors
      subscriber.add(pollNow$.subscribe({ next: () => pool.pollNow(taskId), error: noop }));
    });
  }

  /** Completes all watches and aborts their requests. */
  close(): void {
    this.#closed = true;
    for (const { pool } of this.#pools) pool.close();
  }

  /** The pool that watches the task with these options, or one that does not watch it. */
  #find(taskId: string, key: WatchKey): PoolInUse {
    const found = this.#pools.find(({ target, watches }) => {
      const watch = watches.get(taskId);
      return isSameWatch(target, targetOf(key)) && (!watch || isSameWatch(watch.key, key));
    });
    if (found) return found;
    const created = { pool: this.#createPool(key), target: targetOf(key), watches: new Map() };
    if (this.#closed) created.pool.close();
    else this.#pools.push(created);
    return created;
  }
}

function targetOf({ api, baseUrl, scheduler }: WatchKey): WatchKey {
  return { api, baseUrl, scheduler };
}
