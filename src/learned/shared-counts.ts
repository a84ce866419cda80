import { BIN_COUNT } from './bins.js';
import { MAX_COUNT } from './histogram.js';
import type { LearnedStatuses } from './learned-statuses.js';

/** How long a status of a task lasted. All times are ms since the status was first seen. */
export interface LearnedDuration {
  /** The task's id. */
  readonly taskId: string;
  /** The status. */
  readonly status: string;
  /** When the status was last seen. */
  readonly from: number;
  /** When another status was seen, at least `from`. If the status did not end, the same as `from`. */
  readonly to: number;
  /** Whether the status did not end: the task is still running, or was given up. */
  readonly censored: boolean;
}

/** A part of the counts of a key. */
export interface LearnedObservation {
  /** What tasks have in common: what the option `key` returned; empty without it. */
  readonly key: string;
  /** The status. */
  readonly status: string;
  /** The number of the bin, an integer of at least 0. */
  readonly bin: number;
  /** How many durations, also a fraction. */
  readonly weight: number;
  /** Whether the status had not ended. */
  readonly censored: boolean;
}

/** What other processes have counted. */
export class SharedCounts {
  readonly #statuses: LearnedStatuses;
  readonly #byKey = new Map<string, readonly LearnedObservation[]>();

  constructor(statuses: LearnedStatuses) {
    this.#statuses = statuses;
  }

  /** @param key `undefined` without the option `key` */
  replace(key: string | undefined, observations: readonly LearnedObservation[]): void {
    const known = observations.filter(
      ({ bin, weight }) =>
        Number.isInteger(bin) && bin >= 0 && bin < BIN_COUNT && weight > 0 && weight <= MAX_COUNT,
    );
    this.#add(key, this.#byKey.get(key ?? '') ?? [], -1);
    this.#add(key, known, 1);
    if (known.length > 0) this.#byKey.set(key ?? '', known);
    else this.#byKey.delete(key ?? '');
  }

  #add(key: string | undefined, observations: readonly LearnedObservation[], sign: 1 | -1): void {
    for (const { status, bin, weight, censored } of observations) {
      const part = { bin, weight: sign * weight };
      this.#statuses.ofAll(status).histogram.addShared(part, censored);
      if (key !== undefined) this.#statuses.ofKey(key, status).histogram.addShared(part, censored);
    }
  }
}
