import { Observable } from 'rxjs';
import type { Notifier } from 'rxjs-task-status';

import { hasMethod } from '../api/guards.js';

/** Emits when either of them emits. Errors with the notifier, and never completes. */
export function mergeNotifiers(
  notifier: Notifier<unknown> | undefined,
  events$: Observable<unknown>,
): Observable<unknown> {
  if (!notifier) return events$;
  return new Observable((subscriber) => {
    const observer = {
      next: () => subscriber.next(undefined),
      error: (reason: unknown) => subscriber.error(reason),
      complete: () => undefined,
    };
    subscriber.add(events$.subscribe(observer));
    const controller = new AbortController();
    subscriber.add(() => controller.abort());
    const subscription = notifier.subscribe(observer, { signal: controller.signal });
    if (hasMethod(subscription, 'unsubscribe')) subscriber.add(() => subscription.unsubscribe());
  });
}
