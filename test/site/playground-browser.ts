import { mkdtemp, readFile, rm } from 'node:fs/promises';
import { createServer, type Server } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { extname, join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { build } from 'vitepress';
import { afterAll, beforeAll, beforeEach } from 'vitest';
import { launch } from '../support/chromium.js';

/** The built site in a browser. */
export interface SiteBrowser {
  origin: string;
  page: Page;
  /** Errors and warnings in the console since the test began. */
  complaints: string[];
  /** Opens a page. */
  visit(path: string): Promise<void>;
}

const TYPES: Partial<Record<string, string>> = {
  '.css': 'text/css',
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
};

/** Builds the site, and starts one browser with one page for all tests of a file. */
export function startSiteBrowser(): SiteBrowser {
  let folder: string;
  let server: Server;
  let browser: Browser;
  // filled before the first test
  const site = { complaints: [], visit } as unknown as SiteBrowser;

  beforeAll(async () => {
    folder = await mkdtemp(join(tmpdir(), 'task-status-playground-'));
    await build('docs', { outDir: folder });
    server = createServer((request, response) => {
      const { pathname } = new URL(request.url ?? '/', 'http://site');
      readFile(join(folder, pathname)).then(
        (content) => {
          response.setHeader(
            'content-type',
            TYPES[extname(pathname)] ?? 'application/octet-stream',
          );
          response.end(content);
        },
        // Chromium asks for an icon
        () => response.writeHead(pathname === '/favicon.ico' ? 204 : 404).end(),
      );
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    site.origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
    browser = await launch();
    site.page = await browser.newPage();
    site.page.on('console', (message) => {
      if (['error', 'warning'].includes(message.type())) site.complaints.push(message.text());
    });
    site.page.on('pageerror', (error) => site.complaints.push(String(error)));
  });
  beforeEach(() => {
    site.complaints.length = 0;
  });
  afterAll(async () => {
    await browser?.close();
    server?.closeAllConnections();
    server?.close();
    await rm(folder, { recursive: true });
  });

  async function visit(path: string): Promise<void> {
    await site.page.goto(site.origin + path);
  }

  return site;
}
