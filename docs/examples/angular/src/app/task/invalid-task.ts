import { ChangeDetectionStrategy, Component, input } from '@angular/core';
import { RouterLink } from '@angular/router';
import type { TaskValidationError } from 'rxjs-task-status';
import { PageHeading } from '../ui/page-heading';

/** Shown for a 422. */
@Component({
  selector: 'app-invalid-task',
  imports: [PageHeading, RouterLink],
  template: `
    <p class="code" aria-hidden="true">422</p>
    <h1 appPageHeading>This is not a valid task id</h1>
    <p>
      The service rejected <code>{{ error().taskId }}</code>:
    </p>
    <ul>
      @for (issue of error().issues; track issue) {
        <li>
          {{ issue.msg }} <code>{{ issue.loc.join('.') }}</code>
        </li>
      } @empty {
        <li>{{ error().detail }}</li>
      }
    </ul>
    <p class="actions"><a class="button" routerLink="/">All tasks</a></p>
  `,
  styleUrl: './problem.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class InvalidTask {
  readonly error = input.required<TaskValidationError>();
}
