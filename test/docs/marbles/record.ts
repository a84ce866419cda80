import { takeUntil, tap, timer, NEVER, VirtualTimeScheduler } from 'rxjs';
import { HttpStatusError, isTaskStatusError, type TaskStatus, toStatus } from 'rxjs-task-status';
import { startScene, type Scene } from './scenes.js';

/** What happened in a scene. All times are ms. */
export interface Recording {
  readonly requests: readonly RecordedRequest[];
  readonly emissions: readonly (readonly [at: number, status: TaskStatus])[];
  readonly end: { readonly at: number; readonly how: 'complete' | 'unsubscribed' | (string & {}) };
}

/** A request, from when it was sent until it was answered or aborted. */
interface RecordedRequest {
  readonly from: number;
  to: number;
  /** The status, or the code of the failure; absent if the request was aborted. */
  answer?: string;
  failed?: boolean;
}

/** Runs a scene in virtual time and records what happens. */
export function record(scene: Scene): Recording {
  const scheduler = new VirtualTimeScheduler();
  const { polls$, requests } = startScene(scene, scheduler);
  const answered: RecordedRequest[] = [];
  const emissions: [number, TaskStatus][] = [];
  let end = { at: 0, how: 'unsubscribed' };
  const onEnd = (how: string) => (end = { at: scheduler.now(), how });
  const unsubscribe$ =
    scene.unsubscribesAt === undefined ? NEVER : timer(scene.unsubscribesAt, scheduler);
  polls$
    .pipe(
      tap(({ at, duration, status, error }) =>
        answered.push({
          from: at,
          to: at + duration,
          answer: status ?? (error instanceof HttpStatusError ? `${error.status}` : error.code),
          failed: error !== undefined,
        }),
      ),
      toStatus(),
      takeUntil(unsubscribe$.pipe(tap(() => onEnd('unsubscribed')))),
    )
    .subscribe({
      next: (status) => emissions.push([scheduler.now(), status]),
      error: (error: unknown) => onEnd(isTaskStatusError(error) ? error.name : String(error)),
      complete: () => {
        if (scheduler.now() !== scene.unsubscribesAt) onEnd('complete');
      },
    });
  scheduler.flush();
  const aborted = requests
    .slice(answered.length)
    .map(({ at }): RecordedRequest => ({ from: at, to: end.at }));
  return { requests: [...answered, ...aborted], emissions, end };
}
