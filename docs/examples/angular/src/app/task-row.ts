import { computed, signal } from '@angular/core';
import { HttpStatusError, isTerminal, type TaskPoll, type TaskStatus } from 'rxjs-task-status';

/** A task of the list. */
export interface Task {
  readonly id: string;
  readonly title: string;
  readonly place: string;
}

/** What a row shows: a status, `waiting` before the first one, or `error` if the watch has failed. */
export type RowState = TaskStatus | 'waiting' | 'error';

/** The state of a task, in signals of this row: a poll refreshes one row only. */
export class TaskRow {
  private readonly status = signal<TaskStatus | undefined>(undefined);
  private readonly failure = signal<Error | undefined>(undefined);

  /** When the state was first seen, ms. */
  readonly since = signal(Date.now());
  /** When the next poll is due, ms; `undefined` if there will be none. */
  readonly nextPoll = signal<number | undefined>(undefined);
  /** Why the last poll had no status. */
  readonly trouble = signal<string | undefined>(undefined);

  readonly state = computed<RowState>(() =>
    this.failure() ? 'error' : (this.status() ?? 'waiting'),
  );
  readonly ended = computed(() => {
    const status = this.status();
    return this.failure() !== undefined || (status !== undefined && isTerminal(status));
  });

  constructor(readonly task: Task) {}

  onPoll(poll: TaskPoll): void {
    this.trouble.set(poll.error && 'no answer, trying again');
    this.nextPoll.set(
      poll.nextDelay === undefined ? undefined : poll.at + poll.duration + poll.nextDelay,
    );
    if (poll.status === undefined || poll.status === this.status()) return;
    this.since.set(poll.at + poll.duration);
    this.status.set(poll.status);
  }

  onError(error: unknown): void {
    this.nextPoll.set(undefined);
    this.since.set(Date.now());
    this.trouble.set(error instanceof HttpStatusError ? error.detail : String(error));
    this.failure.set(error instanceof Error ? error : new Error(String(error)));
  }
}
