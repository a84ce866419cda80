import { checkHeaderValue } from '../api/api-key.js';
import { fieldOf, hasMethod, isObject, isPlainObject, show } from '../api/guards.js';
import { isHeaderName } from '../api/headers.js';
import { MAX_TIMER_DELAY } from './backoff.js';

/** The range of an option that is a number: from `min` to `max`; with `orInfinity` also `Infinity`. */
type Range = readonly [min: number, max: number, orInfinity?: boolean, integer?: boolean];

/** The checks of options that are not numbers. The keys are also the text in messages. */
const KINDS = {
  'a function': (value: unknown) => typeof value === 'function',
  'an Observable': (value: unknown) => hasMethod(value, 'subscribe'),
  // not instanceof: it may be from another realm, or a polyfill
  'an AbortSignal (controller.signal)': (value: unknown) =>
    hasMethod(value, 'addEventListener') &&
    hasMethod(value, 'removeEventListener') &&
    typeof fieldOf(value, 'aborted') === 'boolean',
  'a scheduler with now() and schedule()': (value: unknown) =>
    hasMethod(value, 'now') && hasMethod(value, 'schedule'),
  'a TaskApi': isObject,
  'a plain object': isPlainObject,
  'a plain object or false': (value: unknown) => value === false || isPlainObject(value),
  'true or false': (value: unknown) => typeof value === 'boolean',
  '"error" or "ignore"': (value: unknown) => value === 'error' || value === 'ignore',
};

const DELAY: Range = [0, MAX_TIMER_DELAY];
const LIMIT: Range = [0, MAX_TIMER_DELAY, true];

/** The rule for each option, including the fields of `backoff` and `retry`. */
const RULES: Readonly<Record<string, Range | keyof typeof KINDS | undefined>> = {
  api: 'a TaskApi',
  backoff: 'a plain object',
  delay: 'a function',
  factor: [1, Infinity],
  fetch: 'a function',
  initialDelay: DELAY,
  jitter: [0, 1],
  maxDelay: DELAY,
  maxRetries: [0, Infinity, false, true],
  maxRetryAfter: DELAY,
  notFoundGrace: LIMIT,
  pauseWhile: 'an Observable',
  pollNow: 'an Observable',
  random: 'a function',
  requestTimeout: [1, MAX_TIMER_DELAY, true],
  resetOnChange: 'true or false',
  retry: 'a plain object or false',
  scheduler: 'a scheduler with now() and schedule()',
  shouldRetry: 'a function',
  signal: 'an AbortSignal (controller.signal)',
  timeout: LIMIT,
  transport: 'a function',
  unknownStatus: '"error" or "ignore"',
};

/**
 * Checks the options that `defaults` has as keys, and fills in the defaults. Other options are ignored.
 *
 * @param group the prefix of the names in messages: `backoff.`
 * @param given the caller's options; each is read only once, because a getter may change its value
 * @throws TypeError or RangeError for the first option that is not valid
 */
export function withDefaults<T extends object>(
  group: string,
  given: { readonly [K in keyof T]?: T[K] | undefined },
  defaults: T,
): T {
  const resolved = { ...defaults };
  for (const name in defaults) {
    const value = given[name];
    if (value === undefined) continue;
    check(group + name, value, RULES[name]);
    resolved[name] = value;
  }
  return resolved;
}

function check(name: string, value: unknown, rule: Range | keyof typeof KINDS | undefined): void {
  if (typeof rule === 'string') {
    if (!KINDS[rule](value)) throw mismatch(name, rule, value);
  } else if (rule) {
    const [min, max, orInfinity, integer] = rule;
    const isNumber = typeof value === 'number';
    if (isNumber && value >= min && value <= max && !(integer && value % 1)) return;
    if (orInfinity && value === Infinity) return;
    const range = `${integer ? 'an integer' : 'a number'} from ${min} to ${max}${orInfinity ? ', or Infinity' : ''}`;
    throw mismatch(name, range, value, isNumber ? RangeError : TypeError);
  }
}

/** Throws a TypeError for a value that is not in a list. */
export function checkWord(name: string, value: unknown, words: readonly unknown[]): void {
  if (!words.includes(value)) throw mismatch(name, `one of ${words.join(', ')}`, value);
}

function mismatch(name: string, expected: string, value: unknown, Class = TypeError): Error {
  return new Class(`${name} must be ${expected}, got ${show(value)}`);
}

/** Throws a TypeError for a value that is not a plain object. `hint` is the end of its message. */
export function checkPlainObject(name: string, value: unknown, hint = ''): asserts value is object {
  if (isPlainObject(value)) return;
  // does not show a string: it may be the API key in the wrong place
  const shown = typeof value === 'string' ? 'a string' : show(value);
  throw new TypeError(`${name} must be a plain object, got ${shown}${hint}`);
}

/** Throws a TypeError for a task id that cannot be part of a URL. */
export function checkTaskId(taskId: unknown): asserts taskId is string {
  // a URL resolves `.` and `..` in its path
  if (typeof taskId !== 'string' || /^\.{0,2}$/.test(taskId)) {
    throw mismatch('taskId', 'a string other than "", "." and ".."', taskId);
  }
  try {
    encodeURIComponent(taskId);
  } catch {
    throw mismatch('taskId', 'a string without lone surrogates', taskId);
  }
}

/**
 * Checks headers. No message shows a value.
 *
 * @returns a frozen copy: the caller's object may change later
 */
export function checkHeaders(headers: unknown): Readonly<Record<string, string>> {
  checkPlainObject('headers', headers, '; for a Headers object pass Object.fromEntries(headers)');
  const entries = Object.entries(headers).map(([name, value]: [string, unknown]) => {
    if (!isHeaderName(name)) {
      throw new TypeError(`headers has the name ${show(name)}, which is not a valid header name`);
    }
    return [name, checkHeaderValue(`headers[${show(name)}]`, value)] as const;
  });
  return Object.freeze(Object.fromEntries(entries));
}
