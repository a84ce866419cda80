import type { Browser, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, test } from 'vitest';
import { open } from '../support/chromium.js';
import { testLoad } from './load.js';
import { testRendering } from './rendering.js';
import { startStatusServer } from './status-server.js';
import { quiet, startUpstream, type Upstream } from './upstream.js';
import { build, start, type Workspace } from './workspace.js';

/** What the tests of one Angular version share. */
export interface Place {
  /** Has the packages. */
  installation: Workspace;
  /** The application of `consumer`. */
  workspace: Workspace;
  browser: Browser;
}

/** For a test that runs the CLI: only a guard. */
const BUILD = { timeout: 900_000 };

/** Tests the applications of `consumer`: build, server-side rendering, and the browser. */
export function testApplications(place: Place): void {
  describe.each(['zoneless', 'zone'])('%s', (mode) => {
    test('builds for production with strict templates, without warnings', BUILD, async () => {
      const printed = await buildWithPrerendering(place.workspace, mode);
      expect(printed).toContain('Application bundle generation complete');
      expect(printed).not.toMatch(/warning/i);
    });

    testRendering(place, mode);
    // Angular's default backend, which zone.js has here, is XMLHttpRequest up to version 21
    if (mode === 'zoneless') testLoad(place, mode);

    describe.each(['never', 'once'] as const)('rendered on the server, ssr: %s', (ssr) => {
      let upstream: Upstream;
      let origin: string;
      let stop: () => void;

      beforeAll(async () => {
        ({ upstream, origin, stop } = await render(place, mode, ssr));
      });
      afterAll(() => stop());
      beforeEach(() => {
        upstream.requests.length = 0;
      });

      const senders = (): string[] => upstream.requests.map(({ who }) => who);

      test('the HTML shows the status, if there was a request', async () => {
        const html = await (await fetch(`${origin}/task_1`)).text();
        expect(html).toContain('ng-server-context="ssr"');
        const shown = /<p id="resource">(?:<!--.*?-->|\s)*([A-Za-z]+)/.exec(html)?.[1];
        expect(shown).toBe(ssr === 'once' ? 'RUNNING' : 'loading');
        // the resource and the two subscriptions of the stream share one watch
        expect(senders()).toEqual(ssr === 'once' ? ['server'] : []);
      });

      test('the response ends, and no watch continues after it', async () => {
        await (await fetch(`${origin}/task_1`)).text();
        await quiet(upstream, 1_500);
      });

      if (ssr === 'never') {
        // waiting for the task would take two seconds, in each retry of this test
        test('the first byte is not delayed by a watch', { retry: 2 }, async () => {
          const bare: number[] = [];
          const watching: number[] = [];
          for (let turn = 0; turn < 25; turn++) {
            bare.push(await firstByte(`${origin}/`, 'nothing is watched'));
            watching.push(await firstByte(`${origin}/slow_1`, 'loading'));
          }
          expect(median(watching) - median(bare)).toBeLessThan(50);
        });
      }

      describe('in the browser', () => {
        let page: Page;
        let complaints: string[];
        afterEach(() => page.close());

        async function visit(path: string): Promise<void> {
          ({ page, complaints } = await open(place.browser, `${origin}${path}`));
        }
        const shown = (id: string): Promise<string> => page.locator(`#${id}`).innerText();

        test('the server gets the first poll, and the console has no errors', async () => {
          await visit('/task_1');
          await expect.poll(() => shown('resource')).toBe('RUNNING');
          await expect.poll(() => shown('stream')).toBe('running');
          await expect.poll(() => shown('signal')).toBe('running');
          expect(senders()).toContain('browser');
          await pause(1_000);
          expect(complaints).toEqual([]);
        });

        test('the statuses appear and end', async () => {
          await visit('/task_ends');
          await expect.poll(() => shown('resource')).toMatch(/CREATED|RUNNING/);
          await expect.poll(() => shown('resource')).toBe('FINISHED');
          await expect.poll(() => shown('stream')).toBe('finished');
          await quiet(upstream, 1_500);
          expect(complaints).toEqual([]);
        });

        test('another id cancels the request for the first', async () => {
          await visit('/slow_1');
          await expect.poll(() => openRequests(upstream, 'slow_1')).toBeGreaterThan(0);
          await page.click('#switch');
          await expect.poll(() => shown('resource')).toBe('PAUSED');
          await expect.poll(() => openRequests(upstream, 'slow_1')).toBe(0);
          expect(
            upstream.requests.filter(({ who, end }) => who === 'browser' && end === 'aborted'),
          ).not.toEqual([]);
        });

        test('leaving the page ends its watches', async () => {
          await visit('/task_1');
          await expect.poll(() => shown('resource')).toBe('RUNNING');
          await page.click('#leave');
          await quiet(upstream, 1_500);
        });

        test('the application is stable between requests', async () => {
          await visit('/task_1');
          await expect.poll(() => shown('resource')).toBe('RUNNING');
          await pause(2_000);
          const stability = await page.evaluate(
            () => (window as unknown as { stability: [boolean, number][] }).stability,
          );
          // each request makes it unstable, then it is stable again
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

  test('in development Angular reports no problem with hydration', BUILD, async () => {
    await buildWithPrerendering(place.workspace, 'development');
    await Promise.all(
      (['never', 'once'] as const).map(async (ssr) => {
        const { origin, stop } = await render(place, 'development', ssr);
        const { page, logs, complaints } = await open(place.browser, `${origin}/task_1`);
        try {
          await expect.poll(() => page.locator('#resource').innerText()).toBe('RUNNING');
          // Angular warns after ten seconds if the application is not stable (NG0506)
          await pause(11_000);
          expect(logs).toContainEqual(expect.stringContaining('Angular hydrated'));
          expect(complaints).toEqual([]);
        } finally {
          await page.close();
          stop();
        }
      }),
    );
  });

  describe('in development, with the checks of Angular', () => testRendering(place, 'development'));
}

/** Builds the application. One of its pages is prerendered with one request, which is answered `created`. */
async function buildWithPrerendering(workspace: Workspace, mode: string): Promise<string> {
  const upstream = await startStatusServer();
  try {
    upstream.answers.set('task_1', 'created');
    const env = { TASK_API: upstream.origin, TASK_TIMEOUT: '120000' };
    const printed = await build(workspace, mode, env);
    expect(upstream.requests).toMatchObject([{ taskId: 'task_1', who: 'server' }]);
    return printed;
  } finally {
    upstream.close();
  }
}

/** Serves a built application with server-side rendering. */
async function render(
  { workspace }: Place,
  mode: string,
  ssr: 'never' | 'once',
): Promise<{ upstream: Upstream; origin: string; stop: () => void }> {
  const upstream = await startUpstream({
    task_1: [['running', 0]],
    task_other: [['paused', 0]],
    task_ends: [
      ['created', 0],
      ['running', 2_000],
      ['finished', 5_000],
    ],
    slow_1: [['running', 0]],
  });
  const { origin, stop } = await start(workspace, `dist/${mode}/server/server.mjs`, {
    TASK_UPSTREAM: upstream.origin,
    TASK_SSR: ssr,
    NG_ALLOWED_HOSTS: 'localhost',
  });
  return {
    upstream,
    origin,
    stop: () => {
      stop();
      upstream.close();
    },
  };
}

function openRequests({ requests }: Upstream, taskId: string): number {
  return requests.filter((request) => request.taskId === taskId && request.end === 'open').length;
}

/** The time to the first byte of a page that shows `text`, ms. */
async function firstByte(url: string, text: string): Promise<number> {
  const begun = performance.now();
  const response = await fetch(url);
  const [first, rest] = response.body!.tee();
  await first.getReader().read();
  const ms = performance.now() - begun;
  expect(await new Response(rest).text()).toContain(text);
  return ms;
}

function median(values: readonly number[]): number {
  return [...values].sort((a, b) => a - b)[Math.floor(values.length / 2)]!;
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
