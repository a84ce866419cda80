import { takeUntil, tap, timer, NEVER, VirtualTimeScheduler } from 'rxjs';
import { HttpStatusError, isTaskStatusError, type TaskStatus, toStatus } from 'rxjs-task-status';
import { begin, type Scene } from './scenes.js';

/** What happened in a scene. Times are ms. */
export interface Recording {
  readonly requests: readonly RecordedRequest[];
  readonly emissions: readonly (readonly [at: number, status: TaskStatus])[];
  readonly end: { readonly at: number; readonly how: 'complete' | 'left' | (string & {}) };
}

/** A request from when it left until it was answered, or given up. */
interface RecordedRequest {
  readonly from: number;
  to: number;
  /** The status, or the code of the failure; absent where no answer was waited for. */
  answer?: string;
  failed?: boolean;
}

/** Plays a scene in virtual time and takes down what happened. */
export function record(scene: Scene): Recording {
  const scheduler = new VirtualTimeScheduler();
  const { polls$, requests } = begin(scene, scheduler);
  const answered: RecordedRequest[] = [];
  const emissions: [number, TaskStatus][] = [];
  let end = { at: 0, how: 'left' };
  const ended = (how: string) => (end = { at: scheduler.now(), how });
  const leaves$ = scene.leavesAt === undefined ? NEVER : timer(scene.leavesAt, scheduler);
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
      takeUntil(leaves$.pipe(tap(() => ended('left')))),
    )
    .subscribe({
      next: (status) => emissions.push([scheduler.now(), status]),
      error: (error: unknown) => ended(isTaskStatusError(error) ? error.name : String(error)),
      complete: () => {
        if (scheduler.now() !== scene.leavesAt) ended('complete');
      },
    });
  scheduler.flush();
  const cut = requests
    .slice(answered.length)
    .map(({ at }): RecordedRequest => ({ from: at, to: end.at }));
  return { requests: [...answered, ...cut], emissions, end };
}
