import type { Subscriber } from 'rxjs';

import type { Answer, EndedTask } from '../stream/task-result.js';
import type { TaskPoll } from '../watch/task-poll.js';

/** Receives the polls, statuses and end of a shared watch. */
export interface Observer<S extends string, D = unknown> {
  /** Whether an ended watch is kept for late subscribers until this observer is removed. */
  readonly keepsEnded: boolean;
  /**
   * A poll. A late observer gets the latest one first.
   *
   * @param answer what the poll has brought, if it has a status; the same object for all observers
   */
  onPoll?(poll: TaskPoll<S, D>, answer: Answer<S, D> | undefined): void;
  /** A new status. A late observer gets the latest one first. */
  onStatus?(status: S): void;
  onError(error: unknown): void;
  /** @param ended the task; `undefined` if the pool was closed before its end */
  onComplete(ended?: EndedTask<S, D>): void;
}

/** Passes on the end of a shared watch to one subscriber. */
abstract class TaskObserver<S extends string, V> {
  readonly keepsEnded = false;

  /** @param lastStatus the last status that the subscriber has received; at first its `knownStatus` */
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

/** Passes on each status of a task that differs from the last one of this subscriber. */
export class StatusObserver<S extends string> extends TaskObserver<S, S> implements Observer<S> {
  onStatus(status: S): void {
    if (status === this.lastStatus) return;
    this.lastStatus = status;
    this.subscriber.next(status);
  }
}

/** Passes on the polls of a task, with `changed` relative to what this subscriber has received. */
export class PollObserver<S extends string, D>
  extends TaskObserver<S, TaskPoll<S, D>>
  implements Observer<S, D>
{
  onPoll(poll: TaskPoll<S, D>): void {
    const changed = poll.status !== undefined && poll.status !== this.lastStatus;
    if (changed) this.lastStatus = poll.status;
    this.subscriber.next(changed === poll.changed ? poll : { ...poll, changed });
  }
}
