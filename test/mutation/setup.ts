import fc from 'fast-check';
import { VirtualAction } from 'rxjs';
import { beforeEach } from 'vitest';

// A counterexample is all that a mutant needs; nobody reads it, so it may be a long one.
fc.configureGlobal({ seed: 1, endOnFailure: true });

/** No test takes so many steps of virtual time: what never ends is found by them, not by a clock. */
const MOST_STEPS = 1_000_000;

// the files of a worker share what is patched
const shared: typeof globalThis & { stepsTaken?: { count: number } } = globalThis;
const steps = (shared.stepsTaken ??= countSteps());

beforeEach(() => {
  steps.count = 0;
});

function countSteps(): { count: number } {
  const taken = { count: 0 };
  const { prototype } = VirtualAction;
  const usual = (prototype as { execute: (this: unknown, ...step: unknown[]) => unknown }).execute;
  Object.defineProperty(prototype, 'execute', {
    value(this: unknown, ...step: unknown[]): unknown {
      return ++taken.count > MOST_STEPS ? new Error('no end') : usual.apply(this, step);
    },
  });
  return taken;
}
