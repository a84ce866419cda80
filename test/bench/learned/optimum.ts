import type { Distribution } from './distributions.js';

/** What a schedule costs on average, with the first request at 0. */
export interface Cost {
  /** Requests per task, the first and the last included. */
  readonly requests: number;
  /** The time from the end of a task until it is seen, ms. */
  readonly lag: number;
}

/** Points in time at which requests can be sent, and the part of the tasks that is still running then. */
export interface Grid {
  /** ms; the first is 0 */
  readonly times: Float64Array;
  readonly running: Float64Array;
  /** The mean length of a task, ms. */
  readonly mean: number;
  /**
   * By how much a grid can lengthen the mean lag, ms. Any schedule can be rounded up to the grid: then
   * it makes no more requests, and its lag grows by the step of the grid at most.
   */
  readonly error: number;
}

/** Nothing of interest happens outside of these quantiles. */
const BODY = 1e-4;
/** All tasks have ended when fewer than this part are running. */
const LAST = 1e-9;
/** The step relative to the time, in the body and outside of it. */
const RELATIVE = { body: 2e-5, outside: 1e-3 };

/**
 * Makes a grid for a distribution.
 *
 * @param step the shortest step, ms
 */
export function gridOf({ survival, quantile, mean }: Distribution, step: number): Grid {
  const [from, to, end] = [quantile(BODY), quantile(1 - BODY), quantile(1 - LAST)];
  const times = [0];
  const running = [1];
  let error = 0;
  for (let time = 0; time < end;) {
    const inBody = time >= from * 0.98 && time <= to;
    const relative = inBody ? RELATIVE.body : RELATIVE.outside;
    const length = Math.max(step, relative * time);
    // the start of the body is on the grid
    time = time < from * 0.98 ? Math.min(time + length, from * 0.98) : time + length;
    const before = running.at(-1) ?? 1;
    const left = time >= end ? 0 : survival(time);
    // a task whose end is seen here is seen at most one step later than without the grid
    error += (before - left) * length;
    times.push(time);
    running.push(left);
  }
  return { times: Float64Array.from(times), running: Float64Array.from(running), mean, error };
}

/**
 * The schedule with the smallest `price * requests + lag`, by dynamic programming backwards in time.
 *
 * The cost of waiting from `a` to `b` is `running(a) * (price + b - a)`, less a part that is the same for
 * all schedules. For a given `a` this is a line in `running(a)` for each `b`, so the best `b` is on the
 * lower envelope of these lines, and the envelope is kept in a stack.
 *
 * @param price how much lag a request is worth, ms
 */
export function optimum(grid: Grid, price: number): Cost {
  const { cost, requests } = solve(grid, price);
  const count = requests[0] ?? 0;
  return { requests: 1 + count, lag: (cost[0] ?? 0) - price * count - grid.mean };
}

/** When the optimal schedule sends its requests, ms. The first is at 0; after the last all have ended. */
export function optimalTimes(grid: Grid, price: number): number[] {
  const { next } = solve(grid, price);
  const times: number[] = [];
  for (let at = 0; ; at = next[at] ?? 0) {
    times.push(grid.times[at] ?? 0);
    if (at === grid.times.length - 1) return times;
  }
}

/** By point in time: the cost and the requests from it on, and when the next request is sent. */
interface Solution {
  readonly cost: Float64Array;
  readonly requests: Float64Array;
  readonly next: Int32Array;
}

function solve({ times, running }: Grid, price: number): Solution {
  const last = times.length - 1;
  const cost = new Float64Array(last + 1);
  const requests = new Float64Array(last + 1);
  const next = new Int32Array(last + 1);
  const stack = new Int32Array(last + 1);
  let depth = 0;
  /** Where the line of `a`, which is flatter, gets below the line of `b`. */
  const crossing = (a: number, b: number): number =>
    ((cost[a] ?? 0) - (cost[b] ?? 0)) / ((times[b] ?? 0) - (times[a] ?? 0));
  // from the bottom to the top the lines get flatter, and are best for ever larger parts
  stack[depth++] = last;
  for (let at = last - 1; at >= 0; at--) {
    const part = running[at] ?? 0;
    let low = 0;
    let high = depth - 1;
    while (low < high) {
      const middle = (low + high + 1) >> 1;
      if (crossing(stack[middle] ?? 0, stack[middle - 1] ?? 0) <= part) low = middle;
      else high = middle - 1;
    }
    const best = stack[low] ?? last;
    next[at] = best;
    cost[at] = part * (price + (times[best] ?? 0) - (times[at] ?? 0)) + (cost[best] ?? 0);
    requests[at] = part + (requests[best] ?? 0);
    while (depth > 1) {
      const top = stack[depth - 1] ?? 0;
      if (crossing(at, top) > crossing(top, stack[depth - 2] ?? 0)) break;
      depth--;
    }
    stack[depth++] = at;
  }
  return { cost, requests, next };
}

/** A kind of tasks with a schedule for itself, and its part of all tasks. */
export type Share = readonly [weight: number, grid: Grid];

/** The optimal schedules for a mean lag. */
export interface Optimum extends Cost {
  /** The prices of two optimal schedules around this lag, ms per request. */
  readonly prices: readonly [low: number, high: number];
  /** The part of the tasks that follows the schedule with the high price. */
  readonly part: number;
}

/** The fewest requests that any schedules need for a mean lag, with the same price for all kinds. */
export function optimumAt(shares: readonly Share[], lag: number): Optimum {
  let [low, high] = [costOf(shares, CHEAPEST), costOf(shares, DEAREST)];
  let [cheap, dear] = [Math.log(CHEAPEST), Math.log(DEAREST)];
  for (let step = 0; step < 18; step++) {
    const middle = (cheap + dear) / 2;
    const cost = costOf(shares, Math.exp(middle));
    if (cost.lag < lag) [low, cheap] = [cost, middle];
    else [high, dear] = [cost, middle];
  }
  // between two optima a mixture of both schedules is the best: the lower convex envelope
  const between = high.lag > low.lag ? (lag - low.lag) / (high.lag - low.lag) : 1;
  const part = Math.min(1, Math.max(0, between));
  return {
    prices: [Math.exp(cheap), Math.exp(dear)],
    part,
    requests: low.requests + part * (high.requests - low.requests),
    lag: low.lag + part * (high.lag - low.lag),
  };
}

/** By how much the grids can lengthen the mean lag of all tasks, ms. */
export function errorOf(shares: readonly Share[]): number {
  return shares.reduce((sum, [weight, { error }]) => sum + weight * error, 0);
}

/** The range of prices that are searched, ms. */
const CHEAPEST = 1;
const DEAREST = 1e8;

/** The optimum of all kinds for a price. */
export function costOf(shares: readonly Share[], price: number): Cost {
  return mix(shares.map(([weight, grid]) => [weight, optimum(grid, price)]));
}

/** The mean cost over kinds of tasks. */
export function mix(costs: readonly (readonly [weight: number, cost: Cost])[]): Cost {
  return {
    requests: costs.reduce((sum, [weight, { requests }]) => sum + weight * requests, 0),
    lag: costs.reduce((sum, [weight, { lag }]) => sum + weight * lag, 0),
  };
}
