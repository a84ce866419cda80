/** The engine ends a watch with an error that has this property, unchanged and without a retry. */
const MISUSE = Symbol.for('rxjs-task-status.misuse');

/** Marks an error as a mistake in the test, which no retry can fix. */
export function markMisuse<E extends Error>(error: E): E {
  return Object.defineProperty(error, MISUSE, { value: true });
}
