import { vi } from 'vitest';

const { LAWS_RUNS, LAWS_SEED } = process.env;

/**
 * How often a property is tried: `LAWS_RUNS` and `LAWS_SEED` set it from outside, for a longer
 * search or for one that comes out the same each time.
 */
export function runs(usual: number): { numRuns: number; seed?: number } {
  // Time here is virtual; how long the machine takes for it says nothing. It is set for each file anew.
  vi.setConfig({ testTimeout: LAWS_RUNS === undefined ? 60_000 : 0 });
  return {
    numRuns: Number(LAWS_RUNS ?? usual),
    ...(LAWS_SEED !== undefined && { seed: Number(LAWS_SEED) }),
  };
}
