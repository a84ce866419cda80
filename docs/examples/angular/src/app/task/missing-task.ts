import { Component, input, output } from '@angular/core';
import { RouterLink } from '@angular/router';
import type { TaskNotFoundError } from 'rxjs-task-status';
import { PageHeading } from '../ui/page-heading';

/** What is shown for a 404. */
@Component({
  selector: 'app-missing-task',
  imports: [PageHeading, RouterLink],
  template: `
    <p class="code" aria-hidden="true">404</p>
    <h1 appPageHeading>There is no such task</h1>
    <p>
      The service knows no task <code>{{ error().taskId }}</code>. It may have been deleted, or the
      id may be mistyped.
    </p>
    <p class="actions">
      <a class="button" routerLink="/">All tasks</a>
      <button type="button" [attr.aria-disabled]="asking()" (click)="asking() || again.emit()">
        {{ asking() ? 'Asking …' : 'Ask again' }}
      </button>
    </p>
  `,
  styleUrl: './problem.css',
})
export class MissingTask {
  readonly error = input.required<TaskNotFoundError>();
  readonly asking = input(false);
  readonly again = output();
}
