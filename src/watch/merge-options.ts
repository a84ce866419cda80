import { isPlainObject } from '../api/guards.js';
import type { TaskStatus } from '../api/browser-use.js';
import { checkPlainObject } from './checks.js';
import type { TaskStatusOptions } from './options.js';

/** Prevents the inference of a type parameter here. */
type NotInferred<O> = [O][O extends unknown ? 0 : never];

/**
 * Merges two sets of options.
 *
 * An override replaces the option of the same name; `backoff` and `retry` are merged field by field.
 * `fetch` and `transport` replace each other. An override that is `undefined` changes nothing. Neither
 * object is changed. The options are not checked here, but where they are used.
 *
 * @param options the options of `taskStatus$`, or of a function that has more options
 * @param overrides the options that replace them; `undefined` for none
 * @returns a new object
 * @throws TypeError if one of them is not a plain object
 *
 * @example
 * const patient = mergeOptions({ apiKey, backoff: { jitter: 0 } }, { backoff: { maxDelay: 60_000 } });
 * // { apiKey, backoff: { jitter: 0, maxDelay: 60_000 } }
 */
export function mergeOptions<const O extends TaskStatusOptions<string>>(
  options: O,
  overrides: NotInferred<O> | undefined,
): O;
export function mergeOptions<S extends string = TaskStatus>(
  options: TaskStatusOptions<S>,
  overrides: TaskStatusOptions<S> | undefined,
): TaskStatusOptions<S>;
export function mergeOptions(options: object, overrides: object = {}): object {
  checkPlainObject('options', options);
  checkPlainObject('overrides', overrides, '; as a callback write (id) => watch$(id)');
  return merge(options, overrides);
}

/** An override of one removes the other: only one of them sends requests. */
const ALTERNATIVES: Readonly<Record<string, string>> = { fetch: 'transport', transport: 'fetch' };

function merge(options: object, overrides: object): object {
  const merged = new Map<string, unknown>(Object.entries(options));
  const given = Object.entries<unknown>({ ...overrides }).filter(
    ([, value]) => value !== undefined,
  );
  for (const [name] of given) merged.delete(String(ALTERNATIVES[name]));
  for (const [name, value] of given) {
    const old = merged.get(name);
    const byField = /^(backoff|retry)$/.test(name) && isPlainObject(old) && isPlainObject(value);
    merged.set(name, byField ? merge(old, value) : value);
  }
  return Object.fromEntries(merged);
}
