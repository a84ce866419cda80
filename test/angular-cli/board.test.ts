import axe from 'axe-core';
import type { AddressInfo } from 'node:net';
import type { Server } from 'node:http';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContext, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, describe, expect, inject, test } from 'vitest';
import type { FakeTimeline } from 'rxjs-task-status/testing';
import { launch } from '../support/chromium.js';
import { quiet, startUpstream, type Upstream } from './upstream.js';
import { build, installBoard, type Workspace } from './workspace.js';

const API_KEY = 'bu_0123456789abcdef';
const SECOND = 1_000;

interface Task {
  readonly id: string;
  readonly title: string;
  readonly place: string;
}

/** 200 tasks that never change, and a few that do. */
function timelines(): Record<string, FakeTimeline> {
  const steady = (['created', 'running', 'paused', 'finished', 'stopped', 'failed'] as const).map(
    (status, at) => Array.from({ length: 35 }, (_, n) => [`${status}_${at}_${n}`, status] as const),
  );
  return {
    changing: [
      ['created', 0],
      ['running', 4 * SECOND],
      ['finished', 9 * SECOND],
    ],
    slow_1: [['running', 0]],
    ...Object.fromEntries(steady.flat().map(([id, status]) => [id, [[status, 0]]])),
    'not a task': [
      [
        {
          status: 422,
          body: '{"detail": [{"loc": ["path", "task_id"], "msg": "no valid id", "type": "value_error"}]}',
        },
        0,
      ],
    ],
  };
}

function tasksOf(ids: readonly string[]): Task[] {
  return ids.map((id) => ({ id, title: `Task ${id}`, place: 'Somewhere' }));
}

describe('the task board', () => {
  let workspace: Workspace;
  let browser: Browser;
  let upstream: Upstream;
  let server: Server;
  let origin: string;
  let context: BrowserContext;
  let page: Page;
  let complaints: string[];

  beforeAll(async () => {
    workspace = await installBoard(inject('tarball'));
    browser = await launch();
  });
  afterAll(async () => {
    await browser?.close();
  });

  test('builds for production with strict templates, without warnings', async () => {
    const printed = await build(workspace);
    expect(printed).toContain('Application bundle generation complete');
    expect(printed).not.toMatch(/warning/i);
  });

  beforeEach(async () => {
    const tasks = timelines();
    upstream = await startUpstream(tasks);
    const { serve } = (await import(
      pathToFileURL(join(workspace.folder, 'server/serve.mjs')).href
    )) as { serve: (options: object) => Promise<Server> };
    const ids = Object.keys(tasks).filter((id) => id !== 'not a task');
    server = await serve({
      folder: join(workspace.folder, 'dist'),
      upstream: upstream.origin,
      apiKey: API_KEY,
      tasks: () => tasksOf(ids),
    });
    origin = `http://localhost:${(server.address() as AddressInfo).port}`;
    context = await browser.newContext();
    page = await context.newPage();
    complaints = [];
    page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) complaints.push(message.text());
    });
    page.on('pageerror', (error) => complaints.push(String(error)));
  });
  afterEach(async () => {
    await context.close();
    server.close();
    server.closeAllConnections();
    upstream.close();
  });

  const row = (id: string) => page.getByRole('row', { name: `Task ${id} Somewhere` });
  const counter = (name: string) => page.getByRole('button', { name }).locator('b').innerText();
  const requestCount = (): number => upstream.requests.length;

  /** Lets the page poll at once; the next regular poll is at least 2.7 s away. */
  async function pollsAfter(action: () => Promise<unknown>): Promise<void> {
    const before = requestCount();
    await action();
    await expect.poll(requestCount, { timeout: 2_500 }).toBeGreaterThan(before);
  }

  test('shows every task, its status until the end, and the number of each status', async () => {
    await page.goto(origin);
    await expect.poll(() => counter('all tasks')).toBe('212');
    await expect.poll(() => counter('stopped')).toBe('35');
    await expect.poll(() => row('created_0_3').innerText()).toContain('created');
    await expect.poll(() => row('changing').innerText()).toMatch(/created|running/);
    await expect.poll(() => row('changing').innerText()).toContain('finished');
    await expect.poll(() => counter('finished')).toBe('36');
    // for screen readers
    await expect
      .poll(() => page.getByRole('status').allInnerTexts())
      .toContain('Task changing: finished');
    expect(await row('created_0_3').innerText()).toMatch(/\d+ s.*(in \d+ s|now)/s);
    expect(complaints).toEqual([]);
  });

  test('the proxy adds the key, and the browser does not have it', async () => {
    const sent: string[] = [];
    page.on('request', (request) => sent.push(JSON.stringify(request.headers())));
    await page.goto(origin);
    await expect.poll(requestCount).toBeGreaterThan(20);
    expect(new Set(upstream.requests.map(({ authorization }) => authorization))).toEqual(
      new Set([`Bearer ${API_KEY}`]),
    );
    expect(sent.length).toBeGreaterThan(20);
    expect(sent.filter((headers) => /authorization|bu_/i.test(headers))).toEqual([]);
  });

  test('the proxy serves only the status route with the key', async () => {
    const ask = async (path: string, method = 'GET'): Promise<number> =>
      (await fetch(origin + path, { method })).status;
    expect(await ask('/api/v1/task/changing/status')).toBe(200);
    expect(await ask('/api/v1/task/changing/status', 'POST')).toBe(405);
    expect(await ask('/api/v1/task/changing')).toBe(404);
    expect(await ask('/api/v1/tasks')).toBe(404);
    expect(await ask('/api/v1/task/%2e%2e/status')).toBe(404);
    expect(upstream.requests).toHaveLength(1);
  });

  test('filters by status and by text, and keeps the filter in the URL', async () => {
    await page.goto(origin);
    await expect.poll(() => counter('failed')).toBe('35');
    await page.getByRole('button', { name: 'failed' }).click();
    await expect.poll(() => page.locator('tbody tr').count()).toBe(35);
    await page.getByRole('searchbox', { name: 'Filter by title, place or id' }).fill('5_12');
    await expect.poll(() => page.locator('tbody tr').count()).toBe(1);
    expect(page.url()).toBe(`${origin}/?status=failed&text=5_12`);
    await page.reload();
    await expect.poll(() => page.locator('tbody tr').count()).toBe(1);
  });

  test('selecting another task cancels the request for the first', async () => {
    await page.goto(`${origin}/tasks/slow_1`);
    await expect.poll(requestCount).toBe(1);
    expect(upstream.requests).toMatchObject([{ taskId: 'slow_1', end: 'open' }]);
    await page.getByRole('link', { name: 'Next task' }).click();
    await expect.poll(() => upstream.requests[0]?.end).toBe('aborted');
    await expect.poll(() => page.getByRole('status').allInnerTexts()).toContain('created');
  });

  test('leaving the page ends its polling', async () => {
    await page.goto(origin);
    await expect.poll(() => counter('running')).toBe('36');
    await page.getByRole('link', { name: 'Task finished_3_0' }).click();
    await expect
      .poll(() => page.getByRole('status').allInnerTexts())
      .toContain('finished\nthe task has ended');
    await quiet(upstream, 4_000);
    await pollsAfter(() => page.goBack());
  });

  test('polls now when the user clicks Refresh', async () => {
    await page.goto(`${origin}/tasks/running_1_0`);
    await expect.poll(() => page.getByRole('button', { name: 'Refresh' }).count()).toBe(1);
    // by then there are at least six seconds between polls
    await expect.poll(requestCount).toBe(3);
    await quiet(upstream, 500);
    await page.getByRole('button', { name: 'Refresh' }).click();
    await expect.poll(requestCount, { timeout: 4_000 }).toBe(4);
  });

  test('shows that a task does not exist', async () => {
    await page.goto(`${origin}/tasks/missing`);
    await expect
      .poll(() => page.getByRole('heading').allInnerTexts())
      .toEqual(['This task does not exist']);
    await quiet(upstream, 4_000);
    expect(upstream.requests).toHaveLength(1);
    expect(complaints).toEqual([expect.stringContaining('404')]);
  });

  test('shows that an id is invalid', async () => {
    await page.goto(`${origin}/tasks/not%20a%20task`);
    await expect
      .poll(() => page.getByRole('heading').allInnerTexts())
      .toEqual(['This is not a valid task id']);
    await expect.poll(() => page.getByRole('listitem').innerText()).toContain('no valid id');
    expect(complaints).toEqual([expect.stringContaining('422')]);
  });

  test('a hidden tab makes no requests, and polls at once when it is visible again', async () => {
    await page.goto(origin);
    await expect.poll(() => counter('running')).toBe('36');
    await hide(page, true);
    await quiet(upstream, 6_000);
    await pollsAfter(() => hide(page, false));
    expect(complaints).toEqual([]);
  });

  test('an offline tab says so, makes no requests, and polls again when it is online', async () => {
    await page.goto(origin);
    await expect.poll(() => counter('running')).toBe('36');
    await context.setOffline(true);
    await expect.poll(() => page.locator('header').innerText()).toContain('Offline');
    await quiet(upstream, 4_000);
    await pollsAfter(() => context.setOffline(false));
    await expect.poll(() => page.locator('header').innerText()).toContain('Live');
  });

  test('the user can pause polling', async () => {
    await page.goto(origin);
    await expect.poll(() => counter('running')).toBe('36');
    await page.getByRole('button', { name: 'Pause updates', pressed: false }).click();
    expect(await page.getByRole('button', { name: 'Pause updates', pressed: true }).count()).toBe(
      1,
    );
    await quiet(upstream, 4_000);
    await expect.poll(() => row('running_1_0').innerText()).toContain('paused');
  });

  test('works with the keyboard only', async () => {
    await page.goto(origin);
    await expect.poll(() => counter('running')).toBe('36');
    const focused = () => page.evaluate(() => document.activeElement?.textContent?.trim());
    await page.keyboard.press('Tab');
    expect(await focused()).toBe('Skip to the content');
    await page.keyboard.press('Enter');
    for (let steps = 0; (await focused()) !== 'Task changing'; steps++) {
      expect(steps).toBeLessThan(20);
      await page.keyboard.press('Tab');
    }
    await page.keyboard.press('Enter');
    await expect.poll(() => page.evaluate(() => document.activeElement?.tagName)).toBe('H1');
    expect(await focused()).toBe('Task changing');
    expect(page.url()).toBe(`${origin}/tasks/changing`);
  });

  describe.each(['light', 'dark'] as const)(
    'has nothing that axe objects to, %s',
    (colorScheme) => {
      const views: [name: string, path: string, heading: string][] = [
        ['the board', '/', 'All tasks'],
        ['a task', '/tasks/running_1_0', 'Task running_1_0'],
        ['a missing task', '/tasks/missing', 'This task does not exist'],
        ['an id that is none', '/tasks/not%20a%20task', 'This is not a valid task id'],
      ];
      test.each(views)('%s', async (_, path, heading) => {
        await page.emulateMedia({ colorScheme });
        await page.goto(origin + path);
        await expect.poll(() => page.locator('h1').innerText()).toBe(heading);
        await pause(1_000);
        await page.evaluate(axe.source);
        const violations = await page.evaluate(async () => {
          const { axe } = window as unknown as { axe: typeof import('axe-core') };
          const { violations } = await axe.run();
          return violations.map(({ id, nodes }) => [id, nodes.map(({ html }) => html).slice(0, 3)]);
        });
        expect(violations).toEqual([]);
      });
    },
  );
});

/** Simulates that another tab covers this one; a headless browser never does that. */
async function hide(page: Page, hidden: boolean): Promise<void> {
  await page.evaluate(
    (state) => {
      Object.defineProperty(document, 'visibilityState', { value: state, configurable: true });
      Object.defineProperty(document, 'hidden', { value: state === 'hidden', configurable: true });
      document.dispatchEvent(new Event('visibilitychange'));
    },
    hidden ? 'hidden' : 'visible',
  );
}

async function pause(ms: number): Promise<void> {
  await new Promise((resolve) => setTimeout(resolve, ms));
}
