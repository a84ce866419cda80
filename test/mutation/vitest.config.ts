import { defineConfig } from 'vitest/config';

import { shared } from '../../vitest.config.js';
import { BestTestsFirst } from './order.js';
import { PARTS } from './parts.js';

const part = PARTS.find(({ name }) => name === process.env.MUTATION_PART);

export default defineConfig({
  ...shared,
  test: {
    include: part?.tests ?? [],
    // TestBed changes the whole process permanently. Elsewhere isolation takes longer than the tests.
    isolate: part?.name === 'angular',
    setupFiles: 'test/mutation/setup.ts',
    // A mutant can make a test wait forever.
    testTimeout: 5_000,
    sequence: { sequencer: BestTestsFirst },
    env: {
      // the same random histories for each mutant, and fewer of them
      LAWS_SEED: '1',
      LAWS_RUNS: '60',
    },
  },
});
