/** What a pool is doing. */
export interface TaskStatusPoolStats {
  /** Tasks that are being watched. */
  readonly watching: number;
  /** Requests that wait in the queue. */
  readonly queued: number;
  /** Requests in flight. */
  readonly inFlight: number;
  /** Requests sent so far. */
  readonly requests: number;
  /** Requests so far that brought no status: the polls with an `error`. */
  readonly errors: number;
  /** When the cooldown ends that the server asked for, by the scheduler's clock; absent without one. */
  readonly heldUntil?: number;
}

/** Whether two stats have the same figures. */
export function isSameStats(a: TaskStatusPoolStats, b: TaskStatusPoolStats): boolean {
  return (
    a.watching === b.watching &&
    a.queued === b.queued &&
    a.inFlight === b.inFlight &&
    a.requests === b.requests &&
    a.errors === b.errors &&
    a.heldUntil === b.heldUntil
  );
}
