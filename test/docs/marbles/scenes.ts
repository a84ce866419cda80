import { map, merge, type Observable, type SchedulerLike, timer } from 'rxjs';
import { type TaskPoll, taskPolls$, type TaskStatusOptions } from 'rxjs-task-status';
import { fakeTaskApi, type FakeRequest, type FakeTimeline } from 'rxjs-task-status/testing';

/** What a diagram shows: a task, a watch, and what happens to both. Times are ms. */
export interface Scene {
  /** The text alternative of the diagram. */
  readonly title: string;
  readonly timeline: FakeTimeline;
  readonly options?: Omit<TaskStatusOptions, 'scheduler' | 'transport'>;
  /** When `pauseWhile` turns `true`, and when `false` again. */
  readonly paused?: readonly [from: number, to: number];
  /** When `pollNow` emits. */
  readonly pollsNow?: readonly number[];
  /** When the subscriber unsubscribes. */
  readonly unsubscribesAt?: number;
}

const LATENCY = 300;

/** The diagrams of the documentation, by file name. */
export const scenes = {
  'task-status': {
    title: 'Polls back off while the status stays the same; the stream emits changes and completes',
    timeline: [
      ['created', 0],
      ['running', 2_000],
      ['finished', 12_000],
    ],
  },
  backoff: {
    title: 'Each delay is 1.5 times the previous one, up to 5 s, until the status changes',
    timeline: [
      ['running', 0],
      ['paused', 14_000],
      ['finished', 23_000],
    ],
  },
  retry: {
    title: 'The server is unavailable for a while. The watch retries, and emits nothing meanwhile',
    timeline: [
      ['running', 0],
      [{ status: 503 }, 2_000],
      ['running', 6_000],
      ['finished', 9_000],
    ],
    options: { retry: { jitter: 0 } },
  },
  'retry-after': {
    title: 'The server answers 429 with Retry-After: 4, and the next request is sent 4 s later',
    timeline: [
      ['running', 0],
      [{ status: 429, headers: { 'Retry-After': '4' } }, 1_000],
      ['running', 3_000],
      ['finished', 6_500],
    ],
    options: { retry: { jitter: 0 } },
  },
  'not-found': {
    title: 'A 404 is an error at once',
    timeline: [],
  },
  'not-found-grace': {
    title: 'With notFoundGrace polling continues while the task is not visible yet',
    timeline: [
      ['created', 3_000],
      ['finished', 6_000],
    ],
    options: { notFoundGrace: 5_000 },
  },
  pause: {
    title: 'While pauseWhile is true no request is sent. When it turns false, one is sent at once',
    timeline: [
      ['running', 0],
      ['finished', 7_000],
    ],
    paused: [3_000, 8_000],
  },
  'poll-now': {
    title: 'pollNow, for example a webhook, ends the current delay',
    timeline: [
      ['running', 0],
      ['finished', 6_000],
    ],
    pollsNow: [6_500],
  },
  deadline: {
    title: 'At the deadline a delay ends and the final poll starts',
    timeline: [
      ['running', 0],
      ['finished', 7_500],
    ],
    options: { timeout: 8_000 },
  },
  timeout: {
    title:
      'If the task is still running at the final poll, the watch errors with a TaskTimeoutError',
    timeline: [['running', 0]],
    options: { timeout: 5_000 },
  },
  'known-status': {
    title: 'With knownStatus, after a restart, the first emission is the first change',
    timeline: [
      ['running', 0],
      ['finished', 4_000],
    ],
    options: { knownStatus: 'running' },
  },
  unsubscribe: {
    title: 'Unsubscribing aborts the request in flight, and nothing follows',
    timeline: [['running', 0]],
    unsubscribesAt: 3_250,
  },
} as const satisfies Record<string, Scene>;

/** A running scene: its watch, and the requests so far. */
export interface Play {
  readonly polls$: Observable<TaskPoll>;
  readonly requests: readonly FakeRequest[];
}

/** Starts a scene on a scheduler: the real library, without jitter. */
export function begin(scene: Scene, scheduler?: SchedulerLike): Play {
  const { timeline, options, paused, pollsNow } = scene;
  const { transport, requests } = fakeTaskApi(
    { task_1: timeline },
    { scheduler, latency: LATENCY },
  );
  const polls$ = taskPolls$('task_1', {
    ...options,
    transport,
    scheduler,
    backoff: { jitter: 0 },
    pauseWhile: paused && merge(at(paused[0], true), at(paused[1], false)),
    pollNow: pollsNow && merge(...pollsNow.map((ms) => at(ms, undefined))),
  });
  return { polls$, requests };

  function at<T>(ms: number, value: T): Observable<T> {
    return timer(ms, scheduler).pipe(map(() => value));
  }
}
