import {
  DestroyRef,
  inject,
  InjectionToken,
  Injector,
  makeEnvironmentProviders,
  NgZone,
  type EnvironmentProviders,
} from '@angular/core';
import { asyncScheduler } from 'rxjs';
import { createTaskStatusPool, type TaskStatus } from 'rxjs-task-status';

import { bindApiKey, checkOptions } from './check-options.js';
import type { AngularTaskStatusOptions, ProvidedTaskStatusOptions } from './options.js';
import { TaskPools } from './task-pools.js';
import { scheduleOutside, ZoneBorder } from './zone.js';

/** What `provideTaskStatus` provides. */
export interface Provided {
  readonly options: AngularTaskStatusOptions<string>;
  readonly pools: TaskPools;
  readonly border: ZoneBorder;
}

/** The options that `provideTaskStatus` was called with, and the pool of the watches. */
export const PROVIDED = /* @__PURE__ */ new InjectionToken<Provided>('rxjs-task-status', {
  factory: () => createProvided({}),
});

type Given = ProvidedTaskStatusOptions<string>;

/**
 * Provides the options of `injectTaskStatus`, `injectTaskPolls` and `taskStatusResource`, and the pool
 * that they share.
 *
 * Requests are sent over `HttpClient` unless `transport` or `fetch` is given. A relative `baseUrl` is
 * resolved against the page, on the server against the URL of the request. The pool is closed when the
 * application is destroyed, or the route whose providers this is among.
 *
 * @param options see `TaskStatusOptions`; all optional. Or a function that returns them: it runs in the
 * injection context, when the first watch is created
 * @throws TypeError or RangeError at the call, for an option that is not valid; with a function, when
 * the first watch is created
 *
 * @example
 * bootstrapApplication(App, {
 *   providers: [
 *     provideHttpClient(withFetch()),
 *     // your own proxy, which adds the API key: a key in a browser is public
 *     provideTaskStatus({ baseUrl: '/api/v1' }),
 *     // or: provideTaskStatus(() => ({ baseUrl: inject(Settings).apiUrl }))
 *   ],
 * });
 */
export function provideTaskStatus<S extends string = TaskStatus, D = unknown>(
  options?: ProvidedTaskStatusOptions<S, D> | (() => ProvidedTaskStatusOptions<S, D>),
): EnvironmentProviders;
export function provideTaskStatus(options: Given | (() => Given) = {}): EnvironmentProviders {
  if (typeof options !== 'function') checkProvided(options);
  const useFactory = (): Provided =>
    createProvided(typeof options === 'function' ? options() : options);
  return makeEnvironmentProviders([{ provide: PROVIDED, useFactory }]);
}

function checkProvided(options: Given): void {
  checkOptions(options);
  createTaskStatusPool({ maxConcurrent: options.maxConcurrent });
}

function createProvided(given: Given): Provided {
  checkProvided(given);
  const { maxConcurrent, ...options } = given;
  const zone = inject(NgZone);
  const pools = new TaskPools(({ scheduler = asyncScheduler }) => ({
    maxConcurrent,
    retry: options.retry,
    scheduler: scheduleOutside(zone, scheduler),
  }));
  inject(DestroyRef).onDestroy(() => pools.close());
  return {
    options: bindApiKey(options, inject(Injector)),
    pools,
    border: new ZoneBorder(zone),
  };
}
