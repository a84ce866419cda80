import { take, tap, VirtualTimeScheduler } from 'rxjs';
import {
  HttpStatusError,
  isTaskStatusError,
  taskPolls$,
  toStatus,
  type TaskPoll,
  type TaskStatus,
} from 'rxjs-task-status';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { chosenOptions } from './options.js';
import { seededRandom } from './seeded-random.js';
import type { Settings } from './settings.js';
import { TIMELINES, toFakeTimeline } from './timelines.js';

/** What a watch did. All times are ms since the subscription. */
export interface Run {
  readonly requests: readonly RunRequest[];
  readonly emissions: readonly Emission[];
  readonly end: RunEnd;
}

/** A request and its answer. */
export interface RunRequest {
  readonly sent: number;
  readonly answered: number;
  /** The planned delay after the answer; absent after the last one. */
  readonly nextDelay?: number;
  /** The status, or the HTTP status of a failure. */
  readonly answer: string;
  readonly kind: 'same' | 'changed' | 'failed';
  /** The delay that the server asked for. */
  readonly retryAfter?: number;
}

/** A status that the stream emitted. */
interface Emission {
  readonly at: number;
  readonly status: TaskStatus;
}

/** How the stream ended. `cut`: the playground stopped the run. */
interface RunEnd {
  readonly at: number;
  readonly how: 'complete' | 'error' | 'cut';
  readonly name?: string;
  readonly message?: string;
}

/** A run with more requests is cut, so that the page can follow a slider. */
export const MAX_REQUESTS = 4_000;

const TASK_ID = 'task_1234567890abcdef';

/**
 * Runs the library in virtual time.
 *
 * @throws what the library throws for options that are not valid
 */
export function runWatch(settings: Settings): Run {
  const scheduler = new VirtualTimeScheduler();
  const { transport } = fakeTaskApi(
    { [TASK_ID]: toFakeTimeline(TIMELINES[settings.timeline]) },
    { scheduler, latency: settings.latency },
  );
  const { backoff, retry, ...rest } = chosenOptions(settings);
  const random = seededRandom(settings.seed);
  const requests: RunRequest[] = [];
  const emissions: Emission[] = [];
  let end: RunEnd | undefined;
  const polls$ = taskPolls$(TASK_ID, {
    ...rest,
    backoff: { ...backoff, random },
    retry: { ...retry, random },
    transport,
    scheduler,
  });
  polls$
    .pipe(
      tap((poll) => requests.push(toRequest(poll))),
      tap({ complete: () => (end = { at: scheduler.now(), how: 'complete' }) }),
      take(MAX_REQUESTS),
      toStatus(),
    )
    .subscribe({
      next: (status) => emissions.push({ at: scheduler.now(), status }),
      error: (error: unknown) => (end = { at: scheduler.now(), how: 'error', ...factsOf(error) }),
      complete: () => (end ??= { at: scheduler.now(), how: 'cut' }),
    });
  scheduler.flush();
  return { requests, emissions, end: end ?? { at: scheduler.now(), how: 'cut' } };
}

function toRequest({ at, duration, nextDelay, changed, status, error }: TaskPoll): RunRequest {
  const http = error instanceof HttpStatusError ? error : undefined;
  return {
    sent: at,
    answered: at + duration,
    ...(nextDelay !== undefined && { nextDelay }),
    answer: status ?? String(http?.status ?? error?.code),
    kind: error ? 'failed' : changed ? 'changed' : 'same',
    ...(http?.retryAfter !== undefined && { retryAfter: http.retryAfter }),
  };
}

function factsOf(error: unknown): { readonly name: string; readonly message: string } {
  return isTaskStatusError(error) || error instanceof Error
    ? { name: error.name, message: error.message }
    : { name: 'Error', message: String(error) };
}
