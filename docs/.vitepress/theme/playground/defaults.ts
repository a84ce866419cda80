/** The library's defaults of `backoff`, apart from `maxDelay`, which depends on `initialDelay`. */
export const BACKOFF_DEFAULTS = {
  initialDelay: 1_000,
  factor: 1.5,
  jitter: 0.1,
  resetOnChange: true,
};

/** The library's default of `backoff.maxDelay`, ms. */
export function defaultMaxDelay(initialDelay: number): number {
  return Math.max(5_000, initialDelay);
}

/** The library's defaults of `retry`. */
export const RETRY_DEFAULTS = {
  initialDelay: 500,
  factor: 2,
  maxDelay: 30_000,
  jitter: 0.5,
  maxRetries: 10,
  maxRetryAfter: 300_000,
};
