import { Observable, type ObservableInput, type Unsubscribable } from 'rxjs';

/**
 * What an async iterable gives, each element pulled when there is room for it.
 *
 * @param whenFree calls back, now or later, once there is
 */
export function pullIds(
  ids: AsyncIterable<string>,
  whenFree: (callback: () => void) => Unsubscribable,
): Observable<string> {
  return new Observable((subscriber) => {
    const iterator = ids[Symbol.asyncIterator]();
    let exhausted = false;
    let hope: Unsubscribable | undefined;
    const pull = async (): Promise<void> => {
      try {
        const pulled = await iterator.next();
        if (pulled.done) {
          exhausted = true;
          subscriber.complete();
        } else {
          subscriber.next(pulled.value);
          if (!subscriber.closed) hope = whenFree(() => void pull());
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
      hope?.unsubscribe();
      // it has nothing to tell any more, not even a failure
      close().catch(() => undefined);
    });
    hope = whenFree(() => void pull());
  });
}

/** Whether ids must be waited for one by one, and can be. */
export function isAsyncIterable(ids: ObservableInput<string>): ids is AsyncIterable<string> {
  return Symbol.asyncIterator in ids && !(Symbol.iterator in ids) && !('subscribe' in ids);
}
