import { ScrollingModule } from '@angular/cdk/scrolling';
import { ChangeDetectionStrategy, Component, computed, inject, input, signal } from '@angular/core';
import { takeUntilDestroyed } from '@angular/core/rxjs-interop';
import { Router } from '@angular/router';
import { auditTime, buffer, race, retry, Subject, timer } from 'rxjs';
import { Announcer } from '../announcer';
import { Connection } from '../connection';
import { StartTask } from '../start/start-task';
import { TaskBoard } from '../task-board';
import type { RowState, TaskRow } from '../task-row';
import { PageHeading } from '../ui/page-heading';
import { pageTitle } from '../ui/page-title';
import { StatusBadge } from '../ui/status-badge';
import { BoardRow } from './board-row';
import { inWords } from './in-words';
import { MeasuredHeight } from './measured-height';

const STATES: readonly RowState[] = [
  'created',
  'running',
  'paused',
  'finished',
  'stopped',
  'failed',
  'error',
];

/** How long after a failure the list is loaded again, ms. */
const LOAD_AGAIN = 10_000;

@Component({
  selector: 'app-board-page',
  imports: [BoardRow, MeasuredHeight, PageHeading, ScrollingModule, StartTask, StatusBadge],
  templateUrl: './board-page.html',
  styleUrl: './board-page.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class BoardPage {
  private readonly board = inject(TaskBoard);
  private readonly router = inject(Router);

  /** The filter, from the query of the URL, so that it can be linked to. */
  readonly status = input<string>();
  readonly text = input<string>();

  protected readonly retry$ = new Subject<void>();
  protected readonly failed = signal(false);
  /** The height of a row, px. It depends on the width of the page and on the font size. */
  protected readonly rowHeight = signal(64);

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

  constructor() {
    const announcer = inject(Announcer);
    const connection = inject(Connection);
    const { counts, ended$, watch$ } = this.board;

    pageTitle(() => {
      const { state, text } = connection;
      const [running, finished] = [counts().get('running') ?? 0, counts().get('finished') ?? 0];
      return `${state() === 'live' ? '' : `${text()} · `}${running} running, ${finished} finished`;
    });

    watch$
      .pipe(
        retry({
          delay: () => {
            this.failed.set(true);
            return race(this.retry$, timer(LOAD_AGAIN));
          },
        }),
        // leaving the view stops polling
        takeUntilDestroyed(),
      )
      .subscribe();

    // a few tasks at a time
    ended$
      .pipe(buffer(ended$.pipe(auditTime(3_000))), takeUntilDestroyed())
      .subscribe((rows) => announcer.say(inWords(rows)));
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

  protected readonly idOf = (_: number, { task }: TaskRow): string => task.id;

  private change(queryParams: { status?: RowState | null; text?: string | null }): void {
    void this.router.navigate([], {
      queryParams,
      queryParamsHandling: 'merge',
      replaceUrl: true,
    });
  }
}

function searchable({ task }: TaskRow): string {
  return `${task.title} ${task.place} ${task.id}`.toLowerCase();
}
