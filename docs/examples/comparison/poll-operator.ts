// #region recipe
import { distinctUntilChanged, fromEvent, map, NEVER, of, repeat, retry, startWith } from 'rxjs';
import { switchMap, takeUntil, takeWhile, timeout, timer } from 'rxjs';
import type { MonoTypeOperatorFunction, Observable } from 'rxjs';
import { fromFetch } from 'rxjs/fetch';

import { hasEnded, readStatus } from './read-status.js';
import type { Settings } from './settings.js';

interface PollOptions<T> {
  /** The delay after a value, ms. */
  readonly delay: number | ((value: T | undefined) => number);
  /** The delay after an error, ms. `retries` counts the errors in a row, from 1. */
  readonly retryDelay: (retries: number) => number;
  readonly retries: number;
  readonly pauseWhenHidden?: boolean;
}

/** Subscribes to the source again and again, as long as the page is visible. */
function poll<T>(options: PollOptions<T>): MonoTypeOperatorFunction<T> {
  const { delay, retryDelay, retries: count, pauseWhenHidden = true } = options;
  return (source) => {
    let value: T | undefined;
    const polls$ = source.pipe(
      map((emitted) => (value = emitted)),
      retry({ count, delay: (_, retries) => timer(retryDelay(retries)), resetOnSuccess: true }),
      repeat({ delay: () => timer(typeof delay === 'number' ? delay : delay(value)) }),
    );
    const hidden$ = pauseWhenHidden ? pageHidden() : of(false);
    return hidden$.pipe(switchMap((hidden) => (hidden ? NEVER : polls$)));
  };
}

function pageHidden(): Observable<boolean> {
  if (typeof document === 'undefined') return of(false);
  return fromEvent(document, 'visibilitychange').pipe(
    startWith(undefined),
    map(() => document.visibilityState === 'hidden'),
    distinctUntilChanged(),
  );
}

export function status$(taskId: string, settings: Settings): Observable<string> {
  const { baseUrl, apiKey, interval, requestTimeout, deadline } = settings;
  return fromFetch(`${baseUrl}/task/${encodeURIComponent(taskId)}/status`, {
    headers: { Authorization: `Bearer ${apiKey}` },
    selector: readStatus,
  }).pipe(
    timeout(requestTimeout),
    poll({
      delay: interval,
      retryDelay: (retries) => interval * 2 ** (retries - 1),
      retries: 3,
    }),
    distinctUntilChanged(),
    takeWhile((status) => !hasEnded(status), true),
    takeUntil(timer(deadline)),
  );
}
// #endregion
