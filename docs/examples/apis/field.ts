// #region recipe
/** A field of a value that may be an object. */
export function field(json: unknown, name: string): unknown {
  // `null` and `undefined` become an empty object
  return Reflect.get(new Object(json), name);
}
// #endregion
