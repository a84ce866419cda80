import { BIN_COUNT, binOf, positionOf, valueAt } from './bins.js';

/** How many tasks had a status for how long, in bins. */
export interface Counts {
  /** For each bin, how many tasks left the status in it. */
  readonly ended: Float64Array;
  /** For each bin, how many tasks were last seen in it, still with the status (censored). */
  readonly censored: Float64Array;
}

/** Where a duration counts, and how much. */
export interface BinWeight {
  readonly bin: number;
  readonly weight: number;
}

/** The largest count that is accepted from elsewhere: with larger ones, single durations would be lost. */
export const MAX_COUNT = 1e12;

/** How many steps a half-life has. */
const STEPS = 32;

/**
 * How long one status lasted, in bins. Older durations count less: after `halfLife` further ones that have
 * ended, half. Counts that were shared by others are added, and do not become less here.
 */
export class Histogram {
  /** How much has changed since the curve was computed; a duration counts 1. */
  changes = 0;

  /** The durations that were counted here, each with its present weight. */
  readonly own: Counts = emptyCounts();
  /** The tasks that have the status now. */
  readonly #running = new Float64Array(BIN_COUNT);
  readonly #shared: Counts = emptyCounts();
  readonly #halfLife: number;
  #weight = 0;
  #sinceReduced = 0;

  constructor(halfLife: number) {
    this.#halfLife = halfLife;
  }

  /** How many durations are known, each with its present weight. */
  get weight(): number {
    return this.#weight;
  }

  /** All counts; running tasks are censored. */
  all(): Counts {
    const { own } = this;
    const shared = this.#shared;
    return {
      ended: own.ended.map((count, bin) => count + valueAt(shared.ended, bin)),
      censored: own.censored.map(
        (count, bin) => count + valueAt(shared.censored, bin) + valueAt(this.#running, bin),
      ),
    };
  }

  addEnded(weights: readonly BinWeight[]): void {
    for (const { bin, weight } of weights) add(this.own.ended, bin, weight);
    this.#weight++;
    this.changes++;
    this.#forget();
  }

  addCensored(weights: readonly BinWeight[]): void {
    for (const { bin, weight } of weights) add(this.own.censored, bin, weight);
    // It makes no other duration older: a watch may end for reasons that say nothing about the task.
    this.changes++;
  }

  /** Moves a task that has the status between bins; `undefined` is outside of all bins. */
  moveRunning(from: number | undefined, to: number | undefined): void {
    if (from !== undefined) add(this.#running, from, -1);
    if (to !== undefined) add(this.#running, to, 1);
    // a running task says less than one that has ended
    this.changes += 0.25;
  }

  /** Adds what an earlier schedule has learned. */
  addHistory({ ended, censored }: Counts): void {
    ended.forEach((count, bin) => {
      add(this.own.ended, bin, count);
      this.#weight += count;
    });
    censored.forEach((count, bin) => add(this.own.censored, bin, count));
    this.changes = Infinity;
  }

  /** Adds a weight, which may be negative, to the counts that others have shared. */
  addShared({ bin, weight }: BinWeight, isCensored: boolean): void {
    add(isCensored ? this.#shared.censored : this.#shared.ended, bin, weight);
    if (!isCensored) this.#weight = Math.max(0, this.#weight + weight);
    this.changes = Infinity;
  }

  #forget(): void {
    this.#sinceReduced++;
    // not for every duration, because it takes all bins
    if (this.#sinceReduced * STEPS < this.#halfLife) return;
    const factor = 0.5 ** (this.#sinceReduced / this.#halfLife);
    this.#sinceReduced = 0;
    for (const counts of [this.own.ended, this.own.censored]) {
      counts.forEach((count, bin) => {
        counts[bin] = count * factor;
        if (counts === this.own.ended) this.#weight -= count * (1 - factor);
      });
    }
  }
}

/** Counts of nothing. */
export function emptyCounts(): Counts {
  return { ended: new Float64Array(BIN_COUNT), censored: new Float64Array(BIN_COUNT) };
}

function add(counts: Float64Array, bin: number, weight: number): void {
  // not below 0: a sum of fractions may be a little less than what is taken away
  counts[bin] = Math.max(0, valueAt(counts, bin) + weight);
}

/** Where a duration counts that has ended at some time between `from` and `to`, ms; the sum is 1. */
export function endedBetween(from: number, to: number): BinWeight[] {
  const first = positionOf(from);
  const last = positionOf(to);
  if (last - first > 1) {
    const start = Math.floor(first);
    return Array.from({ length: Math.floor(last) - start + 1 }, (_, index) => {
      const bin = start + index;
      const part = Math.min(last, bin + 1) - Math.max(first, bin);
      return { bin, weight: part / (last - first) };
    });
  }
  // Shared by the two bins whose middles are nearest: so the mean of all durations stays right.
  const middle = Math.max(0, (first + last) / 2 - 0.5);
  const bin = Math.min(BIN_COUNT - 1, Math.floor(middle));
  const part = bin === BIN_COUNT - 1 ? 0 : middle - bin;
  return [
    { bin, weight: 1 - part },
    { bin: bin + 1, weight: part },
  ].filter(({ weight }) => weight > 0);
}

/** Where a duration counts that had not ended after `ms`. */
export function censoredAt(ms: number): BinWeight[] {
  return [{ bin: binOf(ms), weight: 1 }];
}
