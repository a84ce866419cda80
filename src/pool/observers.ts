import type { Subscriber } from 'rxjs';

import type { TaskPoll } from '../watch/task-poll.js';

/** Gets what a shared watch sees. */
export interface Observer<S extends string> {
  /** Whether the end of the task is kept for late subscribers while this observer is there. */
  readonly keepsEnded: boolean;
  /** A poll. A late observer gets the latest one first. */
  onPoll?(poll: TaskPoll<S>): void;
  /** A new status. A late observer gets the latest one first. */
  onStatus?(status: S): void;
  onError(error: unknown): void;
  onComplete(): void;
}

/** An observer of one task, on behalf of one subscriber. */
abstract class TaskObserver<S extends string, V> implements Observer<S> {
  readonly keepsEnded = false;

  /** @param lastStatus the last status that the subscriber has; at first its `knownStatus` */
  constructor(
    protected readonly subscriber: Subscriber<V>,
    protected lastStatus: S | undefined,
  ) {}

  onError(error: unknown): void {
    this.subscriber.error(error);
  }

  onComplete(): void {
    this.subscriber.complete();
  }
}

/** Emits the statuses of a task. */
export class StatusObserver<S extends string> extends TaskObserver<S, S> {
  onStatus(status: S): void {
    if (status === this.lastStatus) return;
    this.lastStatus = status;
    this.subscriber.next(status);
  }
}

/** Emits the polls of a task. In them `changed` is relative to what this subscriber has seen. */
export class PollObserver<S extends string> extends TaskObserver<S, TaskPoll<S>> {
  onPoll(poll: TaskPoll<S>): void {
    const changed = poll.status !== undefined && poll.status !== this.lastStatus;
    if (changed) this.lastStatus = poll.status;
    this.subscriber.next(changed === poll.changed ? poll : { ...poll, changed });
  }
}
