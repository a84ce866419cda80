import { VirtualTimeScheduler } from 'rxjs';
import { taskStatus$, type BackoffOptions } from 'rxjs-task-status';
import { fakeTaskApi } from 'rxjs-task-status/testing';

/** A task: how long it waits for its start, and how long it runs, ms. */
interface Task {
  readonly waits: number;
  readonly runs: number;
}

/** The cost and the lag of a schedule. */
export interface Outcome {
  /** The mean number of requests per task. */
  readonly requests: number;
  /** The mean time from a change of status until it was seen, s. */
  readonly lag: number;
  /** The lag that 95 % of the changes do not exceed, s. */
  readonly worstLag: number;
}

/** The number of tasks. */
export const TASKS = 2_000;
/** The mean time until a task starts, ms (exponential distribution). */
export const MEAN_WAIT = 3_000;
/** The median time that it runs, ms, and the standard deviation of its logarithm (log-normal). */
export const MEDIAN_RUN = 60_000;
export const SIGMA = 1.2;

/**
 * Watches tasks with the library itself, in virtual time. An answer takes no time.
 *
 * @param shortest shorter tasks are left out, ms
 * @param longest tasks of this length or more are left out, ms
 */
export function simulate(backoff: BackoffOptions, shortest = 0, longest = Infinity): Outcome {
  const random = randomNumbers(1);
  const outcomes = tasks()
    .filter(({ waits, runs }) => waits + runs >= shortest && waits + runs < longest)
    .map((task) => watch(task, { ...backoff, random }));
  const lags = outcomes.flatMap(({ lags }) => lags).sort((a, b) => a - b);
  return {
    requests: mean(outcomes.map(({ requests }) => requests)),
    lag: mean(lags) / 1000,
    worstLag: (lags[Math.floor(0.95 * lags.length)] ?? NaN) / 1000,
  };
}

/** The time from `created` to `finished` that this part of the tasks does not exceed, s. */
export function duration(part: number): number {
  const lasting = tasks().map(({ waits, runs }) => waits + runs);
  return (lasting.sort((a, b) => a - b)[Math.floor(part * TASKS)] ?? NaN) / 1000;
}

/** The number of requests for one task, and the lag of each of its changes, ms. */
function watch(
  { waits, runs }: Task,
  backoff: BackoffOptions,
): { requests: number; lags: number[] } {
  const scheduler = new VirtualTimeScheduler();
  const changes = { running: waits, finished: waits + runs };
  const lags: number[] = [];
  const { transport, requests } = fakeTaskApi(
    {
      task_1: [
        ['created', 0],
        ['running', changes.running],
        ['finished', changes.finished],
      ],
    },
    { scheduler },
  );
  taskStatus$('task_1', { transport, scheduler, backoff }).subscribe((status) => {
    if (status === 'running' || status === 'finished') lags.push(scheduler.now() - changes[status]);
  });
  scheduler.flush();
  return { requests: requests.length, lags };
}

function tasks(): Task[] {
  const random = randomNumbers(2);
  return Array.from({ length: TASKS }, () => {
    // Box and Muller, 1958
    const normal = Math.sqrt(-2 * Math.log(1 - random())) * Math.cos(2 * Math.PI * random());
    return {
      waits: -MEAN_WAIT * Math.log(1 - random()),
      runs: MEDIAN_RUN * Math.exp(SIGMA * normal),
    };
  });
}

/** The same numbers in each run: the generator of Lehmer, as in Park and Miller, 1988. */
function randomNumbers(seed: number): () => number {
  let state = seed;
  return () => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
}

function mean(values: readonly number[]): number {
  return values.reduce((sum, value) => sum + value, 0) / values.length;
}
