import { AsyncPipe } from '@angular/common';
import { Component } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { catchError, of } from 'rxjs';
import type { TaskStatusError } from 'rxjs-task-status';
import { injectTaskStatus, taskStatusResource } from 'rxjs-task-status/angular';
import { pageOptions } from './page-options';

/** One task in each of the ways a component can show it. The tests record what `data-record` shows. */
@Component({
  selector: 'app-shown',
  imports: [AsyncPipe],
  template: `
    <section>
      <p data-record="resource">
        @if (task.hasValue()) {
          {{ task.value() }}
        } @else if (task.error(); as error) {
          {{ error.message }}
        } @else {
          {{ task.status() }}
        }
      </p>
      <p data-record="toSignal">{{ latest() ?? 'waiting' }}</p>
      <p data-record="async">{{ (stream$ | async) ?? 'waiting' }}</p>
      <p id="attempt">{{ task.poll()?.attempt }}</p>
      <button class="hydrate" type="button">Hydrate</button>
    </section>
  `,
})
export class Shown {
  private readonly page = pageOptions();
  protected readonly task = taskStatusResource(() => this.page.taskId, { ssr: this.page.ssr });
  protected readonly stream$ = injectTaskStatus({ ssr: this.page.ssr })(this.page.taskId).pipe(
    catchError((error: TaskStatusError) => of(error.message)),
  );
  protected readonly latest = toSignal(this.stream$);
}
