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

/** Watches a task with `source`: `taskStatus$` or `taskPolls$`. */
export type WatchInContext = <V>(
  source: (taskId: string, options: Options) => Observable<V>,
  taskId: string,
  overrides?: Options,
) => Observable<V>;

/**
 * Returns a function whose watches use the current injection context: its `HttpClient`, zone and
 * platform. They complete when it is destroyed.
 *
 * A watch runs outside Angular's zone, and also emits outside.
 */
export function injectWatchInContext(options: Options | undefined): WatchInContext {
  const injected = mergeOptions(inject(PROVIDED_OPTIONS), options);
  checkOptions(injected);
  const zone = inject(NgZone);
  const isServer = isPlatformServer(inject(PLATFORM_ID));
  const pendingTasks = inject(PendingTasks);
  const http = injected.transport || injected.fetch ? undefined : injectHttp(zone);
  const destroyed$ = new ReplaySubject<void>(1);
  inject(DestroyRef).onDestroy(() => destroyed$.next());

  return (source, taskId, overrides) => {
    const options = mergeOptions(injected, overrides);
    checkOptions(options);
    const { fetch, transport, scheduler, ssr, ...rest } = options;
    const send = transport ?? (fetch ? fetchTransport(fetch) : http);
    const watch$ = source(taskId, {
      ...rest,
      scheduler: scheduleOutside(zone, scheduler ?? asyncScheduler),
      transport: send && ((request) => zone.runOutsideAngular(() => send(request))),
      // makes the first request the final poll
      ...(isServer ? { timeout: 0 } : {}),
    });
    if (isServer && ssr !== 'once') return EMPTY;
    return watch$.pipe(
      isServer ? delayResponse(pendingTasks) : identity,
      subscribeOutside(zone),
      takeUntil(destroyed$),
    );
  };
}

function injectHttp(zone: NgZone): StatusTransport {
  // optional: a test may provide only HttpClient
  const backend = inject(HttpBackend, { optional: true });
  const send$ = httpClientTransport(inject(HttpClient), backend);
  return (request) => send$(request).pipe(subscribeOutside(zone));
}

/**
 * Delays the server's response until the watch ends.
 *
 * If the task has not ended by then, the watch completes without a `TaskTimeoutError`: the browser
 * continues it.
 */
function delayResponse<V>(pendingTasks: PendingTasks): MonoTypeOperatorFunction<V> {
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
