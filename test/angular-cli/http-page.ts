import type * as Http from '@angular/common/http';
import type * as Core from '@angular/core';
import type * as Platform from '@angular/platform-browser';
import type * as Library from 'rxjs-task-status';
import type { TaskStatusOptions } from 'rxjs-task-status';
import type * as AngularLibrary from 'rxjs-task-status/angular';
import { collect, type Report } from '../http/collect.js';
import { httpSuite, type Check, type Ground } from '../http/suite.js';

/** What the page has installed. */
export interface Installed {
  readonly http: typeof Http;
  readonly core: typeof Core;
  readonly platform: typeof Platform;
  readonly library: typeof Library;
  readonly angularLibrary: typeof AngularLibrary;
}

export type Backend = 'FetchBackend' | 'HttpXhrBackend';

/**
 * The shared HTTP checks in a page, every request of the library over Angular's HttpClient.
 *
 * @param left the names of the checks that are left out
 */
export async function runHttpSuite(
  { http, core, platform, library, angularLibrary }: Installed,
  name: Backend,
  ground: Omit<Ground, 'library' | 'ask' | 'fetch'>,
  left: readonly string[],
): Promise<Report & { readonly left: readonly string[] }> {
  const backend = http[name];
  const { injector } = await platform.createApplication({
    providers: [
      core.provideZonelessChangeDetection(),
      http.provideHttpClient(),
      backend,
      { provide: http.HttpBackend, useExisting: backend },
    ],
  });
  const transport = angularLibrary.httpClientTransport(
    injector.get(http.HttpClient),
    injector.get(http.HttpBackend),
  );
  // a check that brings a fetch of its own is about that
  const over = (options: TaskStatusOptions = {}): TaskStatusOptions =>
    options.fetch ? options : { ...options, transport };
  const { check, run } = collect();
  const leftOut: string[] = [];
  const choose: Check = (title, ...rest) => {
    if (left.includes(title)) leftOut.push(title);
    else check(title, ...rest);
  };
  httpSuite(choose, {
    ...ground,
    library: {
      ...library,
      taskStatus$: (taskId: string, options?: TaskStatusOptions) =>
        library.taskStatus$(taskId, over(options)),
      taskPolls$: (taskId: string, options?: TaskStatusOptions) =>
        library.taskPolls$(taskId, over(options)),
    } as typeof Library,
    ask: async (path, body) => {
      const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
      return (await (await fetch(ground.origin + path, init)).json()) as unknown;
    },
  });
  return { ...(await run()), left: leftOut };
}
