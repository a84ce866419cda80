/** Whether a value of anybody's has a method of this name. */
export function hasMethod<N extends string>(
  value: unknown,
  name: N,
): value is Readonly<Record<N, (...args: unknown[]) => unknown>> {
  return typeof fieldOf(value, name) === 'function';
}

/** A field of a value of anybody's: `undefined` where there is none, or where a getter throws. */
export function fieldOf(value: unknown, name: string): unknown {
  try {
    if (isObject(value)) return value[name];
  } catch {
    // a getter of a foreign object
  }
  return undefined;
}

/** Whether a value can have fields. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** Whether a value is one of a list; a type guard, which `includes()` is not. */
export function isOneOf<S>(list: readonly S[], value: unknown): value is S {
  const all: readonly unknown[] = list;
  return all.includes(value);
}

/** A value as an error message shows it: short, in one line, and never throwing. */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 100));
  // an object's own toString() may throw, and what it holds may be a secret
  return isObject(value) ? `this ${typeof value}` : String(value);
}
