import { mergeApplicationConfig } from '@angular/core';
import { provideServerRendering, RenderMode, withRoutes } from '@angular/ssr';
import { provideTaskStatus } from 'rxjs-task-status/angular';
import { appConfig } from './app.config';

export const serverConfig = mergeApplicationConfig(appConfig, {
  providers: [
    provideServerRendering(
      withRoutes([
        {
          path: 'prerendered/:ssr/:taskId',
          renderMode: RenderMode.Prerender,
          getPrerenderParams: async () =>
            ['never', 'once'].map((ssr) => ({ ssr, taskId: 'task_1' })),
        },
        { path: '**', renderMode: RenderMode.Server },
      ]),
    ),
    provideTaskStatus({
      // as in the browser, so that a transfer cache would be noticed; there is no such server in a build
      baseUrl: process.env['TASK_API'] ?? `http://localhost:${process.env['PORT'] ?? 4000}/api/v1`,
      // a key only if the server polls the API itself
      ...(process.env['TASK_KEY'] && { apiKey: () => process.env['TASK_KEY'] ?? '' }),
      // a build on a loaded machine
      ...(process.env['TASK_TIMEOUT'] && { requestTimeout: Number(process.env['TASK_TIMEOUT']) }),
      ssr: process.env['TASK_SSR'] === 'once' ? 'once' : 'never',
    }),
  ],
});
