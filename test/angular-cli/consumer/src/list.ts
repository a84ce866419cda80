import { Component, inject, input } from '@angular/core';
import { ActivatedRoute } from '@angular/router';
import { taskStatusResource } from 'rxjs-task-status/angular';
import { pageOptions } from './page-options';

@Component({
  selector: 'app-row',
  template: `<span class="row" [class.ended]="task.value() === 'finished'">{{
    task.value() ?? task.error()?.name ?? 'loading'
  }}</span>`,
})
export class Row {
  readonly taskId = input.required<string>();
  protected readonly task = taskStatusResource(() => this.taskId(), { ssr: pageOptions().ssr });
}

/** A list of `:count` tasks. */
@Component({
  selector: 'app-list',
  imports: [Row],
  template: `
    @for (taskId of taskIds; track taskId) {
      <app-row [taskId]="taskId" />
    }
  `,
})
export class List {
  private readonly count = Number(inject(ActivatedRoute).snapshot.paramMap.get('count'));
  protected readonly taskIds = Array.from({ length: this.count }, (_, index) => `task_${index}`);
}
