import type { BackoffOptions } from 'rxjs-task-status';

import { MAX_TIMER_DELAY } from '../../../src/watch/backoff.js';
import { INTERVAL, type Comparison } from './comparison.js';
import { kindOf } from './history.js';
import type { CreateLearner } from './learner.js';
import { optimalTimes, type Optimum, type Share } from './optimum.js';
import { randomNumbers } from './random.js';
import { learners } from './schedules.js';
import { stratifiedTasks, summary, watchTask, type Measured } from './virtual-time.js';
import type { Workload } from './workloads.js';

/** What the library did with one schedule. */
export interface Figures extends Measured {
  readonly schedule: string;
}

export function fixedInterval(ms: number): BackoffOptions {
  return { initialDelay: ms, factor: 1, maxDelay: ms, jitter: 0 };
}

/** Nothing but the function decides the delay. */
export function decidedBy(delay: NonNullable<BackoffOptions['delay']>): BackoffOptions {
  return { delay, maxDelay: MAX_TIMER_DELAY, jitter: 0 };
}

/**
 * Watches the same tasks with every schedule.
 *
 * @param compared the prices of a request
 * @param histories how many random histories of a size there are
 * @param tasks how many tasks are watched with each schedule and each history
 */
export function simulate(
  create: CreateLearner,
  workload: Workload,
  shares: readonly Share[],
  compared: Comparison,
  histories: number,
  tasks: number,
): Figures[] {
  const random = randomNumbers(1);
  const sample = stratifiedTasks(workload, tasks, random);
  const watch = (backoff: () => BackoffOptions): Measured =>
    summary(sample.map((task) => watchTask(task, backoff())));
  return [
    { schedule: `every ${INTERVAL / 1_000} s`, ...watch(() => fixedInterval(INTERVAL)) },
    { schedule: 'default', ...watch(() => ({ random })) },
    ...compared.learned.map(({ observed, requestCost }) => {
      const all = learners(create, workload, observed, observed ? histories : 1, requestCost);
      const watched = all.flatMap((learned) => {
        const backoff = decidedBy((...state) => learned.delay(...state));
        return sample.map((task) => watchTask(task, backoff));
      });
      return { schedule: learnedAfter(observed), ...summary(watched) };
    }),
    { schedule: 'optimum', ...watch(optimal(workload, shares, compared.optimum, random)) },
  ];
}

export function learnedAfter(observed: number): string {
  return `learned after ${observed.toLocaleString('en')}`;
}

/** Each task follows one of two schedules, at random. */
function optimal(
  { kinds, keyed }: Workload,
  shares: readonly Share[],
  { prices, part }: Optimum,
  random: () => number,
): () => BackoffOptions {
  const [cheap, dear] = prices.map((price) => {
    const times = shares.map(([, grid]) => optimalTimes(grid, price));
    const schedules = new Map(kinds.map(({ name }, at) => [name, times[keyed ? at : 0] ?? []]));
    return decidedBy((seen, _, { taskId, elapsed }) => {
      const at = schedules.get(kindOf(taskId))?.[seen] ?? Infinity;
      // 1 us is added: the sum of delays may be a little less than the planned time
      return at - elapsed + 1e-3;
    });
  });
  return () => (random() < part ? dear : cheap) ?? {};
}
