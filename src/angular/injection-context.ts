import { isPlatformServer, PlatformLocation } from '@angular/common';
import { HttpBackend, HttpClient } from '@angular/common/http';
import {
  DestroyRef,
  inject,
  Injector,
  NgZone,
  PendingTasks,
  PLATFORM_ID,
  TransferState,
} from '@angular/core';
import {
  asyncScheduler,
  concat,
  concatWith,
  defaultIfEmpty,
  defer,
  EMPTY,
  finalize,
  mergeMap,
  NEVER,
  of,
  ReplaySubject,
  takeUntil,
  tap,
  throwError,
  type Observable,
} from 'rxjs';
import {
  fetchTransport,
  type StatusTransport,
  type TaskPoll,
  type TaskStatusOptions,
} from 'rxjs-task-status';

import { checkOptions, mergeBound, withAbsoluteUrl } from './check-options.js';
import { ErrorReplays } from './error-replays.js';
import { httpClientTransport } from './http-client-transport.js';
import type { AngularTaskStatusOptions } from './options.js';
import { onceOptions, pollOnce } from './poll-once.js';
import { PROVIDED } from './provide-task-status.js';
import type { WatchKey } from './task-pools.js';
import { TransferredPolls, type ServerPoll } from './transferred-polls.js';
import { scheduleOutside, subscribeOutside, type ZoneBorder } from './zone.js';

type Options = AngularTaskStatusOptions<string>;
type Poll = TaskPoll<string>;

/** The watches of an injection context. They complete when it is destroyed. */
export interface Watches {
  readonly isServer: boolean;
  readonly border: ZoneBorder;
  /**
   * The polls of a task, first those that the HTML contains. Runs in the zone of the subscriber.
   *
   * @throws TypeError or RangeError at the call, for a task id or an option that is not valid
   */
  readonly polls$: (taskId: string, overrides?: Options) => Observable<Poll>;
  /** The same without what the HTML contains. Each emission of `pollNow$` polls now. */
  readonly livePolls$: (taskId: string, pollNow$: Observable<void>) => Observable<Poll>;
  /** What the HTML contains about a task. */
  readonly transferred: (taskId: string) => ServerPoll | undefined;
}

/**
 * Returns the watches of the current injection context: they use its `HttpClient`, zone and platform, and
 * the pool of its application.
 */
export function injectWatches(options: Options | undefined): Watches {
  const { options: provided, pools, border } = inject(PROVIDED);
  const injector = inject(Injector);
  const injected = mergeBound(provided, options, injector);
  checkOptions(injected);
  const zone = inject(NgZone);
  const isServer = isPlatformServer(inject(PLATFORM_ID));
  const location = inject(PlatformLocation);
  const pendingTasks = inject(PendingTasks);
  const transferred = new TransferredPolls(inject(TransferState));
  const http = injected.transport || injected.fetch ? undefined : inject(HttpClient);
  // optional: a test may provide only HttpClient
  const backend = inject(HttpBackend, { optional: true });
  const destroyed$ = new ReplaySubject<void>(1);
  inject(DestroyRef).onDestroy(() => destroyed$.next());
  const errorReplays = new ErrorReplays();

  /** The options of the watch itself, for a pool. */
  function watchOptions(options: Options): TaskStatusOptions<string> {
    const { fetch, transport, scheduler, context, ...rest } = withAbsoluteUrl(
      options,
      location.href,
    );
    const send = transport ?? (fetch ? fetchTransport(fetch) : http && sendWith(http));
    return {
      ...rest,
      scheduler: scheduleOutside(zone, scheduler ?? asyncScheduler),
      transport: send && ((request) => zone.runOutsideAngular(() => send(request))),
    };

    function sendWith(client: HttpClient): StatusTransport {
      const send$ = httpClientTransport(client, backend, context);
      return (request) => send$(request).pipe(subscribeOutside(zone));
    }
  }

  /** The polls in the browser, and what follows from them for later watches. */
  function browserPolls$(
    taskId: string,
    options: Options,
    pollNow$: Observable<void> = NEVER,
  ): Observable<Poll> {
    return pools
      .polls$(taskId, keyOf(options), () => watchOptions(options), pollNow$)
      .pipe(tap((poll) => transferred.update(options.api, poll)));
  }

  /** What the HTML contains, then the polls in the browser. */
  function hydratedPolls$(taskId: string, options: Options): Observable<Poll> {
    return defer(() => {
      const known = transferred.get(taskId, options.api);
      if (!known) return browserPolls$(taskId, options);
      const { poll, error, isTransient } = known;
      if (error !== undefined && !isTransient && errorReplays.take(taskId)) return replay(known);
      if (!poll || error !== undefined) return browserPolls$(taskId, options);
      const { knownStatus } = options;
      const status = poll.status ?? knownStatus;
      const first = { ...poll, changed: status !== knownStatus };
      return concat(of(first), browserPolls$(taskId, { ...options, knownStatus: status }));
    });
  }

  /** The one poll on the server, which the response waits for. */
  function serverPolls$(taskId: string, options: Options): Observable<Poll> {
    if (options.ssr !== 'once') return NEVER;
    return defer(() => {
      const known = transferred.get(taskId, options.api);
      if (known)
        return known.error === undefined || errorReplays.take(taskId) ? replay(known) : NEVER;
      const release = pendingTasks.add();
      const once = (): TaskStatusOptions<string> => onceOptions(watchOptions(options));
      return pollOnce(pools.polls$(taskId, keyOf(options), once, NEVER)).pipe(
        tap((poll) => transferred.set(taskId, options.api, poll)),
        finalize(release),
        defaultIfEmpty(NOTHING),
        mergeMap(replay),
      );
    });
  }

  function keyOf(options: Options): WatchKey {
    return { ...options, http: options.transport || options.fetch ? undefined : http };
  }

  function watch$(
    taskId: string,
    overrides: Options | undefined,
    create$: (options: Options) => Observable<Poll>,
  ): Observable<Poll> {
    const options = mergeBound(injected, overrides, injector);
    checkOptions(options)(taskId);
    return (isServer ? serverPolls$(taskId, options) : create$(options)).pipe(
      takeUntil(destroyed$),
    );
  }

  return {
    isServer,
    border,
    polls$: (taskId, overrides) =>
      watch$(taskId, overrides, (options) => hydratedPolls$(taskId, options)),
    livePolls$: (taskId, pollNow$) =>
      watch$(taskId, undefined, (options) => browserPolls$(taskId, options, pollNow$)),
    transferred: (taskId) => transferred.get(taskId, injected.api),
  };
}

/** There was no request, because polling is paused. */
const NOTHING: ServerPoll = { isTransient: true };

/** Emits the one poll of the server, and ends as its watch did. */
function replay({ poll, error }: ServerPoll): Observable<Poll> {
  const poll$ = poll ? of(poll) : EMPTY;
  const reason: unknown = error;
  if (reason !== undefined) return poll$.pipe(concatWith(throwError((): unknown => reason)));
  // without a status, completion would look like the end of the task
  return poll?.status === undefined ? poll$.pipe(concatWith(NEVER)) : poll$;
}
