import { existsSync } from 'node:fs';
import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

export const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

/** Whether Chromium is installed. Prints a message if it is not. */
export function hasChromium(what: string): boolean {
  // as in test/runtimes: Chromium may be missing only on a developer's machine
  const has = existsSync(CHROMIUM) || process.env['CI'] !== undefined;
  if (!has) console.log(`${what} is not tested in a browser: there is no ${CHROMIUM}.`);
  return has;
}

export async function launch(): Promise<Browser> {
  return chromium.launch({
    executablePath: CHROMIUM,
    args: [
      '--headless',
      '--no-sandbox',
      '--disable-gpu',
      '--disable-quic',
      '--no-first-run',
      '--disable-background-networking',
      '--disable-component-update',
      '--disable-sync',
    ],
  });
}

/** Opens a page and collects its console output, and its errors and warnings. */
export async function open(
  browser: Browser,
  url: string,
  options?: BrowserContextOptions,
): Promise<{ page: Page; logs: string[]; complaints: string[] }> {
  const page = await browser.newPage(options);
  const logs: string[] = [];
  const complaints: string[] = [];
  page.on('console', (message) => {
    logs.push(message.text());
    if (message.type() === 'error' || message.type() === 'warning') complaints.push(message.text());
  });
  page.on('pageerror', (error) => complaints.push(String(error)));
  await page.goto(url);
  return { page, logs, complaints };
}
