/** The current stats of a pool. */
export interface TaskStatusPoolStats {
  /** How many tasks are being watched. */
  readonly watching: number;
  /** How many requests wait in the queue. */
  readonly queued: number;
  /** How many requests are in flight. */
  readonly inFlight: number;
  /** How many requests have been sent so far. */
  readonly requests: number;
  /** How many polls so far had an `error`. */
  readonly errors: number;
  /**
   * How many of the tasks that are being watched have a failure as their latest answer. An ignored status
   * word and a 404 within `notFoundGrace` are not failures.
   */
  readonly failing: number;
  /** When the last good answer was handled, as a reading of the scheduler's clock, ms; absent before it. */
  readonly lastAnswerAt?: number;
  /** When the cooldown ends, as a reading of the scheduler's clock, ms; absent without a cooldown. */
  readonly heldUntil?: number;
}

/** Whether two stats are equal. */
export function isSameStats(a: TaskStatusPoolStats, b: TaskStatusPoolStats): boolean {
  return (
    a.watching === b.watching &&
    a.queued === b.queued &&
    a.inFlight === b.inFlight &&
    a.requests === b.requests &&
    a.errors === b.errors &&
    a.failing === b.failing &&
    a.lastAnswerAt === b.lastAnswerAt &&
    a.heldUntil === b.heldUntil
  );
}
