import { isPlatformBrowser, PlatformLocation } from '@angular/common';
import { ApplicationRef, Component, inject, PLATFORM_ID, signal } from '@angular/core';
import { RouterOutlet } from '@angular/router';
import { Watching } from './watching';

@Component({
  selector: 'app-root',
  imports: [RouterOutlet, Watching],
  template: `
    <h1>Consumer</h1>
    @if (!isRouted) {
      @if (taskId(); as taskId) {
        <app-watching [taskId]="taskId" />
      } @else {
        <p id="resource">nothing is watched</p>
      }
      <button id="switch" type="button" (click)="taskId.set('task_other')">Switch</button>
      <button id="leave" type="button" (click)="taskId.set('')">Leave</button>
    }
    <router-outlet />
  `,
})
export class App {
  private readonly path = inject(PlatformLocation).pathname.slice(1);
  protected readonly isRouted = this.path.includes('/');
  /** `/task_1` watches `task_1`; `/` watches nothing. */
  protected readonly taskId = signal(this.path);

  constructor() {
    if (!isPlatformBrowser(inject(PLATFORM_ID))) return;
    // for the tests: when the application was stable
    const stability: [boolean, number][] = [];
    Object.assign(window, { stability });
    inject(ApplicationRef).isStable.subscribe((stable) =>
      stability.push([stable, performance.now()]),
    );
  }
}
