import type { ApplicationConfig } from '@angular/core';
import { provideClientHydration } from '@angular/platform-browser';
import { provideRouter } from '@angular/router';
import { provideTaskStatus } from 'rxjs-task-status/angular';
import { platform } from './platform';

export const appConfig: ApplicationConfig = {
  providers: [
    ...platform,
    // one route for every path, because the server renders routes
    provideRouter([{ path: '**', children: [] }]),
    provideClientHydration(),
    provideTaskStatus({
      baseUrl: `${typeof location === 'object' ? location.origin : 'http://localhost'}/api/v1`,
      backoff: { initialDelay: 300, maxDelay: 300 },
    }),
  ],
};
