import { MAX_TIMER_DELAY } from '../watch/backoff.js';
import { BIN_COUNT, binOf, edgeOf, valueAt } from './bins.js';
import type { Counts } from './histogram.js';
import { smooth } from './smooth.js';

/** A distribution of durations. */
export interface Curve {
  /** For each edge of a bin, which part of the tasks still has the status then: 1 at the first edge. */
  readonly survival: Float64Array;
  /** For each edge of a bin, the integral of `survival` from there to the last edge, ms. */
  readonly areaAfter: Float64Array;
}

/** Half of all tasks end within this time, as long as nothing is known, ms. */
const PRIOR_MEDIAN = 60_000;

/** A weak assumption with a heavy tail: nothing is impossible, and long tasks stay long. */
export const PRIOR: Curve = curveFrom(
  Float64Array.from(
    { length: BIN_COUNT },
    (_, bin) => priorSurvival(edgeOf(bin)) - priorSurvival(edgeOf(bin + 1)),
  ),
  priorSurvival(edgeOf(BIN_COUNT)),
);

function priorSurvival(ms: number): number {
  return 1 / (1 + ms / PRIOR_MEDIAN);
}

/**
 * Estimates the distribution of a status' duration.
 *
 * The hazard of each bin is the Nelson-Aalen estimate, where the durations of a bin are counted one after
 * another. So tasks that are still running, or whose watch ended before, count as long as they were seen.
 * The estimate is smoothed, and mixed with a prior that counts as much as `priorWeight` tasks.
 *
 * @see https://doi.org/10.1080/00401706.1972.10488991 Nelson, Theory and applications of hazard plotting
 * @see https://doi.org/10.1214/aos/1176344247 Aalen, Nonparametric inference for counting processes
 */
export function estimateCurve(counts: Counts, prior: Curve, priorWeight: number): Curve {
  const { deaths, left, lastBin } = nelsonAalen(counts);
  // Beyond the longest duration that was seen, only the prior knows anything.
  const beyond = valueAt(prior.survival, lastBin + 1);
  // more than 0: no curve ever reaches it
  const share = left / beyond;
  const mixed = smooth(deaths).map((count, bin) => {
    const part = valueAt(prior.survival, bin) - valueAt(prior.survival, bin + 1);
    return count + (priorWeight + (bin > lastBin ? share : 0)) * part;
  });
  return curveFrom(mixed, (priorWeight + share) * valueAt(prior.survival, BIN_COUNT));
}

/** How many of all tasks end in each bin, and how many are left after `lastBin`, the last that was seen. */
function nelsonAalen({ ended, censored }: Counts): {
  deaths: Float64Array;
  left: number;
  lastBin: number;
} {
  const lastBin = Math.max(lastUsed(ended), lastUsed(censored));
  let atRisk = sum(ended) + sum(censored);
  let left = atRisk;
  const deaths = ended.map((count, bin) => {
    const lost = valueAt(censored, bin);
    // a task that was lost within the bin was at risk for half of it
    const part = count > 0 ? Math.min(1, count / (atRisk - lost / 2)) : 0;
    const ends = left * part;
    left -= ends;
    atRisk -= count + lost;
    return ends;
  });
  return { deaths, left, lastBin };
}

function sum(counts: Float64Array): number {
  return counts.reduce((total, count) => total + count, 0);
}

function lastUsed(counts: Float64Array): number {
  return counts.reduce((last, count, bin) => (count > 0 ? bin : last), 0);
}

/** @param beyond how much ends after the last bin */
function curveFrom(counts: Float64Array, beyond: number): Curve {
  const survival = new Float64Array(BIN_COUNT + 1);
  survival[BIN_COUNT] = beyond;
  for (let bin = BIN_COUNT - 1; bin >= 0; bin--) {
    survival[bin] = valueAt(survival, bin + 1) + valueAt(counts, bin);
  }
  const total = valueAt(survival, 0);
  survival.forEach((value, edge) => {
    survival[edge] = value / total;
  });
  // From the end: a sum from 0 is too large for the differences where hardly any task is left.
  const areaAfter = new Float64Array(BIN_COUNT + 1);
  for (let bin = BIN_COUNT - 1; bin >= 0; bin--) {
    const mean = (valueAt(survival, bin) + valueAt(survival, bin + 1)) / 2;
    areaAfter[bin] = valueAt(areaAfter, bin + 1) + mean * (edgeOf(bin + 1) - edgeOf(bin));
  }
  return { survival, areaAfter };
}

/**
 * The delay `d` for which the integral over 0..d of P(ended by `elapsed` + u | not ended by `elapsed`) du
 * is `cost`: then a change has been waiting undetected for `cost` on average.
 *
 * @param elapsed how long the status has been seen, ms
 * @param cost the price of one request, ms
 * @returns ms
 * @see https://doi.org/10.1137/0111080 Barlow, Hunter and Proschan, Optimum checking procedures
 * @see https://doi.org/10.1287/mnsc.21.3.256 Keller, Optimum checking schedules
 */
export function delayFor(curve: Curve, elapsed: number, cost: number): number {
  // `>`: not for NaN either
  const start = elapsed > 0 ? Math.min(elapsed, edgeOf(BIN_COUNT - 1)) : 0;
  const { survival, areaAfter } = curve;
  const now = survivalAt(curve, start);
  const areaNow = areaAfterAt(curve, start);
  /** The integral from `start` to the edge `index`. */
  const undetectedAt = (index: number): number =>
    edgeOf(index) - start - (areaNow - valueAt(areaAfter, index)) / now;
  let low = binOf(start) + 1;
  let high = BIN_COUNT;
  while (low < high) {
    const middle = (low + high) >> 1;
    if (undetectedAt(middle) < cost) low = middle + 1;
    else high = middle;
  }
  // Within the bin before the edge, survival is a straight line and its integral a parabola.
  const from = Math.max(start, edgeOf(low - 1));
  const offset = from - start;
  const slope =
    (valueAt(survival, low - 1) - valueAt(survival, low)) / (edgeOf(low) - edgeOf(low - 1));
  const survivalFrom = survivalAt(curve, from);
  const missing = cost - (offset - (areaNow - areaAfterAt(curve, from)) / now);
  // (slope / 2 now) y² + (1 - survivalFrom / now) y = missing
  const a = slope / (2 * now);
  const b = 1 - survivalFrom / now;
  const rest = (2 * missing) / (b + Math.sqrt(b * b + 4 * a * missing));
  // not beyond the edge, also if the parabola is too flat for the precision of numbers
  const longest = low < BIN_COUNT ? edgeOf(low) - from : MAX_TIMER_DELAY;
  return offset + (rest < longest ? rest : longest);
}

function survivalAt({ survival }: Curve, ms: number): number {
  const bin = binOf(ms);
  const from = valueAt(survival, bin);
  const part = (ms - edgeOf(bin)) / (edgeOf(bin + 1) - edgeOf(bin));
  return from + (valueAt(survival, bin + 1) - from) * part;
}

function areaAfterAt(curve: Curve, ms: number): number {
  const end = binOf(ms) + 1;
  const mean = (survivalAt(curve, ms) + valueAt(curve.survival, end)) / 2;
  return valueAt(curve.areaAfter, end) + mean * (edgeOf(end) - ms);
}
