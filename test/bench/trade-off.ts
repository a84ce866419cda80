import { of, VirtualTimeScheduler } from 'rxjs';
import { taskStatus$, type BackoffOptions, type StatusTransport } from 'rxjs-task-status';

/** A task: for how long it waits to be started and then runs, ms. */
interface Task {
  readonly waits: number;
  readonly runs: number;
}

/** What a schedule of polls comes to. */
export interface Outcome {
  /** How many requests a task took. */
  readonly requests: number;
  /** From a change of status until it was seen, s, on average. */
  readonly lag: number;
  /** What 95 % of the changes were seen within, s. */
  readonly worstLag: number;
}

/** How many tasks are watched. */
export const TASKS = 2_000;
/** How long a task waits to be started: exponential, with this mean, ms. */
export const MEAN_WAIT = 3_000;
/** How long it runs: log-normal, with this median, ms, and this standard deviation of the logarithm. */
export const MEDIAN_RUN = 60_000;
export const SIGMA = 1.2;

/**
 * Watches tasks with the library itself, in virtual time; an answer takes no time.
 *
 * @param shortest tasks that are over sooner, ms, are left out
 * @param longest tasks that take as long, ms, are left out
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

/** How long tasks take from `created` to `finished`, s: what this part of them stays below. */
export function duration(part: number): number {
  const lasting = tasks().map(({ waits, runs }) => waits + runs);
  return (lasting.sort((a, b) => a - b)[Math.floor(part * TASKS)] ?? NaN) / 1000;
}

/** One task's number of requests, and how long each of its changes went unseen, ms. */
function watch(
  { waits, runs }: Task,
  backoff: BackoffOptions,
): { requests: number; lags: number[] } {
  const scheduler = new VirtualTimeScheduler();
  const changes = { running: waits, finished: waits + runs };
  const lags: number[] = [];
  let requests = 0;
  const transport: StatusTransport = () => {
    requests++;
    const now = scheduler.now();
    const status =
      now < changes.running ? 'created' : now < changes.finished ? 'running' : 'finished';
    return of({ status: 200, headers: { get: () => null }, body: JSON.stringify(status) });
  };
  taskStatus$('task_1', { transport, scheduler, backoff }).subscribe((status) => {
    if (status === 'running' || status === 'finished') lags.push(scheduler.now() - changes[status]);
  });
  scheduler.flush();
  return { requests, lags };
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

/** The same numbers at each run, for the same picture: Lehmer's generator as of Park and Miller, 1988. */
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
