import { BehaviorSubject, combineLatest, distinctUntilChanged, map, shareReplay } from 'rxjs';
import { whileHidden, whileOffline, type TaskStatusOptions } from 'rxjs-task-status';

/** Whether the reader holds updates, with the button in the header. */
export const heldByReader$ = new BehaviorSubject(false);

/** Whether nothing is asked for. One set of listeners, however many tasks are watched. */
export const held$ = combineLatest([whileHidden(), whileOffline(), heldByReader$]).pipe(
  map((reasons) => reasons.includes(true)),
  distinctUntilChanged(),
  shareReplay({ bufferSize: 1, refCount: true }),
);

/** The page asks its own origin, where a proxy adds the API key. */
export const STATUS_API: TaskStatusOptions = {
  baseUrl: new URL('api/v1', document.baseURI),
  // a reader can wait a little, and there are hundreds of tasks
  backoff: { initialDelay: 3_000, maxDelay: 15_000 },
  pauseWhile: held$,
};
