import type { Subscriber } from 'rxjs';

import type { Viewer } from './shared-watch.js';
import type { TaskPoll } from '../watch/task-poll.js';

/** A subscriber of one task, who leaves when that has ended. */
abstract class TaskViewer<S extends string, V> implements Viewer<S> {
  readonly stays = false;

  constructor(protected readonly subscriber: Subscriber<V>) {}

  failed(error: unknown): void {
    this.subscriber.error(error);
  }

  ended(): void {
    this.subscriber.complete();
  }
}

/** Sees a task's statuses. */
export class StatusViewer<S extends string> extends TaskViewer<S, S> {
  changed(status: S): void {
    this.subscriber.next(status);
  }
}

/** Sees a task's polls. */
export class PollViewer<S extends string> extends TaskViewer<S, TaskPoll<S>> {
  polled(poll: TaskPoll<S>): void {
    this.subscriber.next(poll);
  }
}
