// Runs all checks in all runtimes and writes docs/support.md: npm run docs:support, after npm run build.
import { readFile } from 'node:fs/promises';
import { keepFile } from '../docs/keep-file.js';
import { PREVIEW_RUNS, RUNS, type Result, type Run } from './runs.js';
import { openSite } from './site.js';
import { PAGE, supportPage } from './support-table.js';

// `-- rxjs` runs only those of the table of RxJS versions that package.json does not allow
const runs = process.argv.includes('rxjs') ? PREVIEW_RUNS : [...RUNS, ...PREVIEW_RUNS];

/** How many runs are active at the same time. */
const AT_ONCE = 4;

const site = await openSite({ complete: true });
try {
  const queue = [...runs];
  const results = new Map<Run, Result>();
  const work = async (): Promise<void> => {
    for (let run = queue.shift(); run; run = queue.shift()) {
      const result = await run.start(site);
      results.set(run, result);
      const { passed, failed } = result.outcome;
      const { runtime, format, rxjs, detail = '' } = run;
      console.log(
        `${passed} passed, ${failed.length} failed: ${runtime} ${detail} ${format} ${rxjs}`,
      );
      for (const { name, why } of failed) console.log(`  ${name}: ${why}`);
      if (failed.length > 0) process.exitCode = 1;
    }
  };
  await Promise.all(Array.from({ length: AT_ONCE }, work));
  if (process.exitCode === undefined) {
    const measured = runs.map((run): [Run, Result] => [run, results.get(run)!]);
    await keepFile(PAGE, await supportPage(await readFile(PAGE, 'utf8'), measured));
  }
} finally {
  await site.close();
}
