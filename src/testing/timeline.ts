import type { TaskStatus } from 'rxjs-task-status';

import { markMisuse } from './misuse.js';

/** An HTTP answer of any kind: an error, a `Retry-After`, a body that is not a status. */
export interface FakeAnswer {
  /** The HTTP status. */
  readonly status: number;
  /** Names in any case. The default `content-type` is `application/json`. */
  readonly headers?: Readonly<Record<string, string>>;
  /** The body as text, of any length. The default is empty. */
  readonly body?: string;
}

/**
 * The answers of a task: `[status or answer, atMs]`. Each is the answer from `atMs` on, in milliseconds
 * since the call of `fakeTaskApi()`, until the next one.
 */
export type FakeTimeline<S extends string = TaskStatus> = readonly (readonly [
  answer: S | FakeAnswer,
  atMs: number,
])[];

/** The answer of the latest entry whose time has come. Of entries with the same time, the last counts. */
export function answerAt<S extends string>(
  timeline: FakeTimeline<S>,
  elapsed: number,
): S | FakeAnswer | undefined {
  let latest: FakeTimeline<S>[number] | undefined;
  for (const entry of timeline) {
    if (entry[1] <= elapsed && (!latest || entry[1] >= latest[1])) latest = entry;
  }
  return latest?.[0];
}

/** Throws a `TypeError` that names the entry with the wrong shape. */
export function checkTimeline(taskId: string, timeline: unknown): void {
  const name = `tasks[${JSON.stringify(taskId)}]`;
  const fail = (what: string, got: unknown): never => {
    throw markMisuse(new TypeError(`${what}, got ${show(got)}`));
  };
  if (!isList(timeline)) {
    fail(`${name} must be an array of [status or answer, ms]`, timeline);
    return;
  }
  timeline.forEach((entry, index) => {
    const at = `${name}[${index}]`;
    if (!isList(entry)) return fail(`${at} must be [status or answer, ms]`, entry);
    const [answer, atMs] = entry;
    if (typeof atMs !== 'number' || Number.isNaN(atMs)) {
      fail(`The time in ${at} must be a number of ms`, atMs);
    }
    if (typeof answer === 'string') return;
    if (typeof answer !== 'object' || answer === null || !('status' in answer)) {
      return fail(`The answer in ${at} must be a status or { status, headers?, body? }`, answer);
    }
    if (typeof answer.status !== 'number') {
      fail(`The HTTP status in ${at} must be a number`, answer.status);
    }
    if ('body' in answer && answer.body !== undefined && typeof answer.body !== 'string') {
      fail(`The body in ${at} must be a string; use JSON.stringify()`, answer.body);
    }
  });
}

function isList(value: unknown): value is readonly unknown[] {
  return Array.isArray(value);
}

function show(value: unknown): string {
  return typeof value === 'string' ? JSON.stringify(value) : typeof value;
}
