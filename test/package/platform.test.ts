import { existsSync } from 'node:fs';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fileURLToPath } from 'node:url';
import type { Browser, Page } from 'playwright-core';
import { build } from 'esbuild';
import { afterAll, beforeAll, describe, expect, inject, test } from 'vitest';
import { CHROMIUM, launch, open } from '../support/chromium.js';
import type { Scenario } from './platform/scenarios.js';

const folder = inject('installed').folders['7.8.2'];

/** What the server answers for a task: its statuses in turn. `hangs` is a request without an answer. */
const TASKS: Readonly<Record<string, readonly string[]>> = {
  three: ['created', 'running', 'running', 'finished'],
  forever: ['running'],
  'forever-notifier': ['running'],
  clicked: ['created', 'running', 'finished'],
  when: ['created', 'running', 'finished'],
  'finished-pause': ['finished'],
  'hangs-switch': ['hangs'],
  'hangs-until': ['running', 'hangs'],
  'hangs-abort': ['running', 'hangs'],
  'hangs-unsubscribe': ['running', 'hangs'],
};

/** The script of the page. */
async function bundle(): Promise<string> {
  const { outputFiles } = await build({
    entryPoints: [fileURLToPath(new URL('platform/scenarios.ts', import.meta.url))],
    bundle: true,
    format: 'esm',
    // the installed package, not the sources that tsconfig.json names
    nodePaths: [`${folder}/node_modules`],
    tsconfigRaw: '{}',
    write: false,
  });
  return outputFiles.map(({ text }) => text).join('');
}

// as in test/runtimes, only a machine of one's own may be without Chromium
describe.skipIf(!existsSync(CHROMIUM) && !process.env['CI'])(
  "the platform's Observable in Chromium",
  () => {
    let browser: Browser;
    let page: Page;
    let complaints: readonly string[];
    /** The requests for each task that have arrived, and those that the client has closed. */
    const count = new Map<string, number>();
    const closed = new Set<string>();
    let script = '';
    const server = createServer((request, response) => {
      const [, place = '', id = ''] = (request.url ?? '')
        .split('/')
        .filter((part) => part !== 'task');
      if (place === 'api') {
        const nth = (count.get(id) ?? 0) + 1;
        count.set(id, nth);
        const words = TASKS[id];
        const word = words?.[Math.min(nth, words.length) - 1];
        response.on('close', () => {
          if (!response.writableFinished) closed.add(id);
        });
        if (word === 'hangs') return;
        response.writeHead(word === undefined ? 404 : 200, { 'content-type': 'application/json' });
        response.end(JSON.stringify(word ?? { detail: 'Task not found' }));
      } else if (place === 'count') response.end(JSON.stringify(count.get(id) ?? 0));
      else if (place === 'closed') response.end(JSON.stringify(closed.has(id)));
      else if (place === 'script.js') {
        response.setHeader('content-type', 'text/javascript');
        response.end(script);
      } else {
        response.setHeader('content-type', 'text/html');
        response.end(
          '<!doctype html><link rel="icon" href="data:,"><script type="module" src="/script.js"></script>',
        );
      }
    });

    beforeAll(async () => {
      script = await bundle();
      await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
      browser = await launch();
      ({ page, complaints } = await open(
        browser,
        `http://127.0.0.1:${(server.address() as AddressInfo).port}/`,
      ));
      await page.waitForFunction('window.runScenario');
    });

    afterAll(async () => {
      await browser.close();
      server.closeAllConnections();
      server.close();
    });

    const run = (name: Scenario): Promise<unknown> =>
      page.evaluate((scenario) => window.runScenario(scenario), name);

    test('is the native class', async () => {
      expect(await run('native')).toBe(true);
    });

    test('from() emits the statuses and completes', async () => {
      expect(await run('from')).toEqual(['created', 'running', 'finished', 'complete']);
    });

    test('from() takes polls as well', async () => {
      const before = count.get('three') ?? 0;
      expect(await run('fromPolls')).toHaveLength(1);
      expect(count.get('three')).toBe(before + 1);
    });

    test('from() passes the error on', async () => {
      expect(await run('fromError')).toEqual([expect.stringMatching(/^TaskNotFoundError: /)]);
    });

    test('switchMap() takes a stream, and aborts the request of the one before it', async () => {
      expect(await run('switchMap')).toEqual(['finished', 'complete']);
    });

    test('takeUntil() aborts the request', async () => {
      expect(await run('takeUntil')).toEqual(['running', 'complete']);
    });

    test('first() resolves with the first status and ends the watch', async () => {
      expect(await run('first')).toEqual({ status: 'running', figures: { open: 0, opened: 1 } });
    });

    test('the signal of a subscription aborts the request', async () => {
      expect(await run('abort')).toEqual(['running', 'aborted']);
    });

    test('button.when("click") polls now, and has no listener after the end', async () => {
      expect(await run('pollNow')).toEqual({
        events: ['created', 'running', 'finished'],
        before: { open: 0, opened: 0 },
        during: { open: 1, opened: 1 },
        after: { open: 0, opened: 1 },
      });
    });

    test('button.when("click") needs nothing around it', async () => {
      expect(await run('when')).toEqual(['created', 'running', 'finished']);
      expect(count.get('when')).toBe(3);
    });

    test('a native Observable pauses, and has no subscription after the end', async () => {
      expect(await run('pauseWhile')).toEqual({
        events: ['resumed', 'finished'],
        figures: { open: 0, opened: 1 },
      });
      expect(count.get('finished-pause')).toBe(1);
    });

    test('unsubscribing leaves both notifiers at once', async () => {
      const [open, none] = [
        { open: 1, opened: 1 },
        { open: 0, opened: 1 },
      ];
      expect(await run('unsubscribe')).toEqual({ during: [open, open], after: [none, none] });
    });

    test('the error of a native notifier ends the watch', async () => {
      expect(await run('notifierError')).toEqual(['broken']);
    });

    test('nothing was reported to the console or thrown in the page', () => {
      expect(complaints.filter((line) => !line.includes('404'))).toEqual([]);
    });
  },
);
