import type { Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import type { Browser, BrowserContext, Locator, Page } from 'playwright-core';
import { afterAll, afterEach, beforeAll, beforeEach, expect, inject, test } from 'vitest';
import type { FakeTimeline } from 'rxjs-task-status/testing';
import { launch } from '../support/chromium.js';
import type { AngularVersion } from '../support/versions.js';
import { startUpstream, type Upstream } from './upstream.js';
import { build, installBoard, type Workspace } from './workspace.js';

export const API_KEY = 'bu_0123456789abcdef';

/** The built board, and the browser for all tests. */
export interface BoardPlace {
  workspace: Workspace;
  browser: Browser;
}

/** What a board shows. */
interface BoardTasks {
  readonly timelines: Record<string, FakeTimeline>;
  readonly results?: Readonly<Record<string, unknown>>;
  readonly started?: FakeTimeline;
  readonly latency?: number;
  /** Not in the list of the board. */
  readonly unlisted?: readonly string[];
}

/** A board with its server and its task API, for one test. */
export interface Board {
  upstream: Upstream;
  server: Server;
  origin: string;
  context: BrowserContext;
  page: Page;
  /** Errors and warnings in the console. */
  complaints: string[];
}

/**
 * Installs and builds the board, once for all tests of the suite.
 *
 * @param versions the version of Angular; without it, that of the board's package.json
 */
export function installedBoard(versions?: AngularVersion): BoardPlace {
  // filled before the first test
  const place = {} as BoardPlace;
  beforeAll(async () => {
    place.workspace = await installBoard(inject('tarball'), versions);
    place.browser = await launch();
  });
  afterAll(() => place.browser?.close());

  test('builds for production with strict templates, without warnings', async () => {
    const printed = await build(place.workspace);
    expect(printed).toContain('Application bundle generation complete');
    expect(printed).not.toMatch(/warning/i);
  });
  return place;
}

/** Starts a board before each test of the suite. It is filled in before the test. */
export function startBoards(place: BoardPlace, tasks: () => BoardTasks): Board {
  const board = {} as Board;
  beforeEach(async () => {
    const { timelines, unlisted = [], ...settings } = tasks();
    board.upstream = await startUpstream(timelines, settings);
    const { serve } = (await import(
      pathToFileURL(join(place.workspace.folder, 'server/serve.mjs')).href
    )) as { serve: (options: object) => Promise<Server> };
    board.server = await serve({
      folder: join(place.workspace.folder, 'dist'),
      upstream: board.upstream.origin,
      apiKey: API_KEY,
      tasks: Object.keys(timelines)
        .filter((id) => !unlisted.includes(id))
        .map((id) => ({ id, title: `Task ${id}`, place: 'Somewhere' })),
    });
    board.origin = `http://localhost:${(board.server.address() as AddressInfo).port}`;
    board.context = await place.browser.newContext();
    board.page = await board.context.newPage();
    board.complaints = [];
    board.page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) board.complaints.push(message.text());
    });
    board.page.on('pageerror', (error) => board.complaints.push(String(error)));
  });
  afterEach(async () => {
    await board.context.close();
    board.server.close();
    board.server.closeAllConnections();
    board.upstream.close();
  });
  return board;
}

/** The row of a task. */
export function rowOf({ page }: Board, id: string): Locator {
  return page.getByRole('row', { name: `Task ${id} Somewhere` });
}

/** The number in one of the counters. */
export async function counter({ page }: Board, name: string): Promise<string> {
  return page.getByRole('button', { name }).locator('b').innerText();
}

/** Resolves when the board shows this many tasks with this status. */
export async function shows(board: Board, name: string, count: number): Promise<void> {
  await expect.poll(() => counter(board, name)).toBe(String(count));
}

/** What has the focus: its text or its accessible name. */
export async function focused({ page }: Board): Promise<string> {
  return page.evaluate(() => {
    const element = document.activeElement;
    return element?.getAttribute('aria-label') ?? element?.textContent?.trim() ?? '';
  });
}

/** Presses Tab until something has the focus. */
export async function tabTo(board: Board, name: string): Promise<void> {
  for (let steps = 0; (await focused(board)) !== name; steps++) {
    expect(steps, `${name} was not reached`).toBeLessThan(40);
    await board.page.keyboard.press('Tab');
  }
}

/** Records what the live regions of the page say, from its first frame on. Call it before `goto`. */
export async function recordAnnouncements({ page }: Board): Promise<() => Promise<string[]>> {
  await page.addInitScript(() => {
    const said: string[] = [];
    Object.assign(window, { said });
    const regions = '[role=status], [role=alert], [aria-live]';
    new MutationObserver((changes) => {
      for (const { target } of changes) {
        const element = target instanceof Element ? target : target.parentElement;
        const text = element?.closest<HTMLElement>(regions)?.innerText.replace(/\s+/g, ' ').trim();
        if (text && said.at(-1) !== text) said.push(text);
      }
    }).observe(document, { subtree: true, childList: true, characterData: true });
  });
  return () => page.evaluate(() => (window as unknown as { said: string[] }).said);
}

/** Records how many requests the page has sent and got no answer to. Call it before `goto`. */
export async function recordInFlight({ page }: Board): Promise<() => Promise<number>> {
  await page.addInitScript(() => {
    const inFlight = { now: 0, most: 0 };
    const fetch = window.fetch.bind(window);
    window.fetch = async (...request) => {
      inFlight.most = Math.max(inFlight.most, ++inFlight.now);
      try {
        return await fetch(...request);
      } finally {
        inFlight.now--;
      }
    };
    Object.assign(window, { inFlight });
  });
  return () =>
    page.evaluate(() => (window as unknown as { inFlight: { most: number } }).inFlight.most);
}

/** A page whose clock the test moves. */
export interface PageTime {
  /**
   * Lets time pass in the page, ms. After each step it waits for the answers to the requests of the page, so
   * nothing depends on how fast the servers are.
   */
  pass(ms: number, step?: number): Promise<void>;
  /** From now on time passes only in `pass`. */
  freeze(): Promise<void>;
}

/** Replaces the clock of the page. Call it before `goto`. */
export async function controlTime({ page }: Board): Promise<PageTime> {
  let open = 0;
  page.on('request', () => open++);
  page.on('requestfinished', () => open--);
  page.on('requestfailed', () => open--);
  const settled = (): Promise<void> => expect.poll(() => open, { interval: 5 }).toBe(0);
  await page.clock.install();
  return {
    freeze: async () => {
      await page.clock.pauseAt((await page.evaluate(() => Date.now())) + 1_000);
      await settled();
    },
    pass: async (ms, step = 5_000) => {
      await settled();
      for (let passed = 0; passed < ms; passed += step) {
        await page.clock.runFor(Math.min(step, ms - passed));
        await settled();
      }
    },
  };
}
