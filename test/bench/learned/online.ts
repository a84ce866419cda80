import { decidedBy } from './simulation.js';
import { kindOf } from './history.js';
import type { CreateLearner } from './learner.js';
import { randomNumbers, shuffled } from './random.js';
import { calibrate, costOfDefault } from './schedules.js';
import { stratifiedTasks, summary, watchTask, type Measured, type Task } from './virtual-time.js';
import type { Workload } from './workloads.js';

/** The tasks of one period, watched by the library while it learns from its own polls. */
export interface Period {
  /** The first and the last task. */
  readonly from: number;
  readonly to: number;
  readonly learned: Measured;
  readonly default: Measured;
}

/** A history that decides the price of a request. */
const CALIBRATION = { observed: 100, histories: 10 };

/**
 * Watches tasks one after another. The learner knows nothing at first, and the end of each task only as
 * precisely as the polls see it. If the workload has another length `before`, the first half has it.
 *
 * @param size the tasks of a period
 */
export function learnOnline(
  create: CreateLearner,
  workload: Workload,
  periods: number,
  size: number,
): Period[] {
  const random = randomNumbers(2);
  const { lag } = costOfDefault(workload);
  const { observed, histories } = CALIBRATION;
  const { price: requestCost } = calibrate(create, workload, observed, histories, lag);
  const learned = create({ requestCost, ...(workload.keyed && { key: kindOf }) });
  const backoff = decidedBy((...state) => learned.delay(...state));
  return Array.from({ length: periods }, (_, period) => {
    const tasks = tasksOf(workload, period < periods / 2, size, random);
    return {
      from: period * size + 1,
      to: (period + 1) * size,
      learned: summary(tasks.map((task) => watchTask(task, backoff, learned.learn()))),
      default: summary(tasks.map((task) => watchTask(task, { random }))),
    };
  });
}

function tasksOf(
  workload: Workload,
  isBefore: boolean,
  size: number,
  random: () => number,
): Task[] {
  const kinds = workload.kinds.map((kind) => ({
    ...kind,
    length: (isBefore ? kind.before : undefined) ?? kind.length,
  }));
  return shuffled(stratifiedTasks({ ...workload, kinds }, size, random), random);
}
