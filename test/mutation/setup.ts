import fc from 'fast-check';
import { VirtualAction } from 'rxjs';
import { beforeEach } from 'vitest';

// One counterexample is enough to notice a mutant, and it is not read, so it is not shrunk.
fc.configureGlobal({ seed: 1, endOnFailure: true });

/** More steps of virtual time than any test takes. They find a mutant that never ends, without a clock. */
const MOST_STEPS = 1_000_000;

// the test files of a worker share the patched prototype
const shared: typeof globalThis & { stepsTaken?: { count: number } } = globalThis;
const steps = (shared.stepsTaken ??= countSteps());

beforeEach(() => {
  steps.count = 0;
});

function countSteps(): { count: number } {
  const taken = { count: 0 };
  const { prototype } = VirtualAction;
  const original = (prototype as { execute: (this: unknown, ...step: unknown[]) => unknown })
    .execute;
  Object.defineProperty(prototype, 'execute', {
    value(this: unknown, ...step: unknown[]): unknown {
      return ++taken.count > MOST_STEPS ? new Error('too many steps') : original.apply(this, step);
    },
  });
  return taken;
}
