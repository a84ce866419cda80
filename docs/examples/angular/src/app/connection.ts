import { computed, Injectable, signal } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { whileOffline, type TaskPoll } from 'rxjs-task-status';
import { isAnswered } from './recovery';
import { paused$ } from './status-api';
import { timeOfDay } from './ui/time-of-day';

/** `lost`: no task gets an answer. `partial`: some do not. */
export type ConnectionState = 'live' | 'partial' | 'lost' | 'paused' | 'offline';

/** After this many failures in a row, of any tasks, the connection is lost. */
const FAILURES = 3;

/** Whether the task API answers, from the polls of all tasks. */
@Injectable({ providedIn: 'root' })
export class Connection {
  private readonly watched = new Set<string>();
  private readonly failing = new Set<string>();
  private failuresInARow = 0;
  private readonly stats = signal({ watching: 0, failing: 0, isLost: false });
  private readonly offline = toSignal(whileOffline(), { requireSync: true });

  readonly paused = toSignal(paused$, { requireSync: true });
  /** How many tasks are watched. */
  readonly watching = computed(() => this.stats().watching);
  /** When the task API has last answered, or the page was opened, ms. */
  readonly answeredAt = signal(Date.now());

  readonly state = computed<ConnectionState>(() => {
    if (this.offline()) return 'offline';
    if (this.paused()) return 'paused';
    if (this.stats().isLost) return 'lost';
    return this.stats().failing > 0 ? 'partial' : 'live';
  });
  readonly text = computed(() => {
    switch (this.state()) {
      case 'live':
        return 'Live';
      case 'partial':
        return `${this.stats().failing} without an answer`;
      case 'lost':
        return `No answer since ${timeOfDay(this.answeredAt())}`;
      case 'paused':
        return 'Paused';
      case 'offline':
        return 'Offline';
    }
  });

  record(poll: TaskPoll): void {
    const { taskId, nextDelay } = poll;
    const answered = isAnswered(poll);
    this.watched.add(taskId);
    if (answered) {
      this.answeredAt.set(poll.at + poll.duration);
      this.failuresInARow = 0;
      this.failing.delete(taskId);
    } else {
      this.failuresInARow++;
      this.failing.add(taskId);
    }
    // the task has ended, or there is none
    if (answered && nextDelay === undefined) this.forget(taskId);
    else this.update();
  }

  /** For a task that is not watched any more. */
  forget(taskId: string): void {
    this.watched.delete(taskId);
    this.failing.delete(taskId);
    this.update();
  }

  private update(): void {
    const [watching, failing] = [this.watched.size, this.failing.size];
    const isLost = failing > 0 && (this.failuresInARow >= FAILURES || failing === watching);
    this.stats.set({ watching, failing, isLost });
  }
}
