import { chromium, type Browser, type BrowserContextOptions, type Page } from 'playwright-core';

export const CHROMIUM = process.env['CHROMIUM'] ?? '/usr/bin/chromium';

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
