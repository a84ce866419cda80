import { Observable } from 'rxjs';

import type { ResolvedOptions } from '../watch/resolve-options.js';
import { Watch, type Deliver } from '../watch/watch.js';

/** The Observable whose every subscription is a watch of its own. */
export function observe<S extends string, V>(
  taskId: string,
  options: ResolvedOptions<S>,
  deliver: Deliver<S, V>,
): Observable<V> {
  return new Observable((subscriber) => {
    const watch = new Watch(taskId, options, subscriber, deliver);
    // before start(): the subscriber may unsubscribe inside it
    subscriber.add(watch);
    watch.start();
  });
}
