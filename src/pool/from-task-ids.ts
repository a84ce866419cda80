import { defer, from, Observable, type ObservableInput, type Unsubscribable } from 'rxjs';

import { isObject, show } from '../api/guards.js';

/** Calls back once, now or later, when another request can start. */
type OnCapacity = (callback: () => void) => Unsubscribable;

/**
 * Converts a source of task ids to an Observable.
 *
 * An array emits all its ids at once, without duplicates. From an async iterable, the next id is pulled
 * when another request can start.
 *
 * @throws TypeError for anything that cannot contain ids
 */
export function fromTaskIds(
  taskIds: ObservableInput<string>,
  onCapacity: OnCapacity,
): Observable<string> {
  const ids$ = fromInput(taskIds);
  return isAsyncIterable(taskIds) ? pullFrom(taskIds, onCapacity) : ids$;
}

function fromInput(taskIds: ObservableInput<string>): Observable<string> {
  try {
    if (Array.isArray(taskIds)) return defer(() => new Set<string>(taskIds));
    // a string would be split into letters
    if (isObject(taskIds)) return from(taskIds);
  } catch {
    // RxJS cannot subscribe to it
  }
  throw new TypeError(
    `taskIds must be an array, an iterable, a promise or an Observable of task ids, got ${show(taskIds)}`,
  );
}

/** Excludes Observables, which are subscribed to even if they are async iterables. */
function isAsyncIterable(ids: ObservableInput<string>): ids is AsyncIterable<string> {
  return Symbol.asyncIterator in ids && !('subscribe' in ids);
}

function pullFrom(ids: AsyncIterable<string>, onCapacity: OnCapacity): Observable<string> {
  return new Observable((subscriber) => {
    const iterator = ids[Symbol.asyncIterator]();
    let exhausted = false;
    let waiter: Unsubscribable | undefined;
    const pull = async (): Promise<void> => {
      try {
        const next = await iterator.next();
        if (next.done) {
          exhausted = true;
          subscriber.complete();
        } else {
          subscriber.next(next.value);
          if (!subscriber.closed) waiter = onCapacity(() => void pull());
        }
      } catch (error) {
        exhausted = true;
        subscriber.error(error);
      }
    };
    const close = async (): Promise<void> => {
      if (!exhausted) await iterator.return?.();
    };
    subscriber.add(() => {
      waiter?.unsubscribe();
      // the subscriber is gone, so nobody can handle a failure
      close().catch(() => undefined);
    });
    waiter = onCapacity(() => void pull());
  });
}
