import { isPlatformServer } from '@angular/common';
import { HttpBackend, HttpClient } from '@angular/common/http';
import { DestroyRef, inject, NgZone, PendingTasks, PLATFORM_ID } from '@angular/core';
import {
  asyncScheduler,
  catchError,
  defer,
  EMPTY,
  finalize,
  identity,
  ReplaySubject,
  takeUntil,
  throwError,
  type MonoTypeOperatorFunction,
  type Observable,
} from 'rxjs';
import {
  fetchTransport,
  mergeOptions,
  TaskTimeoutError,
  type StatusTransport,
} from 'rxjs-task-status';

import { httpClientTransport } from './http-client-transport.js';
import {
  checkOptions,
  PROVIDED_OPTIONS,
  type AngularTaskStatusOptions,
} from './provide-task-status.js';
import { scheduleOutside, subscribeOutside } from './zone.js';

type Options = AngularTaskStatusOptions<string>;

/** Watches a task by `source`, which is `taskStatus$` or `taskPolls$`. */
export type WatchInContext = <V>(
  source: (taskId: string, options: Options) => Observable<V>,
  taskId: string,
  overrides?: Options,
) => Observable<V>;

/**
 * Gives watches the places of the present injection context: `HttpClient`, the zone, the platform,
 * and an end.
 *
 * A watch runs outside Angular's zone and emits there.
 */
export function injectWatchInContext(options: Options | undefined): WatchInContext {
  const own = mergeOptions(inject(PROVIDED_OPTIONS), options);
  checkOptions(own);
  const zone = inject(NgZone);
  const server = isPlatformServer(inject(PLATFORM_ID));
  const pendingTasks = inject(PendingTasks);
  const http = own.transport || own.fetch ? undefined : injectHttp(zone);
  const destroyed$ = new ReplaySubject<void>(1);
  inject(DestroyRef).onDestroy(() => destroyed$.next());

  return (source, taskId, overrides) => {
    const options = mergeOptions(own, overrides);
    checkOptions(options);
    const { fetch, transport, scheduler, ssr, ...rest } = options;
    const send = transport ?? (fetch ? fetchTransport(fetch) : http);
    const watch$ = source(taskId, {
      ...rest,
      scheduler: scheduleOutside(zone, scheduler ?? asyncScheduler),
      transport: send && ((request) => zone.runOutsideAngular(() => send(request))),
      // the first request is the last look
      ...(server ? { timeout: 0 } : {}),
    });
    if (server && ssr !== 'once') return EMPTY;
    return watch$.pipe(
      server ? holdResponse(pendingTasks) : identity,
      subscribeOutside(zone),
      takeUntil(destroyed$),
    );
  };
}

function injectHttp(zone: NgZone): StatusTransport {
  // absent where a test provides a client alone
  const backend = inject(HttpBackend, { optional: true });
  const ask$ = httpClientTransport(inject(HttpClient), backend);
  return (request) => ask$(request).pipe(subscribeOutside(zone));
}

/** Rendering waits for the watch; where one look has brought no end, it goes on in the browser. */
function holdResponse<V>(pendingTasks: PendingTasks): MonoTypeOperatorFunction<V> {
  return (watch$) =>
    defer(() => {
      const release = pendingTasks.add();
      return watch$.pipe(
        catchError((error: unknown) =>
          error instanceof TaskTimeoutError ? EMPTY : throwError(() => error),
        ),
        finalize(release),
      );
    });
}
