import type { CreateLearner } from './learner.js';
import { errorOf, gridOf, optimumAt, type Cost, type Optimum, type Share } from './optimum.js';
import { calibrate, costOfDefault, costOfInterval } from './schedules.js';
import { lengthOf, type Workload } from './workloads.js';

/** The step of the grid, ms. */
const STEP = 10;
/** The fixed interval that is compared, ms. */
export const INTERVAL = 2_000;

/** The exact cost of a learned schedule, and how it compares at the same mean lag. */
export interface Learned extends Cost {
  /** How many durations it has seen. */
  readonly observed: number;
  /** The price of a request that leads to this lag, ms. */
  readonly requestCost: number;
  /** The requests, as a part of those of the default. */
  readonly toDefault: number;
  /** The requests, as a multiple of the fewest possible at this lag. */
  readonly toOptimum: number;
}

/** The exact costs of all schedules. */
export interface Comparison {
  readonly workload: string;
  readonly odd: boolean;
  readonly interval: Cost;
  readonly default: Cost;
  /** The fewest requests at the lag of the default. */
  readonly optimum: Optimum;
  readonly learned: readonly Learned[];
  /** Schedules with fewer requests than the optimum for their lag: there must be none. */
  readonly better: readonly string[];
}

/** The grids of all kinds that a schedule can tell apart. */
export function sharesOf(workload: Workload, step = STEP): Share[] {
  return workload.keyed
    ? workload.kinds.map(({ weight, length }) => [weight, gridOf(length, step)])
    : [[1, gridOf(lengthOf(workload), step)]];
}

/**
 * Compares the exact costs of the schedules for a workload.
 *
 * @param histories how many random histories of a size are averaged
 */
export function compare(
  create: CreateLearner,
  workload: Workload,
  shares: readonly Share[],
  observed: readonly number[],
  histories: number,
): Comparison {
  const byDefault = costOfDefault(workload);
  const { lag } = byDefault;
  const optimum = optimumAt(shares, lag);
  const learned = observed.map((count): Learned => {
    const { price, cost } = calibrate(create, workload, count, count ? histories : 1, lag);
    const near = Math.abs(cost.lag / lag - 1) < 1e-3;
    const fewest = near ? optimum.requests : optimumAt(shares, cost.lag).requests;
    return {
      observed: count,
      requestCost: price,
      ...cost,
      toDefault: cost.requests / byDefault.requests,
      toOptimum: cost.requests / fewest,
    };
  });
  const interval = costOfInterval(workload, INTERVAL);
  const better = [
    ...(beats(interval, optimumAt(shares, interval.lag), shares) ? ['the fixed interval'] : []),
    ...(beats(byDefault, optimum, shares) ? ['the default'] : []),
    ...learned.flatMap((each) =>
      beats(each, optimum, shares) ? [`learned after ${each.observed}`] : [],
    ),
  ];
  return {
    workload: workload.name,
    odd: workload.odd,
    interval,
    default: byDefault,
    optimum,
    learned,
    better,
  };
}

/** What the sums of a schedule may be wrong by, relative to its requests. */
const ROUNDING = 1e-6;

/**
 * Whether a schedule is better than the optimum, beyond the error of the grid. The curve of the optimum is
 * convex, so all of it is above its tangent at any lag.
 */
export function beats({ requests, lag }: Cost, near: Optimum, shares: readonly Share[]): boolean {
  const tangent = near.requests - (lag + errorOf(shares) - near.lag) / near.prices[0];
  return requests * (1 + ROUNDING) < tangent;
}
