/** An error with this property ends a watch at once, and is the stream's error itself. */
const MISUSE = Symbol.for('rxjs-task-status.misuse');

/** Marks an error as a mistake in the test, which no retry can fix. */
export function markMisuse<E extends Error>(error: E): E {
  return Object.defineProperty(error, MISUSE, { value: true });
}
