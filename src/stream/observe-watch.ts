import { Observable, type Subscriber } from 'rxjs';

import type { ResolvedOptions } from '../watch/resolve-options.js';
import { Watch, type WatchObserver } from '../watch/watch.js';
import { iterable, type IterableObservable } from './iterable.js';

/**
 * An Observable that starts an independent watch for each subscription.
 *
 * @param observerOf creates the observer that passes the watch's events on to a subscriber
 */
export function observeWatch<S extends string, D, V>(
  taskId: string,
  options: ResolvedOptions<S, D>,
  observerOf: (subscriber: Subscriber<V>) => WatchObserver<S, D>,
): IterableObservable<V> {
  const watch$ = new Observable<V>((subscriber) => {
    const watch = new Watch(taskId, options, observerOf(subscriber));
    // before start(): the subscriber may unsubscribe inside it
    subscriber.add(watch);
    watch.start();
  });
  return iterable(watch$);
}
