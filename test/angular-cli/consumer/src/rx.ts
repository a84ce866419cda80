import { Component } from '@angular/core';
import { rxResource } from '@angular/core/rxjs-interop';
import { injectTaskStatus } from 'rxjs-task-status/angular';
import { pageOptions } from './page-options';

/** A task in Angular's own resource. */
@Component({
  selector: 'app-rx',
  template: `
    <p data-record="rxResource">
      @if (task.error(); as error) {
        {{ error.message }}
      } @else {
        {{ task.value() ?? 'loading' }}
      }
    </p>
  `,
})
export class Rx {
  private readonly page = pageOptions();
  private readonly watch$ = injectTaskStatus({ ssr: this.page.ssr });
  protected readonly task = rxResource({ stream: () => this.watch$(this.page.taskId) });
}
