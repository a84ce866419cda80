import { ChangeDetectionStrategy, Component, computed, inject, input } from '@angular/core';
import { RouterLink } from '@angular/router';
import { Clock } from '../clock';
import { Connection } from '../connection';
import { TaskBoard } from '../task-board';
import type { TaskRow } from '../task-row';
import { Duration } from '../ui/duration';
import { StatusBadge } from '../ui/status-badge';

@Component({
  selector: '[appBoardRow]',
  imports: [Duration, RouterLink, StatusBadge],
  templateUrl: './board-row.html',
  styleUrl: './board-row.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class BoardRow {
  private readonly board = inject(TaskBoard);
  private readonly connection = inject(Connection);
  protected readonly clock = inject(Clock);

  readonly row = input.required<TaskRow>();

  protected readonly canStop = computed(
    () => !this.row().hasEnded() && this.row().state() !== 'waiting',
  );
  protected readonly next = computed(() => {
    if (this.row().hasEnded()) return '–';
    if (this.connection.paused()) return 'paused';
    const at = this.row().nextPoll();
    if (at === undefined) return 'queued';
    const seconds = Math.ceil((at - this.clock.now()) / 1_000);
    return seconds > 0 ? `in ${seconds} s` : 'now';
  });

  protected stop(): void {
    this.board.stop(this.row());
  }
}
