import type { TaskStatus } from 'rxjs-task-status';
import type { FakeAnswer, FakeTimeline } from 'rxjs-task-status/testing';

/** What happens to a task, and to the server that reports it. All times are ms. */
export interface Timeline {
  readonly label: string;
  /** The statuses of the task, in order; the first is at 0. */
  readonly task: readonly StatusChange[];
  /** A time in which the server does not report the status. */
  readonly fault?: Fault;
}

/** A status, and when the task gets it. */
export type StatusChange = readonly [status: TaskStatus, at: number];

/** A time in which every answer is a failure. */
export interface Fault {
  readonly from: number;
  readonly to: number;
  readonly label: string;
  readonly answer: FakeAnswer;
}

/** The timelines to choose from. */
export const TIMELINES = {
  steady: {
    label: 'Steady',
    task: [
      ['created', 0],
      ['running', 3_000],
      ['finished', 40_000],
    ],
  },
  paused: {
    label: 'Paused for a while',
    task: [
      ['created', 0],
      ['running', 3_000],
      ['paused', 20_000],
      ['running', 45_000],
      ['finished', 60_000],
    ],
  },
  outage: {
    label: 'Outage with 503',
    task: [
      ['created', 0],
      ['running', 3_000],
      ['finished', 40_000],
    ],
    fault: {
      from: 15_000,
      to: 45_000,
      label: '503',
      answer: { status: 503, body: '{"detail": "Unavailable"}' },
    },
  },
  limited: {
    label: '429 with Retry-After',
    task: [
      ['created', 0],
      ['running', 3_000],
      ['finished', 45_000],
    ],
    fault: {
      from: 12_000,
      to: 20_000,
      label: '429',
      answer: {
        status: 429,
        headers: { 'Retry-After': '15' },
        body: '{"detail": "Too many requests"}',
      },
    },
  },
  hour: {
    label: 'Finished after an hour',
    task: [
      ['created', 0],
      ['running', 5_000],
      ['finished', 3_600_000],
    ],
  },
} as const satisfies Record<string, Timeline>;

/** The key of a timeline, which is also its value in a link. */
export type TimelineName = keyof typeof TIMELINES;

/** The timeline in the form that `fakeTaskApi` reads. */
export function toFakeTimeline({ task, fault }: Timeline): FakeTimeline {
  if (!fault) return task;
  const { from, to, answer } = fault;
  const [latest = ['created', 0]] = task.filter(([, at]) => at <= to).slice(-1);
  return [
    ...task.filter(([, at]) => at < from),
    [answer, from],
    [latest[0], to],
    ...task.filter(([, at]) => at > to),
  ];
}
