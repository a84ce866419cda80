import { isPlainObject } from '../api/guards.js';

/**
 * Whether two sets of options describe the same watch. `knownStatus` does not count: it concerns one
 * subscriber.
 *
 * Functions and Observables are the same only if they are the same object; `backoff`, `retry` and
 * `headers` are compared field by field.
 */
export function isSameWatch(a: object, b: object): boolean {
  return isSame({ ...a, knownStatus: undefined }, { ...b, knownStatus: undefined }, 2);
}

/** @param depth how many levels of plain objects are compared field by field */
function isSame(a: unknown, b: unknown, depth: number): boolean {
  if (Object.is(a, b)) return true;
  if (a instanceof URL || b instanceof URL) return String(a) === String(b);
  if (depth === 0 || !isPlainObject(a) || !isPlainObject(b)) return false;
  // a field that is undefined is the same as none
  const names = new Set([...Object.keys(a), ...Object.keys(b)]);
  return [...names].every((name) => isSame(a[name], b[name], depth - 1));
}
