import { Component, signal } from '@angular/core';
import { taskStatusResource } from 'rxjs-task-status/angular';

/** Shows the status of a task, and a button that polls it. */
@Component({
  selector: 'app-task-badge',
  template: `
    @if (task.error(); as error) {
      <p role="alert">{{ error.message }}</p>
    }
    @if (task.hasValue()) {
      <p role="status">{{ task.value() }}</p>
    } @else if (task.isLoading()) {
      <p role="status">loading</p>
    }
    <button type="button" (click)="task.reload()">Refresh</button>
  `,
})
export class TaskBadge {
  readonly taskId = signal<string | undefined>(undefined);
  readonly task = taskStatusResource(this.taskId);
}
