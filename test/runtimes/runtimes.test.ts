import { readFile } from 'node:fs/promises';
import { afterAll, describe, expect, test } from 'vitest';
import { RUNS, type Result, type Run } from './runs.js';
import { openSite } from './site.js';
import { PAGE, supportPage } from './support-table.js';

const site = await openSite({ complete: process.env['CI'] !== undefined });
afterAll(() => site.close());

const { commands, folders, missing } = site.prepared;
for (const line of missing) console.warn(`skipped: ${line}`);

const results = new Map<Run, Result>();

describe.concurrent('the built package passes the checks', () => {
  for (const run of RUNS) {
    const { runtime, detail, format, rxjs, needs, expectedStderr } = run;
    const name = `${runtime}${detail === undefined ? '' : `, ${detail}`}: ${format}, RxJS ${rxjs}`;
    test.skipIf(!(needs in commands && rxjs in folders))(name, async () => {
      const result = await run.start(site);
      const { outcome, stderr = '', lingered = 0 } = result;
      expect(outcome).toEqual({
        passed: expect.toSatisfy((count: number) => count > 150) as number,
        failed: [],
        reportedName: run.reportedName,
        hasFetch: !run.quirks.nodeFetch,
        uncaught: [],
      });
      const lines = stderr.split('\n').filter((line) => line !== '' && !expectedStderr?.test(line));
      expect(lines).toEqual([]);
      // the server keeps connections open for a minute
      expect(lingered).toBeLessThan(20_000);
      results.set(run, result);
    });
  }
});

test.skipIf(missing.length > 0)(`${PAGE} has the current results`, async () => {
  const page = await readFile(PAGE, 'utf8');
  // ignore Chromium's version, which changes every week or so
  const [, chromium = ''] = /^\| Chromium, page +\| (\S+)/m.exec(page) ?? [];
  const measured = RUNS.flatMap((run) => {
    const result = results.get(run);
    if (!result) return [];
    return [[run, run.needs === 'chromium' ? { ...result, version: chromium } : result] as const];
  });
  expect(page, 'update it with npm run docs:support').toBe(await supportPage(page, measured));
});
