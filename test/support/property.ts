import fc from 'fast-check';
import { test as example } from 'vitest';

/** The arbitraries of a property's arguments. */
type Arbitraries<Ts> = { [K in keyof Ts]: fc.Arbitrary<Ts[K]> };

/**
 * A test that a property holds for all values of the arbitraries.
 *
 * `@fast-check/vitest` is not used because it takes more than a second to load in each process.
 */
function prop<Ts extends [unknown, ...unknown[]]>(
  arbitraries: Arbitraries<Ts>,
  parameters?: fc.Parameters<Ts>,
) {
  return (name: string, property: (...values: Ts) => unknown, timeout?: number): void => {
    const checked = fc.asyncProperty(
      ...arbitraries,
      async (...values: Ts) => (await property(...values)) !== false,
    );
    example(name, () => fc.assert(checked, parameters), timeout);
  };
}

export { fc };

/** vitest's `test`, and `test.prop(arbitraries, parameters)(name, property)`. */
export const test = Object.assign(example.extend({}), { prop });
