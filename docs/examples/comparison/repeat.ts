// #region recipe
import { distinctUntilChanged, repeat, retry, takeUntil, takeWhile, timeout, timer } from 'rxjs';
import type { Observable } from 'rxjs';
import { fromFetch } from 'rxjs/fetch';

import { hasEnded, isPermanent, readStatus } from './read-status.js';
import type { Settings } from './settings.js';

export function status$(taskId: string, settings: Settings): Observable<string> {
  const { baseUrl, apiKey, interval, requestTimeout, deadline } = settings;
  const delay = (error: unknown, retries: number) => {
    if (isPermanent(error)) throw error;
    return timer(interval * 2 ** (retries - 1));
  };
  return fromFetch(`${baseUrl}/task/${encodeURIComponent(taskId)}/status`, {
    headers: { Authorization: `Bearer ${apiKey}` },
    selector: readStatus,
  }).pipe(
    timeout(requestTimeout),
    retry({ count: 5, delay, resetOnSuccess: true }),
    repeat({ delay: interval }),
    distinctUntilChanged(),
    takeWhile((status) => !hasEnded(status), true),
    takeUntil(timer(deadline)),
  );
}
// #endregion
