import { of, VirtualTimeScheduler, type MonoTypeOperatorFunction } from 'rxjs';
import {
  taskPolls$,
  type BackoffOptions,
  type StatusResponse,
  type TaskPoll,
} from 'rxjs-task-status';

import { STATUS } from './history.js';
import type { Cost } from './optimum.js';
import { shuffled } from './random.js';
import type { Workload } from './workloads.js';

/** A task to watch. */
export interface Task {
  readonly taskId: string;
  /** How long it takes, ms. */
  readonly length: number;
}

/** What one task cost. */
export interface Watched {
  readonly requests: number;
  /** ms */
  readonly lag: number;
}

/** What many tasks cost. */
export interface Measured extends Cost {
  /** The lag that 95 % of the tasks do not exceed, ms. */
  readonly lag95: number;
}

const headers = {};
const RUNNING: StatusResponse = { status: 200, headers, body: JSON.stringify(STATUS) };
const FINISHED: StatusResponse = { status: 200, headers, body: '"finished"' };

/** The length of tasks at evenly spaced quantiles, in random order. */
export function stratifiedTasks({ kinds }: Workload, count: number, random: () => number): Task[] {
  const tasks = kinds.flatMap(({ name, weight, length }) => {
    const share = Math.round(weight * count);
    return Array.from({ length: share }, (_, at) => ({
      taskId: `${name}_${at}`,
      length: length.quantile((at + 0.5) / share),
    }));
  });
  return shuffled(tasks, random);
}

/** Watches a task with the library from its start to its end, in virtual time. An answer takes no time. */
export function watchTask(
  { taskId, length }: Task,
  backoff: BackoffOptions,
  learn: MonoTypeOperatorFunction<TaskPoll> = (polls$) => polls$,
): Watched {
  const scheduler = new VirtualTimeScheduler();
  let [requests, seenAt] = [0, NaN];
  taskPolls$(taskId, {
    transport: () => {
      requests++;
      return of(scheduler.now() < length ? RUNNING : FINISHED);
    },
    scheduler,
    backoff,
  })
    .pipe(learn)
    .subscribe(({ status, at }) => {
      if (status === 'finished') seenAt = at;
    });
  scheduler.flush();
  return { requests, lag: seenAt - length };
}

/** The mean over tasks. */
export function summary(watched: readonly Watched[]): Measured {
  const lags = watched.map(({ lag }) => lag).sort((a, b) => a - b);
  return {
    requests: mean(watched.map(({ requests }) => requests)),
    lag: mean(lags),
    lag95: lags[Math.ceil(0.95 * lags.length) - 1] ?? NaN,
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
