// #region recipe
import { distinctUntilChanged, filter, map, type Observable } from 'rxjs';
import { type BrowserUseV3Details, taskPolls$, type TaskStatusOptions } from 'rxjs-task-status';

/** A line for each new step of a session, from the details of its polls. */
export function stepLines$<S extends string>(
  sessionId: string,
  options: TaskStatusOptions<S, BrowserUseV3Details>,
): Observable<string> {
  return taskPolls$(sessionId, options).pipe(
    map(({ details }) => details),
    // an attempt that failed has no details
    filter((details) => details !== undefined),
    distinctUntilChanged((previous, { stepCount }) => previous.stepCount === stepCount),
    map(({ stepCount, lastStepSummary }) => `${stepCount ?? 0}. ${lastStepSummary ?? 'Starting'}`),
  );
}
// #endregion

import { browserUseV3 } from 'rxjs-task-status';
import { inMemory } from './in-memory.js';

const session = (status: string, stepCount: number, lastStepSummary?: string) => ({
  status: 200,
  body: JSON.stringify({ status, stepCount, lastStepSummary, isTaskSuccessful: status === 'idle' }),
});
const { print, scheduler, transport } = inMemory({
  session_1: [
    [session('running', 0), 0],
    [session('running', 1, 'Opened the shop'), 2_000],
    [{ status: 503 }, 4_000],
    [session('running', 3, 'Searched for a lamp'), 6_000],
    [session('idle', 4, 'Read the price'), 12_000],
  ],
});
stepLines$('session_1', {
  ...{ api: browserUseV3, scheduler, transport },
  ...{ backoff: { jitter: 0 }, retry: { jitter: 0 } },
}).subscribe({ next: print, complete: () => print('complete') });
scheduler.flush();
