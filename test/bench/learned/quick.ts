import { calibrate, costOfDefault } from './schedules.js';
import type { CreateLearner } from './learner.js';
import { gridOf, optimumAt, type Share } from './optimum.js';
import { lengthOf, type Workload } from './workloads.js';

/** The step of the grid, ms. */
const STEP = 10;

/** What can be computed without a simulation, at the mean lag of the default schedule. */
export interface QuickFigures {
  readonly workload: string;
  readonly odd: boolean;
  /** ms */
  readonly lag: number;
  readonly requests: number;
  readonly optimum: number;
  /** By size of the history. */
  readonly learned: readonly {
    readonly size: number;
    readonly requestCost: number;
    /** ms; lower than that of the default only if no price reaches it */
    readonly lag: number;
    readonly requests: number;
    readonly toDefault: number;
    readonly toOptimum: number;
  }[];
}

/** The grids of all kinds that a schedule can tell apart. */
export function shares(workload: Workload, step = STEP): Share[] {
  return workload.keyed
    ? workload.kinds.map(({ weight, length }) => [weight, gridOf(length, step)])
    : [[1, gridOf(lengthOf(workload), step)]];
}

export function quickFigures(
  create: CreateLearner,
  workload: Workload,
  sizes: readonly number[],
  histories: number,
): QuickFigures {
  const { lag, requests } = costOfDefault(workload);
  const grids = shares(workload);
  return {
    workload: workload.name,
    odd: workload.odd,
    lag,
    requests,
    optimum: optimumAt(grids, lag).requests,
    learned: sizes.map((size) => {
      const { requestCost, cost } = calibrate(create, workload, size, size ? histories : 1, lag);
      return {
        size,
        requestCost,
        ...cost,
        toDefault: cost.requests / requests,
        toOptimum: cost.requests / optimumAt(grids, cost.lag).requests,
      };
    }),
  };
}
