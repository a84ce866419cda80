import type { Distribution } from './distributions.js';
import type { Cost } from './optimum.js';

/** The delay after a task has been seen `seen` times, the first time `elapsed` ms ago. */
export type Delay = (seen: number, elapsed: number) => number;

/** A schedule is followed until fewer than this part of the tasks is running. */
const LAST = 1e-8;

/**
 * The exact cost of a schedule that depends on nothing but the time, if an answer takes no time.
 *
 * Each request that finds the task running is followed by another one. A delay of length `d` from `t` on
 * adds `d * survival(t)` to the mean time until the end is seen.
 */
export function expectedCost(delay: Delay, { survival, mean }: Distribution): Cost {
  let [requests, seenAt] = [1, 0];
  let elapsed = 0;
  for (let seen = 1, running = 1; running > LAST; seen++) {
    const next = Math.max(1, delay(seen, elapsed));
    requests += running;
    seenAt += running * next;
    elapsed += next;
    running = survival(elapsed);
  }
  return { requests, lag: seenAt - mean };
}
