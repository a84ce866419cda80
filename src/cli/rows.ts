import { asyncScheduler } from 'rxjs';
import {
  HttpStatusError,
  isTaskStatusError,
  type TaskPoll,
  type TaskStatusPoolStats,
} from 'rxjs-task-status';
import { cutToWidth, padToWidth } from './columns.js';
import { printable } from './printable.js';
import type { TaskProgress } from './task-progress.js';

/** The summary compares with a poller that has this interval and no backoff, ms. */
const FIXED_INTERVAL = 2_000;

/** The widths of a row's first columns, in terminal columns. */
export interface Layout {
  readonly name: number;
  readonly status: number;
  /** Whether longer names are cut. Otherwise they move the rest of their row to the right. */
  readonly cutsNames: boolean;
}

/**
 * A task's row for output that is printed once. It shows the planned delay and reads no clock, so that
 * it is the same on a slow machine.
 */
export function printedRow(task: TaskProgress, layout: Layout): string {
  const { poll, startedAt, endedAt } = task;
  const until = endedAt ?? (poll ? poll.at + poll.duration : startedAt);
  return row(task, layout, until, planned(task));
}

/** A task's row for output that is drawn repeatedly. It shows what the watch is doing now. */
export function liveRow(task: TaskProgress, layout: Layout): string {
  return row(task, layout, task.endedAt ?? asyncScheduler.now(), activity(task));
}

function row(task: TaskProgress, layout: Layout, until: number, next: string): string {
  const { name, startedAt, status = '-', poll } = task;
  const failure = task.error ?? poll?.error;
  return [
    padToWidth(layout.cutsNames ? cutToWidth(name, layout.name) : name, layout.name),
    printable(status).padEnd(layout.status),
    counted(poll?.attempt ?? 0, 'poll').padEnd(9),
    seconds(until - startedAt).padStart(7),
    failure === undefined ? next : failureText(failure, next),
  ]
    .join('  ')
    .trimEnd();
}

function planned({ poll, endedAt }: TaskProgress): string {
  if (endedAt !== undefined || poll?.nextDelay === undefined) return '';
  return nextRequest(poll, poll.nextDelay);
}

function activity({ poll, requests, endedAt, readingResult }: TaskProgress): string {
  if (endedAt !== undefined) return readingResult ? 'reading the result' : '';
  if (requests > (poll?.attempt ?? 0)) return 'requesting';
  if (poll?.nextDelay === undefined) return 'queued';
  const left = poll.at + poll.duration + poll.nextDelay - asyncScheduler.now();
  return left > 0 ? nextRequest(poll, left) : 'queued';
}

function nextRequest({ error }: TaskPoll<string>, delay: number): string {
  return `next ${error ? 'retry' : 'poll'} in ${seconds(delay)}`;
}

/** A failure, what follows it, and its cause: `503, next retry in 0.4 s: Overloaded`. */
export function failureText(error: unknown, next = ''): string {
  const code = failureCode(error);
  const cause = printable(causeOf(error));
  return [code, next].filter(Boolean).join(', ') + (cause ? `: ${cause}` : '');
}

function failureCode(error: unknown): string {
  if (!isTaskStatusError(error)) return error instanceof Error ? error.name : 'error';
  if (!(error instanceof HttpStatusError)) return error.code;
  return error.code === 'http' ? String(error.status) : `${error.status} ${error.code}`;
}

/** What the server said, else the message without the task id, which the row already shows. */
function causeOf(error: unknown): string {
  if (error instanceof HttpStatusError) return error.detail;
  if (!isTaskStatusError(error)) return error instanceof Error ? error.message : String(error);
  const id = JSON.stringify(error.taskId);
  return error.message.replace(` for task ${id}`, '').replace(`Task ${id} `, '');
}

/** The stats of the pool in a line. */
export function statsLine(stats: TaskStatusPoolStats): string {
  const { watching, inFlight, queued, requests, errors, heldUntil } = stats;
  const parts = [
    `${watching} watching`,
    `${inFlight} in flight`,
    `${queued} queued`,
    counted(requests, 'request'),
    counted(errors, 'error'),
  ];
  if (heldUntil !== undefined) parts.push(`cooldown ${seconds(heldUntil - asyncScheduler.now())}`);
  return parts.join(', ');
}

/** How many tasks have each status: `700 running, 12 in error`. */
export function statusCounts(tasks: Iterable<TaskProgress>): string {
  return counts(tasks, ({ error, status }) => {
    if (error !== undefined) return 'in error';
    return status ?? 'without a status';
  });
}

/** How all tasks ended, and how many requests that took. */
export function summary(tasks: readonly TaskProgress[]): string {
  const now = asyncScheduler.now();
  let requests = 0;
  let fixed = 0;
  let longest = 0;
  for (const task of tasks) {
    const took = (task.endedAt ?? now) - task.startedAt;
    requests += task.requests;
    // the other poller also polls at once, and stops at the same time
    fixed += 1 + Math.floor(took / FIXED_INTERVAL);
    longest = Math.max(longest, took);
  }
  const outcomes = counts(tasks, ({ outcome }) => outcome);
  return (
    `${counted(tasks.length, 'task')} in ${seconds(longest)}: ${outcomes}\n` +
    `${counted(requests, 'request')} made; a poll every ${FIXED_INTERVAL / 1_000} s would have made ${fixed} in the same time`
  );
}

function counts(tasks: Iterable<TaskProgress>, wordOf: (task: TaskProgress) => string): string {
  const numbers = new Map<string, number>();
  for (const task of tasks) {
    const word = wordOf(task);
    numbers.set(word, (numbers.get(word) ?? 0) + 1);
  }
  return [...numbers].map(([word, n]) => `${n} ${printable(word)}`).join(', ');
}

function counted(n: number, what: string): string {
  return `${n} ${what}${n === 1 ? '' : 's'}`;
}

function seconds(ms: number): string {
  return `${(Math.max(0, ms) / 1_000).toFixed(1)} s`;
}
