import { HttpClient } from '@angular/common/http';
import { computed, inject, Injectable, signal } from '@angular/core';
import {
  catchError,
  defer,
  EMPTY,
  filter,
  finalize,
  from,
  ignoreElements,
  map,
  merge,
  mergeMap,
  Subject,
  retry,
  shareReplay,
  switchMap,
  tap,
  throwError,
  timer,
  type Observable,
} from 'rxjs';
import { injectTaskPolls } from 'rxjs-task-status/angular';
import { Announcer } from './announcer';
import { Connection } from './connection';
import { delayAfter } from './recovery';
import { reasonOf, TaskCommands } from './task-commands';
import { TaskRow, type RowState, type Task } from './task-row';

/** How long the API may answer 404 for a task that has just been started, ms. */
const NOT_FOUND_GRACE = 60_000;

/** The tasks of the board. They are watched in the application's pool. */
@Injectable({ providedIn: 'root' })
export class TaskBoard {
  private readonly http = inject(HttpClient);
  private readonly polls$ = injectTaskPolls();
  private readonly commands = inject(TaskCommands);
  private readonly connection = inject(Connection);
  private readonly announcer = inject(Announcer);
  private readonly ended = new Subject<TaskRow>();
  private readonly added$ = new Subject<TaskRow>();

  readonly rows = signal<readonly TaskRow[]>([]);
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
  readonly watch$: Observable<never> = this.list$.pipe(
    switchMap(() => merge(from(this.rows()), this.added$)),
    filter((row) => !row.hasEnded()),
    mergeMap((row) => this.follow(row)),
  );

  /** Starts a task and adds it to the list. */
  start(text: string): Observable<TaskRow> {
    return this.commands.start(text).pipe(
      map((task) => new TaskRow(task, true)),
      tap((row) => {
        this.rows.update((rows) => [row, ...rows]);
        this.added$.next(row);
      }),
    );
  }

  /** Stops a task and polls it at once. */
  stop(row: TaskRow): void {
    if (row.isStopping()) return;
    row.isStopping.set(true);
    row.refusal.set(undefined);
    this.commands.stop(row.task.id).subscribe({
      complete: () => row.pollNow$.next(),
      error: (error: unknown) => {
        row.isStopping.set(false);
        row.refusal.set(`not stopped: ${reasonOf(error)}`);
        this.announcer.say(`${row.task.title} was not stopped: ${reasonOf(error)}.`);
      },
    });
  }

  private follow(row: TaskRow): Observable<never> {
    const { id } = row.task;
    const options = { pollNow: row.pollNow$, notFoundGrace: row.isNew ? NOT_FOUND_GRACE : 0 };
    // defer: an invalid id throws, which must fail this row only
    return defer(() => this.polls$(id, options)).pipe(
      tap((poll) => {
        const before = row.state();
        row.onPoll(poll);
        this.connection.record(poll);
        if (row.hasEnded() && before !== 'waiting') this.ended.next(row);
      }),
      retry({
        delay: (error) => {
          const delay = delayAfter(error);
          row.onFailure(error, delay);
          return delay === undefined ? throwError(() => error) : timer(delay);
        },
      }),
      catchError(() => EMPTY),
      ignoreElements(),
      finalize(() => this.connection.forget(id)),
    );
  }
}
