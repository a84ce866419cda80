/** Shows that each law's test catches a library that breaks the law: `npm run test:laws`. */
import { spawnSync } from 'node:child_process';

import { MUTANTS } from './mutants.js';

const SEED = '1';
const RUNS = '1000';

/** How many tests of a law's file fail, with or without a mutant. */
function failures(law: string, mutant?: number): number {
  const { stdout } = spawnSync(
    process.execPath,
    [
      'node_modules/vitest/vitest.mjs',
      'run',
      '--project',
      'library',
      '--reporter',
      'json',
      `test/laws/${law}.test.ts`,
    ],
    {
      env: {
        ...process.env,
        LAWS_SEED: SEED,
        LAWS_RUNS: RUNS,
        ...(mutant !== undefined && { MUTANT: String(mutant) }),
      },
      encoding: 'utf8',
      maxBuffer: 2 ** 28,
    },
  );
  const report: unknown = JSON.parse(stdout.slice(stdout.indexOf('{')));
  if (
    typeof report !== 'object' ||
    !report ||
    !('numFailedTests' in report) ||
    !('numTotalTests' in report)
  ) {
    throw new Error(`test/laws/${law}.test.ts gave no report`);
  }
  if (!(Number(report.numTotalTests) > 0)) throw new Error(`test/laws/${law}.test.ts ran no test`);
  return Number(report.numFailedTests);
}

// A law's number runs that law alone.
const only = process.argv[2];
let passed = 0;
let failed = 0;
for (const [index, { law, wrong }] of MUTANTS.entries()) {
  if (only !== undefined && !law.startsWith(only)) continue;
  const sound = failures(law);
  const broken = failures(law, index);
  const caught = sound === 0 && broken > 0;
  if (caught) passed++;
  else failed++;
  const verdict =
    sound > 0 ? 'FAILS ANYWAY' : broken > 0 ? `caught by ${broken} tests` : 'NOT CAUGHT';
  console.log(`${law.padEnd(20)} ${verdict.padEnd(18)} ${wrong}`);
}
console.log(`seed ${SEED}, ${RUNS} runs of each property`);
console.log(`${passed} passed, ${failed} failed`);
if (failed > 0) process.exitCode = 1;
