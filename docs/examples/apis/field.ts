// #region recipe
/** A field of a value that may be an object. */
export function field(json: unknown, name: string): unknown {
  return Reflect.get(new Object(json), name);
}
// #endregion
