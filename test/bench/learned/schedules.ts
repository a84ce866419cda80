import { exponentialDelay, withJitter } from '../../../src/watch/backoff.js';
import { expectedCost, type Delay } from './expectation.js';
import { learner, observations, STATUS } from './history.js';
import type { CreateLearner, Learner } from './learner.js';
import { mix, type Cost } from './optimum.js';
import { randomNumbers } from './random.js';
import type { Workload } from './workloads.js';

/** The library's defaults, without `maxDelay` and the jitter. */
const DEFAULT = { initialDelay: 1_000, factor: 1.5, maxDelay: 5_000 };
const JITTER = 0.1;
/** How often the jitter of a schedule is drawn. */
const DRAWS = 64;

/** The exact cost of a schedule that is the same for all kinds of tasks. */
function costOfDelay({ kinds }: Workload, delay: () => Delay, draws = 1): Cost {
  return mix(
    kinds.flatMap(({ weight, length }) =>
      Array.from({ length: draws }, () => [weight / draws, expectedCost(delay(), length)] as const),
    ),
  );
}

/** The exact cost of a fixed interval, ms. */
export function costOfInterval(workload: Workload, interval: number): Cost {
  return costOfDelay(workload, () => () => interval);
}

/** The mean cost of the library's default schedule over its jitter. */
export function costOfDefault(workload: Workload, maxDelay = DEFAULT.maxDelay): Cost {
  const jitter = { jitter: JITTER, random: randomNumbers(1) };
  const schedule = { ...DEFAULT, maxDelay };
  const delay: Delay = (seen) => withJitter(exponentialDelay(seen, schedule), 0, jitter);
  return costOfDelay(workload, () => delay, DRAWS);
}

/** The exact cost of what a learner has learned. */
function costOfLearner({ kinds }: Workload, learned: Learner): Cost {
  return mix(
    kinds.map(({ name, weight, length }) => {
      const taskId = `${name}_next`;
      const delay: Delay = (seen, elapsed) => learned.delay(seen, STATUS, { taskId, elapsed });
      return [weight, expectedCost(delay, length)];
    }),
  );
}

/** The learners of some histories of the same size, with a price for a request, ms. */
export function learners(
  create: CreateLearner,
  workload: Workload,
  size: number,
  histories: number,
  requestCost: number,
): Learner[] {
  return Array.from({ length: histories }, (_, seed) =>
    learner(create, workload, observations(workload, size, seed + 1), requestCost),
  );
}

/** The range of prices that are searched, ms. */
const CHEAPEST = 1;
const DEAREST = 1e7;
/** The search starts here. */
const USUAL = 10_000;
/** The relative difference of lags that is accepted. */
const TOLERANCE = 5e-4;
const MOST_STEPS = 24;

/** A price for a request, and the mean cost with it over all histories. */
export interface Priced {
  readonly price: number;
  readonly cost: Cost;
}

/**
 * Finds the price with which the mean lag over all histories is `lag`. If no price does, it is the one
 * with the longest lag below, or the lowest price if every lag is longer.
 */
export function calibrate(
  create: CreateLearner,
  workload: Workload,
  size: number,
  histories: number,
  lag: number,
): Priced {
  const seen = Array.from({ length: histories }, (_, seed) =>
    observations(workload, size, seed + 1),
  );
  const costOf = (requestCost: number): Cost =>
    mix(
      seen.map((each) => {
        const learned = learner(create, workload, each, requestCost);
        return [1 / histories, costOfLearner(workload, learned)];
      }),
    );
  return priceFor(costOf, lag);
}

/** A bracket around the price, which is narrowed by a factor that depends on how far the lags are. */
export function priceFor(costOf: (price: number) => Cost, lag: number): Priced {
  let low: Priced | undefined;
  let [below, above] = [CHEAPEST, DEAREST];
  let price = USUAL;
  for (let step = 0; step < MOST_STEPS; step++) {
    const cost = costOf(price);
    if (Math.abs(cost.lag / lag - 1) < TOLERANCE) return { price, cost };
    if (cost.lag < lag) [low, below] = [{ price, cost }, price];
    else above = price;
    if (above / below < 1 + TOLERANCE) break;
    // the lag grows with a power of the price between 1/2 and 1
    const guess = price * (lag / cost.lag) ** 1.4;
    price = guess > below && guess < above && step % 3 < 2 ? guess : Math.sqrt(below * above);
  }
  return low ?? { price, cost: costOf(price) };
}
