import { from, Observable, type ObservableInput, type Unsubscribable } from 'rxjs';

import { isObject, show } from '../api/guards.js';

/** A way to wait for room: calls back, now or later, once there is. */
type WhenFree = (callback: () => void) => Unsubscribable;

/**
 * The ids of whatever holds them; throws a `TypeError` for what holds none.
 *
 * From a list they come at once. Of an async iterable each is pulled when there is room for it.
 */
export function idsOf(taskIds: ObservableInput<string>, whenFree: WhenFree): Observable<string> {
  const ids$ = listed(taskIds);
  return isAsyncIterable(taskIds) ? pulled(taskIds, whenFree) : ids$;
}

function listed(taskIds: ObservableInput<string>): Observable<string> {
  try {
    // a string would be taken for its letters
    if (isObject(taskIds)) return from(taskIds);
  } catch {
    // RxJS knows no way to subscribe to it
  }
  throw new TypeError(
    `taskIds must be a list, an Observable or the like of ids, got ${show(taskIds)}`,
  );
}

/** Whether ids must be waited for one by one; an Observable may be an async iterable as well. */
function isAsyncIterable(ids: ObservableInput<string>): ids is AsyncIterable<string> {
  return Symbol.asyncIterator in ids && !('subscribe' in ids);
}

function pulled(ids: AsyncIterable<string>, whenFree: WhenFree): Observable<string> {
  return new Observable((subscriber) => {
    const iterator = ids[Symbol.asyncIterator]();
    let exhausted = false;
    let hope: Unsubscribable | undefined;
    const pull = async (): Promise<void> => {
      try {
        const next = await iterator.next();
        if (next.done) {
          exhausted = true;
          subscriber.complete();
        } else {
          subscriber.next(next.value);
          if (!subscriber.closed) hope = whenFree(() => void pull());
        }
      } catch (error) {
        exhausted = true;
        subscriber.error(error);
      }
    };
    const close = async (): Promise<void> => {
      // Stryker disable next-line OptionalChaining: nobody is told of what is thrown here
      if (!exhausted) await iterator.return?.();
    };
    subscriber.add(() => {
      hope?.unsubscribe();
      // it has nothing to tell any more, not even a failure
      close().catch(() => undefined);
    });
    hope = whenFree(() => void pull());
  });
}
