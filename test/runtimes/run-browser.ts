import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import type { Browser } from 'playwright-core';
import type { Outcome, Traits } from './checks.js';
import { compile } from './compile.js';

const HTML =
  '<!doctype html><title>Checks</title><script type="module" src="/program.mjs"></script>';

/** Runs the checks in a page or in its web worker. */
export async function runBrowser(
  browser: Browser,
  where: 'page' | 'worker',
  folder: string,
  traits: Traits,
): Promise<Outcome> {
  const program = await readFile(
    await compile(folder, 'browser', { platform: 'browser' }, traits.withRxjs9),
  );
  const server = createServer((request, response) => {
    const script = request.url === '/program.mjs';
    response.setHeader('content-type', script ? 'text/javascript' : 'text/html');
    response.end(script ? program : HTML);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const page = await browser.newPage();
  try {
    await page.goto(`http://127.0.0.1:${(server.address() as AddressInfo).port}/`);
    await page.waitForFunction('window.runChecks');
    const args = [traits, where === 'worker' ? '/program.mjs' : undefined] as const;
    const outcome = await page.evaluate((given) => window.runChecks?.(...given), args);
    if (!outcome) throw new Error('There is no program in the page');
    return outcome;
  } finally {
    await page.close();
    server.closeAllConnections();
    server.close();
  }
}
