import { randomNumbers } from './random.js';
import type { CreateLearner, Learner } from './learner.js';
import { pickKind, type Workload } from './workloads.js';

/** The status whose length is learned. */
export const STATUS = 'running';

/** The kind of a task, as its key. */
export function kindOf(taskId: string): string {
  return taskId.slice(0, taskId.indexOf('_'));
}

/** An ended task that was observed. */
interface Observation {
  readonly taskId: string;
  readonly ms: number;
}

/** A random sample of tasks in random order. With the same seed it is the same in each run. */
export function observations({ kinds }: Workload, count: number, seed: number): Observation[] {
  const random = randomNumbers(seed);
  return Array.from({ length: count }, (_, at) => {
    const { name, length, before } = pickKind(kinds, random());
    const { quantile } = before && at < count / 2 ? before : length;
    return { taskId: `${name}_${at}`, ms: quantile(random()) };
  });
}

/** A learner that has seen these tasks. */
export function learner(
  create: CreateLearner,
  { keyed }: Workload,
  seen: readonly Observation[],
  requestCost: number,
): Learner {
  const learned = create({ requestCost, ...(keyed && { key: kindOf }) });
  for (const { taskId, ms } of seen) learned.record(STATUS, ms, taskId);
  return learned;
}
