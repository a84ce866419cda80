/** Runs every step, even if others throw. Then throws the first error, if there was one. */
export function runAll(steps: Iterable<() => void>): void {
  let thrown: { readonly reason: unknown } | undefined;
  for (const step of steps) {
    try {
      step();
    } catch (reason) {
      thrown ??= { reason };
    }
  }
  if (thrown) throw thrown.reason;
}
