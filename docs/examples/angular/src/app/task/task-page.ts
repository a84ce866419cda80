import { Component, computed, inject, input, linkedSignal } from '@angular/core';
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
import { Clock } from '../clock';
import { TaskBoard } from '../task-board';
import type { RowState } from '../task-row';
import { Duration } from '../ui/duration';
import { PageHeading } from '../ui/page-heading';
import { StatusBadge } from '../ui/status-badge';
import { InvalidTask } from './invalid-task';
import { MissingTask } from './missing-task';

/** A status that was seen, and when. */
interface Step {
  readonly status: TaskStatus;
  readonly at: number;
}

@Component({
  selector: 'app-task-page',
  imports: [Duration, InvalidTask, MissingTask, PageHeading, RouterLink, StatusBadge],
  templateUrl: './task-page.html',
  styleUrl: './task-page.css',
})
export class TaskPage {
  private readonly rows = inject(TaskBoard).rows;
  protected readonly clock = inject(Clock);

  /** The id in the URL. A new one cancels the watch of the old one. */
  readonly taskId = input.required<string>();
  protected readonly task = taskStatusResource(() => this.taskId());

  protected readonly state = computed<RowState>(() => this.task.value() ?? 'waiting');
  protected readonly ended = computed(() => {
    const status = this.task.value();
    return status !== undefined && isTerminal(status);
  });
  protected readonly missing = computed(() => {
    const error = this.task.error();
    return error instanceof TaskNotFoundError ? error : undefined;
  });
  protected readonly invalid = computed(() => {
    const error = this.task.error();
    return error instanceof TaskValidationError ? error : undefined;
  });

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
    // for the names and the order of tasks; the page also works without them
    inject(TaskBoard)
      .list$.pipe(
        catchError(() => EMPTY),
        takeUntilDestroyed(),
      )
      .subscribe();
  }
}
