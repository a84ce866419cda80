import { execFile } from 'node:child_process';
import { readFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { afterAll, describe, expect, test } from 'vitest';
import { RXJS_8, RXJS_9 } from '../support/versions.js';
import { IN_PLACE, isRefused } from './previews.js';
import { PREVIEW_RUNS, RUNS, type Result, type Run } from './runs.js';
import { openSite } from './site.js';
import { PAGE, supportPage } from './support-table.js';

const site = await openSite({ complete: process.env['CI'] !== undefined });
afterAll(() => site.close());

const { commands, folders, missing, tarball } = site.prepared;
for (const line of missing) console.warn(`skipped: ${line}`);

const ALL_RUNS = [...RUNS, ...PREVIEW_RUNS];
const results = new Map<Run, Result>();

describe.concurrent('the built package passes the checks', () => {
  for (const run of ALL_RUNS) {
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

describe.skipIf(tarball === undefined)('without a setting', () => {
  test.each([RXJS_8, RXJS_9])('npm refuses RxJS %s', async (version) => {
    expect(await isRefused(tarball ?? '', version)).toBe(true);
  });

  test('the package does not load with RxJS 9 in place of RxJS 7', async () => {
    const program = "import 'rxjs-task-status'";
    const run = promisify(execFile)(process.execPath, ['--input-type=module', '--eval', program], {
      cwd: folders[IN_PLACE],
    });
    await expect(run).rejects.toThrow(/'rxjs' does not provide an export named/);
  });
});

test.skipIf(missing.length > 0)(`${PAGE} has the current results`, async () => {
  const page = await readFile(PAGE, 'utf8');
  // ignore Chromium's version, which changes every week or so
  const [, chromium = ''] = /^\| Chromium, page +\| (\S+)/m.exec(page) ?? [];
  const measured = ALL_RUNS.flatMap((run) => {
    const result = results.get(run);
    if (!result) return [];
    return [[run, run.needs === 'chromium' ? { ...result, version: chromium } : result] as const];
  });
  expect(page, 'update it with npm run docs:support').toBe(await supportPage(page, measured));
});
