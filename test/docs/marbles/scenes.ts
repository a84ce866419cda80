import { map, merge, type Observable, type SchedulerLike, timer } from 'rxjs';
import { type TaskPoll, taskPolls$, type TaskStatusOptions } from 'rxjs-task-status';
import { fakeTaskApi, type FakeRequest, type FakeTimeline } from 'rxjs-task-status/testing';

/** What a picture shows: a task, a watch of it, and what happens to both. Times are ms. */
export interface Scene {
  /** What can be seen, for those who cannot see it. */
  readonly title: string;
  readonly timeline: FakeTimeline;
  readonly options?: Omit<TaskStatusOptions, 'scheduler' | 'transport'>;
  /** When `pauseWhile` turns `true`, and when `false` again. */
  readonly paused?: readonly [from: number, to: number];
  /** When `pollNow` emits. */
  readonly nudges?: readonly number[];
  /** When the subscriber leaves. */
  readonly leavesAt?: number;
}

const LATENCY = 300;

/** The pictures of the documentation by the names of their files. */
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
    title: 'Each wait is 1.5 times the one before, up to 5 s, until the status changes',
    timeline: [
      ['running', 0],
      ['paused', 14_000],
      ['finished', 23_000],
    ],
  },
  retry: {
    title: 'The server is down for a while: the watch retries and emits nothing meanwhile',
    timeline: [
      ['running', 0],
      [{ status: 503 }, 2_000],
      ['running', 6_000],
      ['finished', 9_000],
    ],
    options: { retry: { jitter: 0 } },
  },
  'retry-after': {
    title: 'The server answers 429 with Retry-After: 4, and the next request leaves 4 s later',
    timeline: [
      ['running', 0],
      [{ status: 429, headers: { 'Retry-After': '4' } }, 1_000],
      ['running', 3_000],
      ['finished', 6_500],
    ],
    options: { retry: { jitter: 0 } },
  },
  'not-found': {
    title: 'An id that the server does not know is an error at once',
    timeline: [],
  },
  'not-found-grace': {
    title: 'With notFoundGrace a task that is not visible yet is waited for',
    timeline: [
      ['created', 3_000],
      ['finished', 6_000],
    ],
    options: { notFoundGrace: 5_000 },
  },
  pause: {
    title: 'While pauseWhile is true no request leaves; when it turns false one leaves at once',
    timeline: [
      ['running', 0],
      ['finished', 7_000],
    ],
    paused: [3_000, 8_000],
  },
  'poll-now': {
    title: 'pollNow, from a webhook say, cuts the present wait short',
    timeline: [
      ['running', 0],
      ['finished', 6_000],
    ],
    nudges: [6_500],
  },
  deadline: {
    title: 'At the deadline a wait ends and one last look starts',
    timeline: [
      ['running', 0],
      ['finished', 7_500],
    ],
    options: { timeout: 8_000 },
  },
  timeout: {
    title: 'A task that is still running at the last look ends the watch with a TaskTimeoutError',
    timeline: [['running', 0]],
    options: { timeout: 5_000 },
  },
  'known-status': {
    title: 'After a restart: with knownStatus the stream starts at the first change',
    timeline: [
      ['running', 0],
      ['finished', 4_000],
    ],
    options: { knownStatus: 'running' },
  },
  unsubscribe: {
    title: 'Unsubscribing aborts the request in flight, and nothing follows',
    timeline: [['running', 0]],
    leavesAt: 3_250,
  },
} as const satisfies Record<string, Scene>;

/** A scene that has begun: its watch, and the requests that it has made so far. */
export interface Play {
  readonly polls$: Observable<TaskPoll>;
  readonly requests: readonly FakeRequest[];
}

/** Begins a scene on a scheduler: the real library, without chance. */
export function begin(scene: Scene, scheduler?: SchedulerLike): Play {
  const { timeline, options, paused, nudges } = scene;
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
    pollNow: nudges && merge(...nudges.map((ms) => at(ms, undefined))),
  });
  return { polls$, requests };

  function at<T>(ms: number, value: T): Observable<T> {
    return timer(ms, scheduler).pipe(map(() => value));
  }
}
