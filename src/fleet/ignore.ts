/** For errors that need no handling: something else handles them, or tries again. */
export function ignore(): void {
  // nothing to do
}
