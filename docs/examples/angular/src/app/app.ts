import { Component, computed, inject, signal } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { Router, RouterLink, RouterOutlet } from '@angular/router';
import { whileOffline } from 'rxjs-task-status';
import { pausedByUser$ } from './status-api';
import { TaskBoard } from './task-board';

@Component({
  selector: 'app-root',
  imports: [RouterLink, RouterOutlet],
  templateUrl: './app.html',
  styleUrl: './app.css',
})
export class App {
  private readonly router = inject(Router);
  private readonly board = inject(TaskBoard);
  protected readonly stats = this.board.stats;
  protected readonly pausedByUser = toSignal(pausedByUser$, { requireSync: true });
  private readonly offline = toSignal(whileOffline(), { requireSync: true });
  protected readonly mode = computed(() =>
    this.offline() ? 'Offline' : this.board.paused() ? 'Paused' : 'Live',
  );
  protected readonly lookup = signal('');

  protected togglePause(): void {
    pausedByUser$.next(!pausedByUser$.value);
  }

  protected find(event: Event): void {
    event.preventDefault();
    const taskId = this.lookup().trim();
    if (taskId !== '') void this.router.navigate(['/tasks', taskId]);
  }

  protected typed(event: Event): void {
    if (event.target instanceof HTMLInputElement) this.lookup.set(event.target.value);
  }
}
