/** Takes every step, whatever the others throw; then throws the first of that. */
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
