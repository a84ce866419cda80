import { isObject, show } from '../api/guards.js';
import { MAX_TIMER_DELAY } from '../watch/backoff.js';

/** The options of `learnedDelay`. All are optional. */
export interface LearnedDelayOptions {
  /**
   * The price of one request, ms: for how long a change may wait undetected on average before the next
   * request. Less means more requests and a shorter lag. More than 0. Default: 200.
   */
  readonly requestCost?: number | undefined;
  /** What `toJSON()` of an earlier schedule returned. */
  readonly history?: unknown;
  /**
   * What tasks of the same kind have in common, such as a prefix of the id. Each key learns for itself,
   * and begins with what is known of all tasks. The 500 keys that were used last are kept. Default: no keys.
   */
  readonly key?: ((taskId: string) => string) | undefined;
  /**
   * After how many further durations of a status an old one counts half, so that the schedule follows
   * changes. Only durations that have ended are further ones. At least 1, or `Infinity`. Default: 500.
   */
  readonly halfLife?: number | undefined;
}

/** {@link LearnedDelayOptions}: checked, with the defaults filled in. */
export interface ResolvedLearnedOptions extends Pick<LearnedDelayOptions, 'history' | 'key'> {
  readonly requestCost: number;
  readonly halfLife: number;
}

/**
 * Checks the options and fills in the defaults.
 *
 * @throws TypeError or RangeError that names the option
 */
export function resolveLearnedOptions(options: LearnedDelayOptions): ResolvedLearnedOptions {
  const given: unknown = options;
  if (!isObject(given)) throw new TypeError(`options must be an object, got ${show(given)}`);
  const { requestCost = 200, history, key, halfLife = 500 } = options;
  checkNumber('requestCost', requestCost);
  if (!(requestCost > 0 && requestCost <= MAX_TIMER_DELAY)) {
    throw new RangeError(
      `requestCost must be more than 0 and at most ${MAX_TIMER_DELAY}, got ${requestCost}`,
    );
  }
  checkNumber('halfLife', halfLife);
  if (!(halfLife >= 1)) throw new RangeError(`halfLife must be at least 1, got ${halfLife}`);
  if (key !== undefined && typeof key !== 'function') {
    throw new TypeError(`key must be a function, got ${show(key)}`);
  }
  return { requestCost, history, key, halfLife };
}

function checkNumber(name: string, value: unknown): void {
  if (typeof value !== 'number')
    throw new TypeError(`${name} must be a number, got ${show(value)}`);
}
