import { isObject } from './guards.js';

// a registered symbol is the same in every copy and every entry point of the package
const MISUSE = Symbol.for('rxjs-task-status.misuse');

/**
 * A `TypeError` for a mistake in the caller's code that no retry can fix.
 *
 * It ends a watch at once, and is the stream's error itself, instead of a `NetworkError`.
 *
 * @param message what is wrong and how to fix it; it must not show values, which may be secrets
 * @param cause the error that led to this one, if there is one
 */
export function misuse(message: string, cause?: unknown): TypeError {
  const error = new TypeError(message, cause === undefined ? undefined : { cause });
  return Object.defineProperty(error, MISUSE, { value: true });
}

/** Whether an error comes from `misuse()`, in any copy of the package. Never throws. */
export function isMisuse(error: unknown): boolean {
  try {
    return isObject(error) && MISUSE in error;
  } catch {
    return false; // a proxy threw
  }
}

/** The type of a value for an error message, without the value: `string`, `null`, `array`. */
export function typeName(value: unknown): string {
  if (value === null) return 'null';
  return Array.isArray(value) ? 'array' : typeof value;
}
