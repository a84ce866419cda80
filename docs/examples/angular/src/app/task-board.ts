import { HttpBackend, HttpClient } from '@angular/common/http';
import { computed, inject, Injectable, signal } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import {
  catchError,
  defer,
  EMPTY,
  ignoreElements,
  map,
  merge,
  Subject,
  shareReplay,
  switchMap,
  tap,
  type Observable,
} from 'rxjs';
import { createTaskStatusPool } from 'rxjs-task-status';
import { httpClientTransport } from 'rxjs-task-status/angular';
import { paused$, STATUS_API } from './status-api';
import { TaskRow, type RowState, type Task } from './task-row';

/** The tasks of the board, and the pool that watches them. */
@Injectable({ providedIn: 'root' })
export class TaskBoard {
  private readonly http = inject(HttpClient);
  private readonly pool = createTaskStatusPool({
    ...STATUS_API,
    transport: httpClientTransport(this.http, inject(HttpBackend)),
    maxConcurrent: 6,
  });
  private readonly ended = new Subject<TaskRow>();

  readonly rows = signal<readonly TaskRow[]>([]);
  readonly stats = toSignal(this.pool.stats$, { requireSync: true });
  readonly paused = toSignal(paused$, { requireSync: true });
  /** The rows whose task has just ended. */
  readonly ended$: Observable<TaskRow> = this.ended;

  readonly counts = computed(() => {
    const counts = new Map<RowState, number>();
    for (const row of this.rows()) counts.set(row.state(), (counts.get(row.state()) ?? 0) + 1);
    return counts;
  });

  /** Loads the list, once. */
  readonly list$ = this.http.get<readonly Task[]>('api/tasks').pipe(
    map((tasks) => tasks.map((task) => new TaskRow(task))),
    tap((rows) => this.rows.set(rows)),
    shareReplay(1),
  );

  /** Watches every task that has not ended. Emits nothing; the rows change. */
  readonly watch$ = this.list$.pipe(
    switchMap((rows) =>
      merge(...rows.filter((row) => !row.ended()).map((row) => this.follow(row))),
    ),
  );

  private follow(row: TaskRow): Observable<never> {
    // defer: an invalid id throws, which must fail this row only
    return defer(() => this.pool.polls$(row.task.id)).pipe(
      tap((poll) => {
        const before = row.state();
        row.onPoll(poll);
        if (row.ended() && before !== 'waiting') this.ended.next(row);
      }),
      catchError((error: unknown) => {
        row.onError(error);
        return EMPTY;
      }),
      ignoreElements(),
    );
  }
}
