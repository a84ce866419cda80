import type * as Http from '@angular/common/http';
import type * as Core from '@angular/core';
import type * as Platform from '@angular/platform-browser';
import type * as Library from 'rxjs-task-status';
import type { TaskStatusOptions } from 'rxjs-task-status';
import type * as AngularLibrary from 'rxjs-task-status/angular';
import { collect, type Report } from '../http/collect.js';
import { httpSuite, type Check, type Fixture } from '../http/suite.js';

/** The modules that the page has loaded. */
export interface Installed {
  readonly http: typeof Http;
  readonly core: typeof Core;
  readonly platform: typeof Platform;
  readonly library: typeof Library;
  readonly angularLibrary: typeof AngularLibrary;
}

export type Backend = 'FetchBackend' | 'HttpXhrBackend';

/**
 * Runs the shared HTTP checks in a page, with every request over Angular's HttpClient.
 *
 * @param excluded the names of the checks that do not run
 */
export async function runHttpSuite(
  { http, core, platform, library, angularLibrary }: Installed,
  name: Backend,
  fixture: Omit<Fixture, 'library' | 'control' | 'fetch'>,
  excluded: readonly string[],
): Promise<Report & { readonly excluded: readonly string[] }> {
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
  // a check with a custom fetch tests that fetch
  const over = (options: TaskStatusOptions = {}): TaskStatusOptions =>
    options.fetch ? options : { ...options, transport };
  const { check, run } = collect();
  const leftOut: string[] = [];
  const choose: Check = (title, ...rest) => {
    if (excluded.includes(title)) leftOut.push(title);
    else check(title, ...rest);
  };
  httpSuite(choose, {
    ...fixture,
    library: {
      ...library,
      taskStatus$: (taskId: string, options?: TaskStatusOptions) =>
        library.taskStatus$(taskId, over(options)),
      taskPolls$: (taskId: string, options?: TaskStatusOptions) =>
        library.taskPolls$(taskId, over(options)),
    } as typeof Library,
    control: async (path, body) => {
      const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
      return (await (await fetch(fixture.origin + path, init)).json()) as unknown;
    },
  });
  return { ...(await run()), excluded: leftOut };
}
