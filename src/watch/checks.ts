import { checkHeaderValue } from '../api/api-key.js';
import { fieldOf, hasMethod, isObject, isPlainObject, show } from '../api/guards.js';
import { MAX_TIMER_DELAY } from './backoff.js';

/** What a number can be: from `min` to `max`, or `other`. */
type Range = readonly [min: number, max: number, other?: number, integer?: boolean];

/** What a value that is not a number can be, in the words of a message. */
const KINDS = {
  'a function': (value: unknown) => typeof value === 'function',
  'an Observable': (value: unknown) => hasMethod(value, 'subscribe'),
  // of any realm, or a polyfill
  'an AbortSignal (controller.signal)': (value: unknown) =>
    hasMethod(value, 'addEventListener') &&
    hasMethod(value, 'removeEventListener') &&
    typeof fieldOf(value, 'aborted') === 'boolean',
  'a scheduler with now() and schedule()': (value: unknown) =>
    hasMethod(value, 'now') && hasMethod(value, 'schedule'),
  'a TaskApi': isObject,
  'a plain object': isPlainObject,
  'a plain object or false': isPlainObject,
  'true or false': (value: unknown) => typeof value === 'boolean',
  '"error" or "ignore"': (value: unknown) => value === 'error' || value === 'ignore',
};
type Kind = keyof typeof KINDS;

const DELAY: Range = [0, MAX_TIMER_DELAY];
const LIMIT: Range = [0, MAX_TIMER_DELAY, Infinity];

/** What the options can be, those of `backoff` and `retry` included. */
const RULES: Readonly<Record<string, Range | Kind | undefined>> = {
  delay: 'a function',
  factor: [1, Infinity],
  initialDelay: DELAY,
  jitter: [0, 1],
  maxDelay: DELAY,
  maxRetries: [0, Infinity, Infinity, true],
  maxRetryAfter: DELAY,
  notFoundGrace: LIMIT,
  pauseWhile: 'an Observable',
  pollNow: 'an Observable',
  random: 'a function',
  requestTimeout: [1, MAX_TIMER_DELAY, Infinity],
  resetOnChange: 'true or false',
  scheduler: 'a scheduler with now() and schedule()',
  shouldRetry: 'a function',
  signal: 'an AbortSignal (controller.signal)',
  timeout: LIMIT,
  transport: 'a function',
  unknownStatus: '"error" or "ignore"',
};

/**
 * Checks all options that are not `undefined`.
 *
 * @param group stands before their names in messages: `backoff.`
 * @throws TypeError or RangeError for the first that is wrong
 */
export function checkOptions(group: string, options: object): void {
  for (const name in options) {
    const rule = RULES[name];
    const value: unknown = Reflect.get(options, name);
    if (!rule || value === undefined) continue;
    if (typeof rule === 'string') checkKind(group + name, value, rule);
    else checkNumber(group + name, value, rule);
  }
}

/** Throws a TypeError for a value of another kind. */
export function checkKind(name: string, value: unknown, kind: Kind): void {
  if (!KINDS[kind](value)) throw mismatch(name, kind, value);
}

/** Throws a TypeError for a value that is not one of a list. */
export function checkWord(name: string, value: unknown, words: readonly unknown[]): void {
  if (!words.includes(value)) throw mismatch(name, `one of ${words.join(', ')}`, value);
}

/**
 * Checks a number.
 *
 * @throws TypeError if it is not a number, RangeError if it is out of range
 */
function checkNumber(name: string, value: unknown, [min, max, other, integer]: Range): void {
  if (typeof value !== 'number') throw mismatch(name, 'a number', value);
  const whole = !integer || !(value % 1);
  if (whole && ((value >= min && value <= max) || value === other)) return;
  const range = max < Infinity ? `between ${min} and ${max}` : `at least ${min}`;
  throw new RangeError(
    `${name} must be ${integer ? 'an integer of ' : ''}${range}${other ? ', or Infinity' : ''}, got ${value}`,
  );
}

function mismatch(name: string, what: string, value: unknown): TypeError {
  return new TypeError(`${name} must be ${what}, got ${show(value)}`);
}

/** Throws a TypeError for a value that is not a plain object. The message does not show a string. */
export function checkPlainObject(name: string, value: unknown, hint = ''): asserts value is object {
  if (isPlainObject(value)) return;
  // a string may be the API key in the wrong place
  const shown = typeof value === 'string' ? 'a string' : show(value);
  throw new TypeError(`${name} must be a plain object, got ${shown}${hint}`);
}

/** Throws a TypeError for a task id that cannot be part of a URL. */
export function checkTaskId(taskId: unknown): asserts taskId is string {
  if (typeof taskId !== 'string') throw mismatch('taskId', 'a string', taskId);
  if (!taskId) throw new TypeError('taskId is empty, got ""');
  // in a path they mean the folder and the one above it
  if (/^\.\.?$/.test(taskId)) throw new TypeError(`taskId must not be . or .., got "${taskId}"`);
  try {
    encodeURIComponent(taskId);
  } catch {
    throw new TypeError(`taskId has a lone surrogate, got ${show(taskId)}`);
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
    const quoted = show(name);
    // https://www.rfc-editor.org/rfc/rfc9110#tokens
    if (!/^[!#$%&'*+\-.^_`|~\w]+$/.test(name)) {
      throw new TypeError(`headers has the name ${quoted}, which cannot be sent`);
    }
    if (typeof value !== 'string') {
      throw new TypeError(`headers[${quoted}] must be a string, not ${typeof value}`);
    }
    checkHeaderValue(`headers[${quoted}]`, value);
    return [name, value] as const;
  });
  return Object.freeze(Object.fromEntries(entries));
}
