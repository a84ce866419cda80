import { EMPTY, type Observable } from 'rxjs';
import { isTaskStatusError, type TaskApi } from 'rxjs-task-status';
import { widthOf } from './columns.js';
import { jsonLine } from './json-line.js';
import { printedRow, summary, type Layout } from './rows.js';
import type { TaskProgress } from './task-progress.js';

/** A stream that lines are written to. */
type LineStream = Pick<NodeJS.WriteStream, 'write'>;

/** The streams that the command writes to. */
export interface Output {
  readonly stdout: NodeJS.WriteStream;
  readonly stderr: LineStream;
}

/** Shows the progress of a run. */
export interface Display {
  /** Draws while it is subscribed to. */
  readonly drawing$: Observable<never>;
  /** A request was answered or failed. `task.poll` has the details. */
  onPoll(task: TaskProgress): void;
  /** A watch failed (`task.error`), or its task ended without success. `message` says so on stderr. */
  onError(task: TaskProgress, message: string): void;
  /** The run is over. */
  end(): void;
}

/** For programs: a line of JSON for each change and each failure. */
export function jsonLines({ stdout, stderr }: Output): Display {
  const print = (value: object) => stdout.write(`${jsonLine(value)}\n`);
  return {
    drawing$: EMPTY,
    onPoll({ taskId, poll }) {
      if (!poll) return;
      const { status, error, attempt, at, nextDelay } = poll;
      if (error) print({ taskId, error: errorFields(error), attempt, at, nextDelay });
      else if (poll.changed) print({ taskId, status, attempt, at });
    },
    onError({ taskId, poll, requests, endedAt, error }, message) {
      // a permanent failure was already printed as a poll
      if (error !== undefined && error !== poll?.error) {
        print({ taskId, error: errorFields(error), attempt: requests, at: endedAt });
      }
      stderr.write(`${message}\n`);
    },
    end: () => undefined,
  };
}

function errorFields(error: unknown): object {
  if (!(error instanceof Error)) return { code: 'error', message: String(error) };
  return {
    code: isTaskStatusError(error) ? error.code : error.name,
    message: error.message,
    status: 'status' in error ? error.status : undefined,
    retryAfter: 'retryAfter' in error ? error.retryAfter : undefined,
  };
}

/** For pipes and logs: a line for each change, failure and end, then the summary. */
export function plainLines(
  tasks: readonly TaskProgress[],
  api: TaskApi<string>,
  { stdout, stderr }: { readonly stdout: LineStream; readonly stderr: LineStream },
): Display {
  const layout = layoutOf(tasks, api, MAX_NAME_WIDTH);
  const print = (task: TaskProgress) => stdout.write(`${printedRow(task, layout)}\n`);
  return {
    drawing$: EMPTY,
    onPoll(task) {
      const { poll } = task;
      // onError() prints a failure that ends the watch
      if (poll?.changed || (poll?.error && poll.nextDelay !== undefined)) print(task);
    },
    onError(task, message) {
      // an end without success was already printed as a status
      if (task.error !== undefined) print(task);
      stderr.write(`${message}\n`);
    },
    end: () => stdout.write(`${summary(tasks)}\n`),
  };
}

/** A longer name is printed in full, and the rest of its line moves to the right. */
const MAX_NAME_WIDTH = 40;

/** Widths that fit these tasks, except for names longer than `maxNameWidth`. */
export function layoutOf(
  tasks: readonly TaskProgress[],
  api: TaskApi<string>,
  maxNameWidth: number,
  cutsNames = false,
): Layout {
  return {
    cutsNames,
    name: Math.min(
      longest(tasks, ({ name }) => widthOf(name)),
      maxNameWidth,
    ),
    status: longest(api.statuses, (status) => status.length),
  };
}

function longest<T>(values: readonly T[], length: (value: T) => number): number {
  return values.reduce((most, value) => Math.max(most, length(value)), 0);
}
