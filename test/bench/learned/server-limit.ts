import { VirtualAction, VirtualTimeScheduler } from 'rxjs';
import { createTaskStatusPool, type BackoffOptions } from 'rxjs-task-status';

import type { CreateLearner } from './learner.js';
import type { Cost } from './optimum.js';
import { learners, calibrate, costOfDefault, priceFor } from './schedules.js';
import { randomNumbers } from './random.js';
import { decidedBy } from './simulation.js';
import { limitedServer } from './limited-server.js';
import { pickKind, type Workload } from './workloads.js';

/** What a pool can do at a limit of requests. */
export interface Capacity {
  readonly schedule: 'default, longer maxDelay' | 'learned';
  /** How many tasks can be watched at any time. */
  readonly tasks: number;
  /** The mean lag with this number of tasks, ms. */
  readonly lag: number;
  /** Requests per second, and the part of them that the server refuses. */
  readonly rate: number;
  readonly refused: number;
}

/** The server refuses more requests than this in a second. */
export const LIMIT = 10;
/** The mean lag that is accepted, ms. */
export const LAG = 5_000;
/** The lags without a limit that are tried, ms. A limit that is reached adds to the lag. */
const PLANNED_LAGS = [4_700];
/** The search starts within these parts of what the mean number of requests allows. */
const SEARCHED = { from: 0.75, to: 1.15 };
/** The number of tasks is found to this part. */
const PRECISION = 0.01;
/** The time before measuring, in mean lengths of a task. */
const WARM_UP = 2;
/** How many durations the learner has seen. */
export const OBSERVED = 100;
const SECOND = 1_000;

/**
 * Finds the largest number of tasks that a pool can watch with a mean lag of at most `LAG`.
 *
 * @param length how long the lag is measured, in mean lengths of a task
 */
export function capacities(create: CreateLearner, workload: Workload, length: number): Capacity[] {
  const byDefault = PLANNED_LAGS.map((planned): Planned => {
    const { price, cost } = priceFor((maxDelay) => costOfDefault(workload, maxDelay), planned);
    return { backoff: { maxDelay: price }, cost };
  });
  const byLearning = PLANNED_LAGS.map((planned): Planned => {
    const { price, cost } = calibrate(create, workload, OBSERVED, 1, planned);
    const [learned] = learners(create, workload, OBSERVED, 1, price);
    return { backoff: decidedBy((...state) => learned?.delay(...state) ?? NaN), cost };
  });
  return [
    { schedule: 'default, longer maxDelay', ...best(workload, byDefault, length) },
    { schedule: 'learned', ...best(workload, byLearning, length) },
  ];
}

type Run = Omit<Capacity, 'schedule'>;

/** A schedule, and what it costs without a limit. */
interface Planned {
  readonly backoff: BackoffOptions;
  readonly cost: Cost;
}

function best(workload: Workload, schedules: readonly Planned[], length: number): Run {
  const found = schedules.map((planned) => mostTasks(workload, planned, length));
  return found.reduce((a, b) => (b.tasks > a.tasks ? b : a));
}

function mostTasks(workload: Workload, { backoff, cost }: Planned, length: number): Run {
  const possible = (LIMIT * (meanLength(workload) + cost.lag)) / SECOND / cost.requests;
  let low = Math.floor(possible * SEARCHED.from);
  let high = Math.ceil(possible * SEARCHED.to);
  let most = run(workload, backoff, low, length);
  while (high - low > Math.max(1, low * PRECISION)) {
    const middle = Math.round((low + high) / 2);
    const next = run(workload, backoff, middle, length);
    if (next.lag > LAG) high = middle;
    else [most, low] = [next, middle];
  }
  return most;
}

/** Watches a constant number of tasks: when the end of one is seen, the next one starts. */
function run(workload: Workload, backoff: BackoffOptions, tasks: number, length: number): Run {
  const mean = meanLength(workload);
  const from = WARM_UP * mean;
  const to = from + length * mean;
  const scheduler = new VirtualTimeScheduler(VirtualAction, to);
  const random = randomNumbers(3);
  const { transport, ends, counts } = limitedServer(scheduler, LIMIT);
  const pool = createTaskStatusPool({
    transport,
    scheduler,
    backoff: { random, ...backoff },
    retry: { maxRetries: Infinity, random },
    maxConcurrent: Infinity,
  });
  const lags: number[] = [];
  let started = 0;
  const start = (): void => {
    const kind = pickKind(workload.kinds, random());
    const taskId = `${kind.name}_${started++}`;
    const end = scheduler.now() + kind.length.quantile(random());
    ends.set(taskId, end);
    pool.status$(taskId).subscribe({
      complete: () => {
        ends.delete(taskId);
        if (end >= from) lags.push(scheduler.now() - end);
        scheduler.schedule(start);
      },
    });
  };
  for (let task = 0; task < tasks; task++) scheduler.schedule(start, random() * mean);
  let before = counts();
  scheduler.schedule(() => (before = counts()), from);
  scheduler.flush();
  const after = counts();
  const sent = after.requests - before.requests;
  // tasks whose end has not been seen yet count too: their lag is at least this long
  const unseen = [...ends.values()].filter((end) => end >= from && end < to).map((end) => to - end);
  const all = [...lags, ...unseen];
  pool.close();
  return {
    tasks,
    lag: all.reduce((sum, lag) => sum + lag, 0) / all.length,
    rate: (sent / (to - from)) * SECOND,
    refused: (after.refused - before.refused) / sent,
  };
}

function meanLength({ kinds }: Workload): number {
  return kinds.reduce((sum, { weight, length }) => sum + weight * length.mean, 0);
}
