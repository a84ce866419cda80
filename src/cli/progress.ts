import { asyncScheduler } from 'rxjs';
import {
  HttpStatusError,
  isTaskStatusError,
  type TaskPoll,
  type TaskStatusPoolStats,
} from 'rxjs-task-status';

/** How one task's watch is going; times are clock readings, ms. */
export interface Progress {
  readonly taskId: string;
  readonly startedAt: number;
  /** Requests sent, answered or not. */
  requests: number;
  /** The latest answer. */
  poll?: TaskPoll<string>;
  /** The latest status. */
  status?: string;
  /** When the watch ended of itself. */
  endedAt?: number;
  /** What ended it, where that was no status. */
  error?: unknown;
}

/** What is compared: a poller that does not back off, ms. */
const FIXED_INTERVAL = 2_000;

/** A task in a line: its id, status, polls, time, and what comes next. `all` sets the width. */
export function progressLine(progress: Progress, all: readonly Progress[]): string {
  const { taskId, startedAt, endedAt = asyncScheduler.now(), status = '-', poll } = progress;
  return [
    taskId.padEnd(Math.max(...all.map((other) => other.taskId.length))),
    status.padEnd(8),
    count(poll?.attempt ?? 0, 'poll').padEnd(9),
    seconds(endedAt - startedAt).padStart(7),
    next(progress),
  ]
    .join('  ')
    .trimEnd();
}

/** What all tasks cost at the moment, in a line. */
export function statsLine(stats: TaskStatusPoolStats): string {
  const { watching, inFlight, queued, requests, errors, heldUntil } = stats;
  const figures = [
    `${watching} watching`,
    `${inFlight} in flight`,
    `${queued} queued`,
    count(requests, 'request'),
    count(errors, 'error'),
  ];
  if (heldUntil !== undefined)
    figures.push(`held for ${seconds(heldUntil - asyncScheduler.now())}`);
  return figures.join(', ');
}

function next({ poll, requests, endedAt, error }: Progress): string {
  if (error !== undefined) return failureWord(error);
  if (endedAt !== undefined) return '';
  if (!poll) return requests > 0 ? 'asking' : 'queued';
  const failure = poll.error ? `${failureWord(poll.error)}, ` : '';
  if (requests > poll.attempt) return `${failure}asking`;
  const left = poll.at + poll.duration + (poll.nextDelay ?? 0) - asyncScheduler.now();
  if (left <= 0) return `${failure}queued`;
  return `${failure}next ${poll.error ? 'try' : 'poll'} in ${seconds(left)}`;
}

function failureWord(error: unknown): string {
  const code = isTaskStatusError(error) && error.code !== 'http' ? error.code : '';
  return error instanceof HttpStatusError ? `${error.status} ${code}`.trim() : code;
}

/** What became of all tasks, and what it cost. */
export function summary(all: readonly Progress[]): string {
  const now = asyncScheduler.now();
  const outcomes = new Map<string, number>();
  let requests = 0;
  let fixed = 0;
  let longest = 0;
  for (const progress of all) {
    const outcome = outcomeOf(progress);
    const took = (progress.endedAt ?? now) - progress.startedAt;
    outcomes.set(outcome, (outcomes.get(outcome) ?? 0) + 1);
    requests += progress.requests;
    // it asks at once, too, and stops when this watch did
    fixed += 1 + Math.floor(took / FIXED_INTERVAL);
    longest = Math.max(longest, took);
  }
  const counts = [...outcomes].map(([outcome, n]) => `${n} ${outcome}`).join(', ');
  return (
    `${count(all.length, 'task')} in ${seconds(longest)}: ${counts}\n` +
    `${count(requests, 'request')} made; a poll every ${FIXED_INTERVAL / 1_000} s would have made ${fixed} in the same time`
  );
}

function outcomeOf({ endedAt, error, status }: Progress): string {
  if (endedAt === undefined) return 'not ended';
  return error === undefined && status !== undefined ? status : 'in error';
}

function count(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

function seconds(ms: number): string {
  return `${(Math.max(0, ms) / 1_000).toFixed(1)} s`;
}
