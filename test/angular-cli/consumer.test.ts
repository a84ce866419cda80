import { rm } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import { launch, open } from '../support/chromium.js';
import { startUpstream, type Upstream } from './upstream.js';
import { build, installConsumer, start, VERSIONS, type Workspace } from './workspace.js';

const tarball = inject('tarball');

let browser: Browser;
beforeAll(async () => {
  browser = await launch();
});
afterAll(() => browser.close());

describe.each(VERSIONS)('Angular $angular', (versions) => {
  let workspace: Workspace;
  beforeAll(async () => {
    workspace = await installConsumer(tarball, versions);
  });
  afterAll(() => rm(workspace.folder, { recursive: true }));

  describe.each(['zoneless', 'zone'])('%s', (mode) => {
    test('builds for production, templates checked strictly, without a warning', async () => {
      const printed = await build(workspace, mode);
      expect(printed).toContain('Application bundle generation complete');
      expect(printed).not.toMatch(/warning/i);
    });

    describe.each(['never', 'once'] as const)('rendered on the server, ssr: %s', (ssr) => {
      let upstream: Upstream;
      let server: { origin: string; stop: () => void };

      beforeAll(async () => {
        upstream = await startUpstream({
          task_1: [['running', 0]],
          task_other: [['paused', 0]],
          task_ends: [
            ['created', 0],
            ['running', 1_000],
            ['finished', 4_000],
          ],
          slow_1: [['running', 0]],
        });
        server = await start(workspace, join('dist', mode, 'server/server.mjs'), {
          TASK_UPSTREAM: upstream.origin,
          TASK_SSR: ssr,
          NG_ALLOWED_HOSTS: 'localhost',
        });
      });
      afterAll(() => {
        server.stop();
        upstream.close();
      });
      beforeEach(() => {
        upstream.asked.length = 0;
      });

      const whoAsked = (): string[] => upstream.asked.map(({ who }) => who);

      test('the HTML shows what is known', async () => {
        const html = await (await fetch(`${server.origin}/task_1`)).text();
        expect(html).toContain('ng-server-context="ssr"');
        const shown = /<p id="resource">(?:<!--.*?-->|\s)*([A-Za-z]+)/.exec(html)?.[1];
        expect(shown).toBe(ssr === 'once' ? 'RUNNING' : 'loading');
        // the resource, and the stream, of which two are made
        expect(whoAsked()).toEqual(ssr === 'once' ? ['server', 'server', 'server'] : []);
      });

      test('the response ends, and no watch goes on without it', async () => {
        await (await fetch(`${server.origin}/task_1`)).text();
        const { length } = upstream.asked;
        await pause(1_500);
        expect(upstream.asked).toHaveLength(length);
      });

      if (ssr === 'never') {
        test('the first byte comes as soon as without a watch', async () => {
          const bare: number[] = [];
          const watching: number[] = [];
          for (let turn = 0; turn < 25; turn++) {
            bare.push(await firstByte(`${server.origin}/`));
            watching.push(await firstByte(`${server.origin}/slow_1`));
          }
          expect(median(watching) - median(bare)).toBeLessThan(50);
        });
      }

      describe('in the browser', () => {
        let page: Page;
        let complaints: string[];
        afterEach(() => page.close());

        async function visit(path: string): Promise<void> {
          ({ page, complaints } = await open(browser, `${server.origin}${path}`));
        }
        const shown = (id: string): Promise<string> => page.locator(`#${id}`).innerText();

        test('the first poll is seen by the server, and nothing is complained of', async () => {
          await visit('/task_1');
          await expect.poll(() => shown('resource')).toBe('RUNNING');
          await expect.poll(() => shown('stream')).toBe('running');
          await expect.poll(() => shown('signal')).toBe('running');
          expect(whoAsked()).toContain('browser');
          await pause(1_000);
          expect(complaints).toEqual([]);
        });

        test('the statuses appear and end', async () => {
          await visit('/task_ends');
          await expect.poll(() => shown('resource')).toBe('FINISHED');
          await expect.poll(() => shown('stream')).toBe('finished');
          await pause(300);
          const { length } = upstream.asked;
          await pause(1_500);
          expect(upstream.asked).toHaveLength(length);
          expect(complaints).toEqual([]);
        });

        test('another id cancels what was asked for the first', async () => {
          await visit('/slow_1');
          await expect.poll(() => openRequests(upstream, 'slow_1')).toBeGreaterThan(0);
          await page.click('#switch');
          await expect.poll(() => shown('resource')).toBe('PAUSED');
          await expect.poll(() => openRequests(upstream, 'slow_1')).toBe(0);
          expect(
            upstream.asked.filter(({ who, end }) => who === 'browser' && end === 'left'),
          ).not.toEqual([]);
        });

        test('leaving the view ends its watches', async () => {
          await visit('/task_1');
          await expect.poll(() => shown('resource')).toBe('RUNNING');
          await page.click('#leave');
          await pause(500);
          const { length } = upstream.asked;
          await pause(1_500);
          expect(upstream.asked).toHaveLength(length);
        });

        test('the application is stable between requests', async () => {
          await visit('/task_1');
          await expect.poll(() => shown('resource')).toBe('RUNNING');
          await pause(2_000);
          const stability = await page.evaluate(
            () => (window as unknown as { stability: [boolean, number][] }).stability,
          );
          // a request makes it unstable, and after each it is stable again
          const turns = stability.slice(-6).map(([stable]) => stable);
          expect(turns).toContain(true);
          expect(turns).toContain(false);
        });

        test('a task that does not exist shows as an error', async () => {
          await visit('/task_missing');
          await expect.poll(() => shown('error')).toBe('TaskNotFoundError');
          await expect.poll(() => shown('stream')).toBe('not-found');
        });
      });
    });
  });
});

function openRequests({ asked }: Upstream, taskId: string): number {
  return asked.filter((request) => request.taskId === taskId && request.end === 'open').length;
}

async function firstByte(url: string): Promise<number> {
  const begun = performance.now();
  const response = await fetch(url);
  const ms = performance.now() - begun;
  await response.text();
  return ms;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
