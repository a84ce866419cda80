import { Observable } from 'rxjs';

/**
 * Whether the page is hidden, for the option `pauseWhile`.
 *
 * Emits the current state on subscribe, then each change. Outside a page it emits `false` and completes.
 * Never errors.
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
 * Emits the current state on subscribe, then each change. Outside a browser it emits `false` and
 * completes. Never errors.
 *
 * @example
 * // paused while hidden or offline
 * const paused$ = combineLatest([whileHidden(), whileOffline()]).pipe(map((states) => states.some(Boolean)));
 * taskStatus$(id, { pauseWhile: paused$ })
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
    const onEvent = (): void => {
      if (state === read(target)) return;
      state = !state;
      subscriber.next(state);
    };
    for (const event of events) target.addEventListener(event, onEvent);
    subscriber.add(() => {
      for (const event of events) target.removeEventListener(event, onEvent);
    });
    subscriber.next(state);
  });
}
