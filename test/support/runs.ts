import { vi } from 'vitest';

const { CI, LAWS_RUNS, LAWS_SEED } = process.env;

/**
 * The number of runs of a property: all in continuous integration, half of them elsewhere, so that
 * `npm test` takes less than two minutes on two cores. `LAWS_RUNS` and `LAWS_SEED` override it, for a
 * longer search or a reproducible one.
 */
export function runs(usual: number): { numRuns: number; seed?: number } {
  // a longer search needs more time; this applies to the rest of the file
  if (LAWS_RUNS !== undefined) vi.setConfig({ testTimeout: 0 });
  return {
    numRuns: Number(LAWS_RUNS ?? (CI ? usual : Math.ceil(usual / 2))),
    ...(LAWS_SEED !== undefined && { seed: Number(LAWS_SEED) }),
  };
}
