import { mergeApplicationConfig } from '@angular/core';
import { provideServerRendering, RenderMode, withRoutes } from '@angular/ssr';
import { provideTaskStatus } from 'rxjs-task-status/angular';
import { appConfig } from './app.config';

export const serverConfig = mergeApplicationConfig(appConfig, {
  providers: [
    provideServerRendering(withRoutes([{ path: '**', renderMode: RenderMode.Server }])),
    provideTaskStatus({
      // the same URL as in the browser, so that a transfer cache would be noticed
      baseUrl: `http://localhost:${process.env['PORT'] ?? 4000}/api/v1`,
      ssr: process.env['TASK_SSR'] === 'once' ? 'once' : 'never',
    }),
  ],
});
