import { Component, computed, inject, input } from '@angular/core';
import { RouterLink } from '@angular/router';
import { Clock } from '../clock';
import { TaskBoard } from '../task-board';
import type { TaskRow } from '../task-row';
import { Duration } from '../ui/duration';
import { StatusBadge } from '../ui/status-badge';

@Component({
  selector: 'tr[appBoardRow]',
  imports: [Duration, RouterLink, StatusBadge],
  template: `
    <th scope="row">
      <a [routerLink]="['/tasks', row().task.id]">{{ row().task.title }}</a>
      <span class="place"
        >{{ row().task.place }} · <code>{{ row().task.id }}</code></span
      >
    </th>
    <td>
      <app-status-badge [state]="row().state()" />
      @if (row().trouble(); as trouble) {
        <span class="trouble">{{ trouble }}</span>
      }
    </td>
    <td class="number" data-label="For">{{ clock.now() - row().since() | duration }}</td>
    <td class="number" data-label="Next">{{ next() }}</td>
  `,
  styleUrl: './board-row.css',
})
export class BoardRow {
  readonly row = input.required<TaskRow>();

  protected readonly clock = inject(Clock);
  private readonly paused = inject(TaskBoard).paused;

  protected readonly next = computed(() => {
    if (this.row().ended()) return '–';
    if (this.paused()) return 'paused';
    const at = this.row().nextPoll();
    if (at === undefined) return 'queued';
    const seconds = Math.ceil((at - this.clock.now()) / 1_000);
    return seconds > 0 ? `in ${seconds} s` : 'now';
  });
}
