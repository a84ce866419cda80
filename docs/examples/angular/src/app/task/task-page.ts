import {
  ChangeDetectionStrategy,
  Component,
  computed,
  effect,
  inject,
  input,
  linkedSignal,
  signal,
} from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { RouterLink } from '@angular/router';
import { EMPTY, catchError } from 'rxjs';
import {
  isTerminal,
  TaskNotFoundError,
  TaskValidationError,
  type TaskStatus,
} from 'rxjs-task-status';
import { taskStatusResource } from 'rxjs-task-status/angular';
import { Announcer } from '../announcer';
import { Clock } from '../clock';
import { Connection } from '../connection';
import { delayAfter, isAnswered } from '../recovery';
import { TaskBoard } from '../task-board';
import { reasonOf, TaskCommands } from '../task-commands';
import type { RowState } from '../task-row';
import { Duration } from '../ui/duration';
import { PageHeading } from '../ui/page-heading';
import { pageTitle } from '../ui/page-title';
import { StatusBadge } from '../ui/status-badge';
import { timeOfDay } from '../ui/time-of-day';
import { InvalidTask } from './invalid-task';
import { MissingTask } from './missing-task';
import { TaskResult } from './task-result';

/** A status that was seen, and when. */
interface Step {
  readonly status: TaskStatus;
  readonly at: number;
}

@Component({
  selector: 'app-task-page',
  imports: [Duration, InvalidTask, MissingTask, PageHeading, RouterLink, StatusBadge, TaskResult],
  templateUrl: './task-page.html',
  styleUrl: './task-page.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class TaskPage {
  private readonly rows = inject(TaskBoard).rows;
  private readonly commands = inject(TaskCommands);
  private readonly announcer = inject(Announcer);
  protected readonly clock = inject(Clock);

  /** The id in the URL. A new one cancels the watch of the old one. */
  readonly taskId = input.required<string>();
  protected readonly task = taskStatusResource(() => this.taskId());

  protected readonly state = computed<RowState>(() => this.task.value() ?? 'waiting');
  protected readonly hasEnded = computed(() => isTerminal(this.state()));
  protected readonly missing = computed(() => instance(this.task.error(), TaskNotFoundError));
  protected readonly invalid = computed(() => instance(this.task.error(), TaskValidationError));

  /** Why the last poll had no status, although the task exists. */
  protected readonly trouble = computed(() => this.task.error() ?? this.task.poll()?.error);
  protected readonly isCurrent = computed(() => this.trouble() === undefined);
  private readonly answeredAt = linkedSignal<
    { readonly taskId: string; readonly at: number | undefined },
    number
  >({
    source: () => {
      const poll = this.task.poll();
      const at = poll && isAnswered(poll) ? poll.at + poll.duration : undefined;
      return { taskId: this.taskId(), at };
    },
    computation: ({ taskId, at }, previous) =>
      at ?? (previous?.source.taskId === taskId ? previous.value : Date.now()),
  });
  protected readonly noAnswerSince = computed(() => timeOfDay(this.answeredAt()));

  /** The id of the task that is being stopped. */
  private readonly stopped = signal<string | undefined>(undefined);
  protected readonly isStopping = computed(() => this.stopped() === this.taskId());
  protected readonly refusal = linkedSignal({ source: this.taskId, computation: () => '' });

  protected readonly steps = linkedSignal<
    { readonly taskId: string; readonly status: TaskStatus | undefined },
    readonly Step[]
  >({
    source: () => ({ taskId: this.taskId(), status: this.task.value() }),
    computation: ({ taskId, status }, previous) => {
      const steps = previous?.source.taskId === taskId ? previous.value : [];
      if (status === undefined || steps.at(-1)?.status === status) return steps;
      return [...steps, { status, at: Date.now() }];
    },
  });

  private readonly at = computed(() =>
    this.rows().findIndex(({ task }) => task.id === this.taskId()),
  );
  protected readonly listed = computed(() => this.rows()[this.at()]?.task);
  protected readonly previous = computed(() => this.rows()[this.at() - 1]?.task);
  protected readonly next = computed(() =>
    this.listed() ? this.rows()[this.at() + 1]?.task : undefined,
  );

  constructor() {
    const connection = inject(Connection);

    pageTitle(() => {
      if (this.missing()) return 'This task does not exist';
      if (this.invalid()) return 'This is not a valid task id';
      const name = this.listed()?.title ?? this.taskId();
      return `${name}: ${this.state()}${this.isCurrent() ? '' : ', not current'}`;
    });

    effect(() => {
      const poll = this.task.poll();
      if (poll) connection.record(poll);
    });
    effect((onCleanup) => {
      const taskId = this.taskId();
      onCleanup(() => connection.forget(taskId));
    });

    effect((onCleanup) => {
      const delay = delayAfter(this.task.error());
      if (delay === undefined) return;
      const timer = setTimeout(this.task.reload, delay);
      onCleanup(() => clearTimeout(timer));
    });

    // for the names and the order of tasks; the page also works without them
    inject(TaskBoard)
      .list$.pipe(
        catchError(() => EMPTY),
        takeUntilDestroyed(),
      )
      .subscribe();
  }

  protected stop(): void {
    if (this.isStopping()) return;
    const taskId = this.taskId();
    this.refusal.set('');
    this.stopped.set(taskId);
    this.commands.stop(taskId).subscribe({
      complete: () => {
        this.stopped.set(undefined);
        if (taskId === this.taskId()) this.task.reload();
      },
      error: (error: unknown) => {
        this.stopped.set(undefined);
        if (taskId === this.taskId()) this.refusal.set(`Not stopped: ${reasonOf(error)}.`);
        else this.announcer.say(`${taskId} was not stopped: ${reasonOf(error)}.`);
      },
    });
  }
}

function instance<T>(
  error: Error | undefined,
  type: abstract new (...args: never[]) => T,
): T | undefined {
  return error instanceof type ? error : undefined;
}
