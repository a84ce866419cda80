import { BehaviorSubject, combineLatest, distinctUntilChanged, map, shareReplay } from 'rxjs';
import { whileHidden, whileOffline } from 'rxjs-task-status';
import type { ProvidedTaskStatusOptions } from 'rxjs-task-status/angular';

/** Whether the user has paused updates, with the button in the header. */
export const pausedByUser$ = new BehaviorSubject(false);

/** Whether polling is paused. All watches share one set of listeners. */
export const paused$ = combineLatest([whileHidden(), whileOffline(), pausedByUser$]).pipe(
  map((reasons) => reasons.includes(true)),
  distinctUntilChanged(),
  shareReplay({ bufferSize: 1, refCount: true }),
);

/** Requests go to the origin of the page, where a proxy adds the API key. */
export const STATUS_API: ProvidedTaskStatusOptions = {
  baseUrl: new URL('api/v1', document.baseURI),
  // longer than the defaults: there are hundreds of tasks, and a short delay is acceptable
  backoff: { initialDelay: 3_000, maxDelay: 15_000 },
  pauseWhile: paused$,
  // of all tasks together: thousands start without a burst
  maxConcurrent: 6,
};
