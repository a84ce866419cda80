import { show } from '../api/guards.js';

/** What a number may be: from least to most, or the third. */
export type Range = readonly [least: number, most: number, or?: number];

/** Throws a `TypeError` for what cannot be a task id in a URL. */
export function checkTaskId(taskId: unknown): asserts taskId is string {
  let fits = typeof taskId === 'string' && !/^\.{0,2}$/.test(taskId);
  try {
    encodeURIComponent(String(taskId));
  } catch {
    fits = false; // a lone surrogate, or no string at all
  }
  must(fits, 'taskId', 'be a string that can stand in a path', taskId);
}

// https://www.rfc-editor.org/rfc/rfc9110#fields.values, and what fetch() lets through
export const HEADER_VALUE = /^[\t\x20-\x7e\x80-\xff]*$/;
// https://www.rfc-editor.org/rfc/rfc9110#tokens
export const HEADER_NAME = /^[!#$%&'*+\-.^_`|~\w]+$/;

/** Throws a `TypeError` unless a header can carry the key, which it does not show. */
export function checkApiKey(key: unknown): string {
  if (typeof key !== 'string' || !key.trim() || !HEADER_VALUE.test(key)) {
    throw new TypeError('apiKey must be what a request can carry');
  }
  return key;
}

/** Throws a `TypeError` for what is no plain object. */
export function checkPlainObject(name: string, value: unknown, hint = ''): void {
  let fits = typeof value === 'object' && value !== null;
  if (fits) {
    const prototype: unknown = Object.getPrototypeOf(value);
    // the root of another realm, of an iframe or a vm, is as good as this one's
    fits = prototype === null || Object.getPrototypeOf(prototype) === null;
  }
  // a string may be a key that was put into the wrong place
  const secret = typeof value === 'string' && ['options', 'overrides', 'headers'].includes(name);
  const shown = secret ? 'a string' : show(value);
  if (!fits) throw new TypeError(`${name} must be a plain object, got ${shown}${hint}`);
}

export function checkNumber(
  name: string,
  value: unknown,
  [least, most, or]: Range,
  whole: boolean,
): void {
  if (
    typeof value !== 'number' ||
    !(value >= least && (value <= most || value === or)) ||
    (whole && value % 1)
  ) {
    const what = `${name} must be ${whole ? 'whole and ' : ''}from ${least} to ${most}${or ? ' or Infinity' : ''}, got ${show(value)}`;
    throw new (typeof value === 'number' ? RangeError : TypeError)(what);
  }
}

export function must(fits: boolean, name: string, what: string, value: unknown): void {
  if (!fits) throw new TypeError(`${name} must ${what}, got ${show(value)}`);
}
