import { map, merge, type Observable, type SchedulerLike, timer } from 'rxjs';
import { type TaskPoll, taskPolls$, type TaskStatusOptions } from 'rxjs-task-status';
import { fakeTaskApi, type FakeRequest, type FakeTimeline } from 'rxjs-task-status/testing';

/** What a diagram shows: a task, a watch and the events of both. All times are ms. */
export interface Scene {
  /** The text alternative of the picture. */
  readonly title: string;
  readonly timeline: FakeTimeline;
  readonly options?: Omit<TaskStatusOptions, 'scheduler' | 'transport'>;
  /** When `pauseWhile` turns `true`, and when `false` again. */
  readonly paused?: readonly [from: number, to: number];
  /** When `pollNow` emits. */
  readonly pollNow?: readonly number[];
  /** When the subscriber unsubscribes. */
  readonly unsubscribesAt?: number;
}

const LATENCY = 300;

/** The diagrams of the docs, by file name. */
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
    title: 'The server is down for a while: the watch retries and emits nothing in the meantime',
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
    title: 'With notFoundGrace the watch polls on until the task is visible',
    timeline: [
      ['created', 3_000],
      ['finished', 6_000],
    ],
    options: { notFoundGrace: 5_000 },
  },
  pause: {
    title: 'While pauseWhile is true no request is sent; when it becomes false one is sent at once',
    timeline: [
      ['running', 0],
      ['finished', 7_000],
    ],
    paused: [3_000, 8_000],
  },
  'poll-now': {
    title: 'pollNow, for example from a webhook, ends the current delay',
    timeline: [
      ['running', 0],
      ['finished', 6_000],
    ],
    pollNow: [6_500],
  },
  deadline: {
    title: 'At the deadline the delay ends and one final poll starts',
    timeline: [
      ['running', 0],
      ['finished', 7_500],
    ],
    options: { timeout: 8_000 },
  },
  timeout: {
    title: 'If the task is still running at the final poll, the watch ends with a TaskTimeoutError',
    timeline: [['running', 0]],
    options: { timeout: 5_000 },
  },
  'known-status': {
    title: 'After a restart: with knownStatus the stream starts with the first change',
    timeline: [
      ['running', 0],
      ['finished', 4_000],
    ],
    options: { knownStatus: 'running' },
  },
  unsubscribe: {
    title: 'Unsubscribing aborts the request in flight; nothing follows',
    timeline: [['running', 0]],
    unsubscribesAt: 3_250,
  },
} as const satisfies Record<string, Scene>;

/** A scene that was started: the polls of its watch, and the requests so far. */
export interface StartedScene {
  readonly polls$: Observable<TaskPoll>;
  readonly requests: readonly FakeRequest[];
}

/** Starts a scene with the library itself, without jitter. */
export function startScene(scene: Scene, scheduler?: SchedulerLike): StartedScene {
  const { timeline, options, paused, pollNow } = scene;
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
    pollNow: pollNow && merge(...pollNow.map((ms) => at(ms, undefined))),
  });
  return { polls$, requests };

  function at<T>(ms: number, value: T): Observable<T> {
    return timer(ms, scheduler).pipe(map(() => value));
  }
}
