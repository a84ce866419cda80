import { delayFor, estimateCurve, PRIOR, type Curve } from './curve.js';
import { Histogram } from './histogram.js';

/** How many tasks the default schedule counts for in a delay. */
const DEFAULT_WEIGHT = 0.5;
/** How many tasks the durations of all keys count for in the curve of one key. */
const OVERALL_WEIGHT = 2;
/** The curve is computed again when the durations have grown by this part. */
const GROWTH = 1 / 16;

/** What is known of the duration of one status, of all tasks or of those of one key. */
export class LearnedStatus {
  readonly histogram: Histogram;
  /** The same status of all keys; `undefined` for that itself. */
  readonly #overall: LearnedStatus | undefined;
  #curve: Curve | undefined;
  /** How many durations of all keys there were when the curve was computed. */
  #overallWeight = 0;

  constructor(halfLife: number, overall?: LearnedStatus) {
    this.histogram = new Histogram(halfLife);
    this.#overall = overall;
  }

  /**
   * The delay after which a change has been waiting undetected for `cost` on average. With few durations
   * it lies between this and `defaultDelay`.
   *
   * @param elapsed how long the status has been seen, ms
   */
  delay(elapsed: number, cost: number, defaultDelay: number): number {
    const weight = (this.#overall ?? this).histogram.weight;
    if (weight === 0) return defaultDelay;
    const learned = delayFor(this.#currentCurve(), elapsed, cost);
    const doubt = DEFAULT_WEIGHT / (weight + DEFAULT_WEIGHT);
    return learned ** (1 - doubt) * defaultDelay ** doubt;
  }

  #currentCurve(): Curve {
    const { histogram } = this;
    const overall = this.#overall;
    if (overall && histogram.weight === 0) return overall.#currentCurve();
    const isOutdated =
      histogram.changes >= Math.max(1, histogram.weight * GROWTH) ||
      (overall?.histogram.weight ?? 0) > 2 * this.#overallWeight;
    if (this.#curve && !isOutdated) return this.#curve;
    histogram.changes = 0;
    this.#overallWeight = overall?.histogram.weight ?? 0;
    this.#curve = overall
      ? estimateCurve(histogram.all(), overall.#currentCurve(), OVERALL_WEIGHT)
      : estimateCurve(histogram.all(), PRIOR, priorWeight(histogram.weight));
    return this.#curve;
  }
}

/**
 * How many tasks the prior counts for: half a task at first. The more durations there are, the less likely
 * is one unlike all of them.
 */
function priorWeight(weight: number): number {
  return 0.5 / Math.sqrt(1 + weight / 10);
}
