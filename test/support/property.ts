import fc from 'fast-check';
import { test as example } from 'vitest';

/** Whose values a property is tried with. */
type Arbitraries<Ts> = { [K in keyof Ts]: fc.Arbitrary<Ts[K]> };

/**
 * A test that a property holds for whatever the arbitraries give.
 *
 * Not of `@fast-check/vitest`, which builds every chain of `test.only.concurrent.…` ahead, and takes
 * more than a second for it in each process that loads it.
 */
function prop<Ts extends [unknown, ...unknown[]]>(
  arbitraries: Arbitraries<Ts>,
  parameters?: fc.Parameters<Ts>,
) {
  return (name: string, property: (...values: Ts) => unknown, timeout?: number): void => {
    const asked = fc.asyncProperty(
      ...arbitraries,
      async (...values: Ts) => (await property(...values)) !== false,
    );
    example(name, () => fc.assert(asked, parameters), timeout);
  };
}

export { fc };

/** vitest's `test`, and `test.prop(arbitraries, parameters)(name, property)`. */
export const test = Object.assign(example.extend({}), { prop });
