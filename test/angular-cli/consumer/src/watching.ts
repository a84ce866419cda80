import { AsyncPipe } from '@angular/common';
import { HttpBackend, HttpClient } from '@angular/common/http';
import { Component, inject, input } from '@angular/core';
import { toObservable, toSignal } from '@angular/core/rxjs-interop';
import { catchError, of, switchMap, type Observable } from 'rxjs';
import { browserUseV2, createTaskStatusPool, type TaskStatusError } from 'rxjs-task-status';
import {
  httpClientTransport,
  injectTaskStatus,
  taskStatusResource,
} from 'rxjs-task-status/angular';

/** Everything that the package offers to a component, in a template with strict types. */
@Component({
  selector: 'app-watching',
  imports: [AsyncPipe],
  template: `
    <p id="resource">
      @if (task.hasValue()) {
        {{ task.value().toUpperCase() }}
      } @else {
        {{ task.status() }}
      }
    </p>
    @if (task.error(); as error) {
      <p id="error">{{ error.name }}</p>
    }
    <p id="stream">{{ stream$ | async }}</p>
    <p id="signal">{{ latest() ?? 'none' }}</p>
    <button id="reload" type="button" (click)="task.reload()">Reload</button>
  `,
})
export class Watching {
  readonly taskId = input.required<string>();

  private readonly watch$ = injectTaskStatus();
  protected readonly task = taskStatusResource(() => this.taskId());
  protected readonly stream$ = toObservable(this.taskId).pipe(
    switchMap((taskId) =>
      this.watch$(taskId).pipe(catchError((error: TaskStatusError) => of(error.code))),
    ),
  );
  protected readonly latest = toSignal(this.stream$);

  /** Not used by the application; only its types are checked. */
  readonly newer$: Observable<
    'created' | 'started' | 'finished' | 'failed' | 'stopped' | 'unsuccessful'
  > = injectTaskStatus({ api: browserUseV2 })('task_1');
  readonly pool = createTaskStatusPool({
    transport: httpClientTransport(inject(HttpClient), inject(HttpBackend)),
  });
}
