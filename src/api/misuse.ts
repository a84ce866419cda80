const MISUSE = Symbol.for('rxjs-task-status.misuse');

/** An error of the caller's code, which no retry can fix; the engine makes it the stream's error. */
export function misuse(message: string): TypeError {
  return Object.defineProperty(new TypeError(message), MISUSE, { value: true });
}

/** Whether an error comes from {@link misuse}, also from that of another copy of the package. */
export function isMisuse(error: unknown): boolean {
  try {
    return typeof error === 'object' && error !== null && Reflect.get(error, MISUSE) === true;
  } catch {
    return false;
  }
}
