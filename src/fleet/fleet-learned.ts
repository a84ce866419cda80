/*
 * What a fleet calls on a learned schedule.
 *
 * - `delay` is the `backoff.delay` of each watch. The fleet passes how long the status has lasted in all
 *   workers, not only in this one.
 * - `observe` says where a duration counts. It counts nothing: the script that publishes the change adds
 *   the observations to the counts in Redis, so a change and its duration are written together or not at
 *   all, and no repetition counts twice.
 * - `replaceShared` gets the counts of a key in the whole fleet, a moment after each of their changes.
 *   They are added to what the schedule has learned itself, and replace those of the call before.
 * - `halfLife`: the counts in Redis are reduced there, once for the fleet.
 *
 * The type is structural: the fleet does not import `rxjs-task-status/learned`.
 */

/** A schedule that learns: `learnedDelay()` of `rxjs-task-status/learned` returns one. */
export interface FleetLearned {
  /** The delay before the next poll, ms: the option `backoff.delay`. */
  readonly delay: (
    seen: number,
    status: string | undefined,
    context: { readonly taskId: string; readonly elapsed: number },
  ) => number;
  /** After how many durations of a status an old one counts half; `Infinity` for never. */
  readonly halfLife: number;
  /** Where a duration counts, in some keys and bins. It changes nothing. */
  readonly observe: (duration: FleetDuration) => readonly FleetObservation[];
  /**
   * Replaces what the fleet has counted for a key. It is added to what was learned otherwise.
   *
   * @param observations at most one for each status, bin and kind; empty to forget the key
   */
  readonly replaceShared: (key: string, observations: readonly FleetObservation[]) => void;
}

/** How long a status of a task lasted. All times are ms since the status was first seen. */
export interface FleetDuration {
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
export interface FleetObservation {
  /** What tasks have in common. */
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
