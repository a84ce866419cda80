import type { StatusResponse } from '../api/response.js';

/** A request's permission to start. */
export interface Permit {
  /** Starts the request. The limiter removes it, and then calls it once. */
  grant: (() => void) | undefined;
  /** Called if the limiter cannot start the request, because its clock or scheduler threw. */
  readonly fail: (error: unknown) => void;
}

/** Decides when a request may start. Many watches can share one. */
export interface Limiter {
  /** Calls `permit.grant()` when the request may start: now or later. */
  acquire(permit: Permit): void;
  /**
   * Ends a permit, whether its request is queued or was sent.
   *
   * @param response the answer to the request, if there was one
   * @returns whether a cooldown of the limiter caused the failure, so that it does not count
   */
  release(permit: Permit, response?: StatusResponse): boolean;
}
