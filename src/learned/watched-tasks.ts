import type { TaskPoll } from 'rxjs-task-status';

import { binOf } from './bins.js';

/** A status of a task, as its polls have shown it so far. Times are ms. */
interface SeenStatus {
  /** The key of the task; `undefined` without the option `key`. */
  readonly key: string | undefined;
  readonly status: string;
  /** How long the status has certainly lasted. */
  readonly from: number;
  /** When another status was seen, after the status was first seen; `undefined` if none was. */
  readonly to: number | undefined;
}

/** What is done with what the polls show. */
export interface DurationObserver {
  /** The key of a task. It may throw. */
  keyOf: (taskId: string) => string | undefined;
  /** A status has ended, or its watch. */
  onDuration: (seen: SeenStatus) => void;
  /** A running task is in another bin than before; `undefined` is outside of all bins. */
  onRunning: (
    key: string | undefined,
    status: string,
    from: number | undefined,
    to: number | undefined,
  ) => void;
}

interface WatchedTask {
  /** The key at the first poll of the status: `key` may return another one later. */
  readonly key: string | undefined;
  readonly status: string;
  /** When the status was first and last seen. */
  readonly since: number;
  last: number;
  attempt: number;
  bin: number;
  /** When the next poll is planned. */
  due: number;
}

type Poll = TaskPoll<string>;

/** A task without a poll for this long after the planned one is no longer watched, ms. */
const GONE = 600_000;
/** After so many polls, tasks that are no longer watched are looked for. */
const SWEEP = 1_000;

/** Finds out how long the statuses of tasks last, from the polls of their watches. */
export class WatchedTasks {
  readonly #tasks = new Map<string, WatchedTask>();
  readonly #observer: DurationObserver;
  #untilSweep = SWEEP;

  constructor(observer: DurationObserver) {
    this.#observer = observer;
  }

  onPoll(poll: Poll): void {
    const now = poll.at + poll.duration;
    let task = this.#tasks.get(poll.taskId);
    if (task && poll.attempt <= task.attempt) {
      // another watch of the same task
      this.#end(poll.taskId, task, undefined);
      task = undefined;
    }
    if (poll.status === undefined) this.#onFailure(poll, task, now);
    else if (task?.status === poll.status) this.#onSame(poll, task, now);
    else this.#onChange(poll, poll.status, task, now);
    if (--this.#untilSweep <= 0) this.#sweep(now);
  }

  /** Counts the tasks that are running as censored, and forgets them. */
  endAll(): void {
    for (const [taskId, task] of this.#tasks) this.#end(taskId, task, undefined);
  }

  #onFailure(poll: Poll, task: WatchedTask | undefined, now: number): void {
    if (!task) return;
    task.attempt = poll.attempt;
    if (poll.nextDelay === undefined) this.#end(poll.taskId, task, undefined);
    else task.due = now + poll.nextDelay;
  }

  #onSame(poll: Poll, task: WatchedTask, now: number): void {
    task.attempt = poll.attempt;
    task.last = Math.max(task.last, now);
    if (poll.nextDelay === undefined) {
      this.#end(poll.taskId, task, undefined);
      return;
    }
    task.due = now + poll.nextDelay;
    const bin = binOf(task.last - task.since);
    this.#observer.onRunning(task.key, task.status, task.bin, bin);
    task.bin = bin;
  }

  #onChange(poll: Poll, status: string, task: WatchedTask | undefined, now: number): void {
    if (task) this.#end(poll.taskId, task, now);
    // otherwise the watch began before `learn()`, and the age of the status is not known
    const isFirst = poll.changed || poll.attempt === 1;
    if (!isFirst || poll.nextDelay === undefined) return;
    const key = this.#observer.keyOf(poll.taskId);
    this.#tasks.set(poll.taskId, {
      key,
      status,
      since: now,
      last: now,
      attempt: poll.attempt,
      bin: 0,
      due: now + poll.nextDelay,
    });
    this.#observer.onRunning(key, status, undefined, 0);
  }

  /** @param changedAt when another status was seen */
  #end(taskId: string, task: WatchedTask, changedAt: number | undefined): void {
    const { key, status, since, last } = task;
    this.#tasks.delete(taskId);
    this.#observer.onRunning(key, status, task.bin, undefined);
    const to = changedAt === undefined ? undefined : Math.max(last, changedAt) - since;
    this.#observer.onDuration({ key, status, from: last - since, to });
  }

  /** In a pool nothing says that a task has lost its last subscriber. */
  #sweep(now: number): void {
    this.#untilSweep = Math.max(SWEEP, this.#tasks.size);
    for (const [taskId, task] of this.#tasks) {
      if (now > task.due + GONE) this.#end(taskId, task, undefined);
    }
  }
}
