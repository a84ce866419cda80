// Takes the pictures of the task board in docs/images: npm run docs:screenshots.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type { Page } from 'playwright-core';
import { launch } from '../support/chromium.js';
import { build, installBoard, pack, start, withFolder } from './workspace.js';

const images = fileURLToPath(new URL('../../docs/images', import.meta.url));
await mkdir(images, { recursive: true });

await withFolder(async (folder) => {
  const board = await installBoard(await pack(folder));
  await build(board);
  const { origin, stop } = await start(board, 'server/main.mjs');
  const browser = await launch();
  try {
    const page = await browser.newPage({ viewport: { width: 1200, height: 780 } });
    await page.goto(origin);
    // until the rows have different statuses
    await page.waitForTimeout(75_000);
    await take(page, 'task-board-light', 'light');
    await take(page, 'task-board-dark', 'dark');

    await page.getByRole('button', { name: 'finished' }).click();
    await page.getByRole('row').nth(3).getByRole('link').click();
    await page.getByText('done.').waitFor();
    await page.setViewportSize({ width: 1200, height: 660 });
    await take(page, 'task-page-light', 'light');
    await page.setViewportSize({ width: 1200, height: 780 });
    await page.goBack();
    await page.getByRole('button', { name: 'all tasks' }).click();

    await page.route('**/api/v1/**', (route) => route.fulfill({ status: 503, body: '{}' }));
    await page.getByText('No answer since').waitFor();
    await page.waitForTimeout(20_000);
    await take(page, 'task-board-outage', 'light');
  } finally {
    await browser.close();
    stop();
  }
});

async function take(page: Page, name: string, colorScheme: 'light' | 'dark'): Promise<void> {
  await page.emulateMedia({ colorScheme });
  // wait for the colour transitions
  await page.waitForTimeout(1_000);
  await page.screenshot({ path: join(images, `${name}.png`) });
}
