import { Observable } from 'rxjs';

/**
 * Whether the page is hidden, for the option `pauseWhile`.
 *
 * Emits the present state on subscribe, then changes; outside a page `false`, and completes.
 *
 * @example
 * taskStatus$(id, { pauseWhile: whileHidden() })
 */
export function whileHidden(): Observable<boolean> {
  return stateOf(
    () => (typeof document === 'object' ? document : undefined),
    ({ visibilityState }) => visibilityState === 'hidden',
    'visibilitychange',
  );
}

/**
 * Whether the browser is offline, for the option `pauseWhile`.
 *
 * Emits the present state on subscribe, then changes; outside a browser `false`, and completes.
 *
 * @example
 * // held while hidden or offline
 * const hold$ = combineLatest([whileHidden(), whileOffline()]).pipe(map((states) => states.some(Boolean)));
 * taskStatus$(id, { pauseWhile: hold$ })
 */
export function whileOffline(): Observable<boolean> {
  return stateOf(
    () =>
      typeof navigator === 'object' &&
      typeof navigator.onLine === 'boolean' &&
      typeof addEventListener === 'function'
        ? globalThis
        : undefined,
    () => !navigator.onLine,
    'online',
    'offline',
  );
}

interface Listenable {
  addEventListener(type: string, listener: () => void): void;
  removeEventListener(type: string, listener: () => void): void;
}

function stateOf<T extends Listenable>(
  find: () => T | undefined,
  read: (target: T) => boolean,
  ...events: string[]
): Observable<boolean> {
  return new Observable((subscriber) => {
    const target = find();
    if (!target) {
      subscriber.next(false);
      subscriber.complete();
      return;
    }
    let state = read(target);
    const tell = (): void => {
      if (state === read(target)) return;
      state = !state;
      subscriber.next(state);
    };
    for (const event of events) target.addEventListener(event, tell);
    subscriber.add(() => {
      for (const event of events) target.removeEventListener(event, tell);
    });
    subscriber.next(state);
  });
}
