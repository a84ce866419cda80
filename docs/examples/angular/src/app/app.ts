import { ChangeDetectionStrategy, Component, effect, inject, signal } from '@angular/core';
import { toSignal } from '@angular/core/rxjs-interop';
import { Router, RouterLink, RouterOutlet } from '@angular/router';
import { Announcer } from './announcer';
import { Connection } from './connection';
import { pausedByUser$ } from './status-api';
import { KeepFocus } from './ui/keep-focus';

@Component({
  selector: 'app-root',
  imports: [KeepFocus, RouterLink, RouterOutlet],
  templateUrl: './app.html',
  styleUrl: './app.css',
  changeDetection: ChangeDetectionStrategy.OnPush,
})
export class App {
  private readonly router = inject(Router);
  protected readonly connection = inject(Connection);
  protected readonly announcement = inject(Announcer).text;
  protected readonly pausedByUser = toSignal(pausedByUser$, { requireSync: true });
  protected readonly lookup = signal('');

  constructor() {
    const announcer = inject(Announcer);
    let announced: 'lost' | 'offline' | undefined;
    effect(() => {
      const state = this.connection.state();
      // while paused, nothing is known; and single tasks without an answer are shown in their rows
      if (state === 'paused' || state === announced) return;
      if (state === 'lost' || state === 'offline') {
        announced = state;
        announcer.say(`${this.connection.text()}. The last known statuses are shown.`);
      } else if (announced !== undefined) {
        announcer.say(announced === 'lost' ? 'The tasks get answers again.' : 'Online again.');
        announced = undefined;
      }
    });
  }

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
