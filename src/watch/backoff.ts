/** The longest delay of a timer, ms: 2^31 - 1. A timer with a longer one fires at once. */
export const MAX_TIMER_DELAY = 2_147_483_647;

/** A remaining delay below this is a rounding error, ms: a virtual clock would not advance for it. */
export const NEGLIGIBLE = 0.001;

/** A schedule of growing delays. */
export interface Schedule {
  /** The first delay, ms. */
  readonly initialDelay: number;
  /** Each delay is the previous one times this factor. */
  readonly factor: number;
  /** The longest delay, ms. Only the server can ask for more. */
  readonly maxDelay: number;
}

/** How delays are spread, so that watches that start together drift apart. */
export interface Jitter {
  /** The random part of a delay, 0 to 1. */
  readonly jitter: number;
  /** Like `Math.random`. */
  readonly random: () => number;
}

/**
 * The delay without jitter: `min(maxDelay, initialDelay * factor ** (count - 1))`.
 *
 * @param count how many times in a row the status was seen, or a request failed; at least 1
 * @returns ms
 */
export function exponentialDelay(
  count: number,
  { initialDelay, factor, maxDelay }: Schedule,
): number {
  // `&&`: 0 * Infinity would be NaN
  return initialDelay && Math.min(maxDelay, initialDelay * factor ** (count - 1));
}

/**
 * The delay before the next request.
 *
 * Without a floor it is between `base * (1 - jitter)` and `base`. If the floor is longer than that, the
 * random part is added to the floor, so that watches that got the same floor do not poll together.
 *
 * @param base the delay without jitter, ms
 * @param floor the delay that the server asked for, ms; 0 for none
 * @returns ms, 1 to {@link MAX_TIMER_DELAY}
 * @see https://aws.amazon.com/blogs/architecture/exponential-backoff-and-jitter/
 */
export function withJitter(base: number, floor: number, { jitter, random }: Jitter): number {
  const drawn = random();
  const chance = drawn >= 0 && drawn <= 1 ? drawn : 0;
  const delay = Math.max(base * (1 - jitter), floor) + base * jitter * (1 - chance);
  return Math.min(MAX_TIMER_DELAY, Math.max(1, delay));
}
