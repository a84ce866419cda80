import { defineConfig } from 'vitest/config';

import { shared } from '../../vitest.config.js';
import { SharpestFirst } from './sharpest-first.js';
import { PARTS } from './parts.js';

const part = PARTS.find(({ name }) => name === process.env.MUTATION_PART);

export default defineConfig({
  ...shared,
  test: {
    include: part?.tests ?? [],
    // The TestBed changes the whole process for good; elsewhere to load everything anew for each file
    // takes longer than the tests.
    isolate: part?.name === 'angular',
    setupFiles: 'test/mutation/setup.ts',
    // What a mutant keeps from ever coming is not waited for.
    testTimeout: 5_000,
    sequence: { sequencer: SharpestFirst },
    env: {
      // the same histories for each mutant, and fewer of them
      LAWS_SEED: '1',
      LAWS_RUNS: '60',
    },
  },
});
