import type { ApplicationConfig } from '@angular/core';
import { provideClientHydration, withIncrementalHydration } from '@angular/platform-browser';
import { provideRouter } from '@angular/router';
import { provideTaskStatus } from 'rxjs-task-status/angular';
import { routes } from './app.routes';
import { platform } from './platform';

export const appConfig: ApplicationConfig = {
  providers: [
    ...platform,
    provideRouter(routes),
    provideClientHydration(withIncrementalHydration()),
    provideTaskStatus({
      baseUrl: `${typeof location === 'object' ? location.origin : 'http://localhost'}/api/v1`,
      backoff: { initialDelay: 300, maxDelay: 300 },
    }),
  ],
};
