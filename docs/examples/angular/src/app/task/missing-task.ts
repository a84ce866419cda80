import { ChangeDetectionStrategy, Component, input, output } from '@angular/core';
import { RouterLink } from '@angular/router';
import type { TaskNotFoundError } from 'rxjs-task-status';
import { PageHeading } from '../ui/page-heading';

/** Shown for a 404. */
@Component({
  selector: 'app-missing-task',
  imports: [PageHeading, RouterLink],
  template: `
    <p class="code" aria-hidden="true">404</p>
    <h1 appPageHeading>This task does not exist</h1>
    <p>
      The service has no task <code>{{ error().taskId }}</code>. It may have been deleted, or the id
      may be wrong.
    </p>
    <p class="actions">
      <a class="button" routerLink="/">All tasks</a>
      <button type="button" [attr.aria-disabled]="loading()" (click)="loading() || retry.emit()">
        {{ loading() ? 'Loading …' : 'Try again' }}
      </button>
    </p>
  `,
  styleUrl: './problem.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class MissingTask {
  readonly error = input.required<TaskNotFoundError>();
  readonly loading = input(false);
  readonly retry = output();
}
