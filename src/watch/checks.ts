import { checkHeaderValue } from '../api/api-key.js';
import { fieldOf, hasMethod, isObject, isPlainObject, show } from '../api/guards.js';
import { MAX_TIMER_DELAY } from './backoff.js';

/** What a number can be: from `min` to `max`, or Infinity where that is said. */
type Range = readonly [min: number, max: number, orInfinity?: boolean, integer?: boolean];

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
  'a plain object or false': (value: unknown) => value === false || isPlainObject(value),
  'true or false': (value: unknown) => typeof value === 'boolean',
  '"error" or "ignore"': (value: unknown) => value === 'error' || value === 'ignore',
};

const DELAY: Range = [0, MAX_TIMER_DELAY];
const LIMIT: Range = [0, MAX_TIMER_DELAY, true];

/** What the options can be, those of `backoff` and `retry` included. */
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
 * Checks options and fills in the defaults, each of which is a key of the result.
 *
 * @param group stands before their names in messages: `backoff.`
 * @param given is read once for each option
 * @throws TypeError or RangeError for the first that is wrong
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

/** Throws a TypeError for a value that is not one of a list. */
export function checkWord(name: string, value: unknown, words: readonly unknown[]): void {
  if (!words.includes(value)) throw mismatch(name, `one of ${words.join(', ')}`, value);
}

function mismatch(name: string, expected: string, value: unknown, Class = TypeError): Error {
  return new Class(`${name} must be ${expected}, got ${show(value)}`);
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
  // in a path, dots mean the folder and the one above it
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
    // https://www.rfc-editor.org/rfc/rfc9110#tokens
    if (!/^[!#$%&'*+\-.^_`|~\w]+$/.test(name)) {
      throw new TypeError(`headers has the name ${show(name)}, which cannot be sent`);
    }
    return [name, checkHeaderValue(`headers[${show(name)}]`, value)] as const;
  });
  return Object.freeze(Object.fromEntries(entries));
}
