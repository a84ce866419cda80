/** Does something to all of them, whatever some throw; the first of that is thrown after the last. */
export function toAll<T>(all: Iterable<T>, act: (one: T) => void): void {
  let thrown: { readonly reason: unknown } | undefined;
  for (const one of all) {
    try {
      act(one);
    } catch (reason) {
      thrown ??= { reason };
    }
  }
  if (thrown) throw thrown.reason;
}
