import { isPlatformServer } from '@angular/common';
import { Component, inject, PLATFORM_ID, signal } from '@angular/core';
import { firstValueFrom } from 'rxjs';
import { injectTaskStatus } from 'rxjs-task-status/angular';
import { pageOptions } from './page-options';

/** Awaits the first status. On the server it also prints what became of it. */
@Component({
  selector: 'app-pending',
  template: `<p data-record="promise">{{ shown() }}</p>`,
})
export class Pending {
  protected readonly shown = signal('pending');

  constructor() {
    const { taskId, ssr } = pageOptions();
    const status$ = injectTaskStatus({ ssr })(taskId);
    const prints = isPlatformServer(inject(PLATFORM_ID));
    const report = (outcome: string): void => {
      if (prints) console.log(`${taskId} ${outcome}`);
    };
    firstValueFrom(status$).then(
      (status) => {
        this.shown.set(status);
        report(`resolved with ${status}`);
      },
      (error: unknown) => {
        const { name } = error as Error;
        this.shown.set(name);
        report(`rejected with ${name}`);
      },
    );
    firstValueFrom(status$, { defaultValue: 'none' }).then(
      (status) => report(`with a default resolved with ${status}`),
      () => report('with a default rejected'),
    );
  }
}
