import { Component, computed, inject, input, signal } from '@angular/core';
import { takeUntilDestroyed, toSignal } from '@angular/core/rxjs-interop';
import { Router } from '@angular/router';
import {
  auditTime,
  buffer,
  catchError,
  EMPTY,
  map,
  Subject,
  share,
  startWith,
  switchMap,
  tap,
} from 'rxjs';
import { TaskBoard } from '../task-board';
import type { RowState, TaskRow } from '../task-row';
import { PageHeading } from '../ui/page-heading';
import { StatusBadge } from '../ui/status-badge';
import { BoardRow } from './board-row';

const STATES: readonly RowState[] = [
  'created',
  'running',
  'paused',
  'finished',
  'stopped',
  'failed',
  'error',
];

@Component({
  selector: 'app-board-page',
  imports: [BoardRow, PageHeading, StatusBadge],
  templateUrl: './board-page.html',
  styleUrl: './board-page.css',
})
export class BoardPage {
  private readonly board = inject(TaskBoard);
  private readonly router = inject(Router);

  /** The filter, from the query of the URL, so that it can be linked to. */
  readonly status = input<string>();
  readonly text = input<string>();

  protected readonly retry$ = new Subject<void>();
  protected readonly failed = signal(false);

  protected readonly total = computed(() => this.board.rows().length);
  protected readonly counters = computed(() =>
    STATES.map((state) => ({ state, count: this.board.counts().get(state) ?? 0 })),
  );
  protected readonly rows = computed(() => {
    const status = this.status();
    const words = (this.text() ?? '').toLowerCase().split(/\s+/);
    return this.board
      .rows()
      .filter(
        (row) =>
          (status === undefined || row.state() === status) &&
          words.every((word) => searchable(row).includes(word)),
      );
  });

  /** Announced by a screen reader: the tasks that have ended, a few at a time. */
  protected readonly news = toSignal(this.news$(), { initialValue: '' });

  constructor() {
    this.retry$
      .pipe(
        startWith(undefined),
        tap(() => this.failed.set(false)),
        switchMap(() =>
          this.board.watch$.pipe(
            catchError(() => {
              this.failed.set(true);
              return EMPTY;
            }),
          ),
        ),
        // leaving the view stops polling
        takeUntilDestroyed(),
      )
      .subscribe();
  }

  protected choose(status: RowState | null): void {
    this.change({ status: status === this.status() ? null : status });
  }

  protected typed(event: Event): void {
    if (event.target instanceof HTMLInputElement) this.change({ text: event.target.value || null });
  }

  protected clear(): void {
    this.change({ status: null, text: null });
  }

  private change(queryParams: { status?: RowState | null; text?: string | null }): void {
    void this.router.navigate([], {
      queryParams,
      queryParamsHandling: 'merge',
      replaceUrl: true,
    });
  }

  private news$() {
    const ended$ = this.board.ended$.pipe(share());
    return ended$.pipe(
      buffer(ended$.pipe(auditTime(3_000))),
      map((rows) => rows.map((row) => `${row.task.title}: ${row.state()}`).join('. ')),
    );
  }
}

function searchable({ task }: TaskRow): string {
  return `${task.title} ${task.place} ${task.id}`.toLowerCase();
}
