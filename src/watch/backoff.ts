/** The longest that a timer can wait: 2^31 - 1 ms; what is longer fires at once. */
export const MAX_TIMER_DELAY = 2_147_483_647;

/** Shorter remainders are rounding errors, ms; waiting for one, a virtual clock would stand still. */
export const NEGLIGIBLE = 0.001;

/** A schedule of waits that grow. */
export interface Schedule {
  /** The first wait, ms. */
  readonly initialDelay: number;
  /** What each wait is of the one before it. */
  readonly factor: number;
  /** No wait is longer than this, ms, unless the server asks for it. */
  readonly maxDelay: number;
}

/**
 * The formula's wait without jitter: `min(maxDelay, initialDelay * factor ** (count - 1))`.
 *
 * @param count how many times in a row, 1 or more
 * @returns ms
 */
export function exponentialDelay(
  count: number,
  { initialDelay, factor, maxDelay }: Schedule,
): number {
  // 0 times an overflow would be NaN
  return initialDelay && Math.min(maxDelay, initialDelay * factor ** (count - 1));
}

/** How waits are spread, so that watches started together drift apart. */
export interface Jitter {
  /** The part of a wait that is left to chance, 0 to 1. */
  readonly jitter: number;
  /** Like `Math.random`. */
  readonly random: () => number;
}

/**
 * The wait before the next request.
 *
 * `base`, shortened by up to `jitter` of itself. Where the server asked for more, `floor` holds and
 * the same spread lies above it, so that watches sent away together do not come back together.
 *
 * @param base the schedule's own wait, ms
 * @param floor what the server asked for, ms; 0 for nothing
 * @returns ms, 1 to {@link MAX_TIMER_DELAY}
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function withJitter(base: number, floor: number, { jitter, random }: Jitter): number {
  const spread = base * jitter;
  const drawn = random();
  const chance = drawn <= 1 ? Math.max(0, drawn) : 0;
  const ms = Math.max(base * (1 - jitter), floor) + spread * (1 - chance);
  return Math.min(MAX_TIMER_DELAY, Math.max(1, ms));
}
