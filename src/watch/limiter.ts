import type { StatusResponse } from '../api/response.js';

/** A request's permission to start. */
export interface Permit {
  /** Starts the request. The limiter calls it once and then removes it. */
  grant: (() => void) | undefined;
  /** Ends the request: the limiter cannot start it any more, because its clock or scheduler threw. */
  readonly fail: (error: unknown) => void;
}

/** Decides when a request may start. Many watches can share one. */
export interface Limiter {
  /** Calls `permit.grant()` when the request may start: now or later. */
  acquire(permit: Permit): void;
  /**
   * Ends a permit, whether its request is still queued or has been sent.
   *
   * @param response the answer to the request, if there was one
   * @returns whether a cooldown of the limiter caused the failure, so that it does not count
   */
  release(permit: Permit, response?: StatusResponse): boolean;
}
