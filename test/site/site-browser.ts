import type { Server } from 'node:http';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, beforeEach, expect, inject } from 'vitest';
import { launch } from '../support/chromium.js';
import { serveSite } from './serve-site.js';

/** The built site in a browser. */
export interface SiteBrowser {
  origin: string;
  page: Page;
  /** Errors and warnings in the console since the test began. */
  complaints: string[];
  /** The URLs of other hosts that were requested since the test began. */
  foreignRequests: string[];
  /** Opens a page and waits until it reacts. */
  visit(path: string): Promise<void>;
}

/** Starts one browser with one page for all tests of a file. */
export function startSiteBrowser(): SiteBrowser {
  let server: Server;
  let browser: Browser;
  // filled before the first test
  const site = { complaints: [], foreignRequests: [], visit } as unknown as SiteBrowser;

  beforeAll(async () => {
    ({ origin: site.origin, server } = await serveSite(inject('site')));
    browser = await launch();
    site.page = await browser.newPage();
    site.page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) site.complaints.push(message.text());
    });
    site.page.on('pageerror', (error) => site.complaints.push(String(error)));
    site.page.on('request', (request) => {
      const isForeign = /^(https?|wss?):/.test(request.url());
      if (isForeign && !request.url().startsWith(site.origin)) {
        site.foreignRequests.push(request.url());
      }
    });
  });
  beforeEach(() => {
    site.complaints.length = 0;
    site.foreignRequests.length = 0;
  });
  afterAll(async () => {
    await browser?.close();
    server?.closeAllConnections();
    server?.close();
  });

  async function visit(path: string): Promise<void> {
    await site.page.goto(site.origin + path);
    await expect
      .poll(() => site.page.evaluate(() => '__vue_app__' in document.getElementById('app')!))
      .toBe(true);
  }

  return site;
}

/** The text or the label of the element that has the focus. */
export async function focused(page: Page): Promise<string> {
  return page.evaluate(() => {
    const { activeElement } = document;
    return activeElement?.getAttribute('aria-label') ?? activeElement?.textContent?.trim() ?? '';
  });
}

/** Presses Tab until an element with this label has the focus. */
export async function tabTo(page: Page, label: string): Promise<void> {
  for (let steps = 0; steps < 100; steps++) {
    if ((await focused(page)).startsWith(label)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error(`Tab does not reach "${label}"`);
}
