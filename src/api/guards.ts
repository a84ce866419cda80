/** Whether a value has a method of this name. Never throws. */
export function hasMethod<N extends string>(
  value: unknown,
  name: N,
): value is Readonly<Record<N, (...args: unknown[]) => unknown>> {
  return typeof fieldOf(value, name) === 'function';
}

/** A field of any value; `undefined` if it has none, or if its getter throws. */
export function fieldOf(value: unknown, name: string): unknown {
  try {
    if (isObject(value)) return value[name];
  } catch {
    // a getter or a proxy threw
  }
  return undefined;
}

/** Whether a value can have fields: an object or a function. */
export function isObject(value: unknown): value is Readonly<Record<string, unknown>> {
  return (typeof value === 'object' && value !== null) || typeof value === 'function';
}

/** Whether a value is an object literal or the like: no class instance, array or function. */
export function isPlainObject(value: unknown): value is Readonly<Record<string, unknown>> {
  if (typeof value !== 'object' || value === null) return false;
  const prototype: unknown = Object.getPrototypeOf(value);
  // not compared with Object.prototype: an object of another realm has another one
  return prototype === null || Object.getPrototypeOf(prototype) === null;
}

/** Whether a value is one of a list. Narrows the type, which `includes()` does not. */
export function isOneOf<S>(list: readonly S[], value: unknown): value is S {
  const all: readonly unknown[] = list;
  return all.includes(value);
}

/**
 * Formats a value for an error message: short and in one line. Never throws.
 *
 * It does not show the fields of an object, which may contain a secret.
 */
export function show(value: unknown): string {
  if (typeof value === 'string') return JSON.stringify(value.slice(0, 100));
  if (!isObject(value)) return String(value);
  if (typeof value === 'function') return 'a function';
  return Array.isArray(value) ? 'an array' : 'an object';
}
