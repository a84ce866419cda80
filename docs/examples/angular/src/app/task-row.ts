import { computed, signal } from '@angular/core';
import { Subject } from 'rxjs';
import { HttpStatusError, isTerminal, type TaskPoll, type TaskStatus } from 'rxjs-task-status';
import { isAnswered } from './recovery';
import { timeOfDay } from './ui/time-of-day';

/** A task of the list. */
export interface Task {
  readonly id: string;
  readonly title: string;
  readonly place: string;
}

/** What a row shows: a status, `waiting` before the first one, or `error` if there is no such task. */
export type RowState = TaskStatus | 'waiting' | 'error';

/** The state of a task, in signals of this row: a poll refreshes one row only. */
export class TaskRow {
  private readonly status = signal<TaskStatus | undefined>(undefined);
  private readonly failure = signal<string | undefined>(undefined);
  private readonly answeredAt = signal(Date.now());

  /** When the state was first seen, ms. */
  readonly since = signal(Date.now());
  /** When the next poll is due, ms; `undefined` if it is queued, or if there will be none. */
  readonly nextPoll = signal<number | undefined>(undefined);
  /** Whether the state is that of the last poll. It is not during an outage. */
  readonly isCurrent = signal(true);
  /** Whether the user has asked to stop the task, and it has not been polled since. */
  readonly isStopping = signal(false);
  /** Why the task could not be stopped. */
  readonly refusal = signal<string | undefined>(undefined);

  readonly state = computed<RowState>(() =>
    this.failure() === undefined ? (this.status() ?? 'waiting') : 'error',
  );
  readonly hasEnded = computed(() => this.state() === 'error' || isTerminal(this.state()));
  readonly note = computed(
    () =>
      this.failure() ??
      (this.isCurrent() ? undefined : `no answer since ${timeOfDay(this.answeredAt())}`) ??
      this.refusal(),
  );

  /** Polls the task now. */
  readonly pollNow$ = new Subject<void>();

  /** @param isNew the task has just been started, so the API may not find it yet */
  constructor(
    readonly task: Task,
    readonly isNew = false,
  ) {}

  onPoll(poll: TaskPoll): void {
    const now = poll.at + poll.duration;
    this.nextPoll.set(poll.nextDelay === undefined ? undefined : now + poll.nextDelay);
    this.isCurrent.set(isAnswered(poll));
    if (!isAnswered(poll)) return;
    this.answeredAt.set(now);
    this.isStopping.set(false);
    if (poll.status === undefined || poll.status === this.status()) return;
    this.since.set(now);
    this.status.set(poll.status);
  }

  /** @param watchAgain the delay before the task is watched again, ms; `undefined` for never */
  onFailure(error: unknown, watchAgain: number | undefined): void {
    if (watchAgain !== undefined) {
      this.nextPoll.set(Date.now() + watchAgain);
      return;
    }
    this.since.set(Date.now());
    this.failure.set(error instanceof HttpStatusError ? error.detail : String(error));
  }
}
