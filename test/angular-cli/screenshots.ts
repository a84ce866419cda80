// Takes the pictures of the task board in docs/images: npm run docs:screenshots.
import { mkdir } from 'node:fs/promises';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
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
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      // wait for the colour transitions
      await page.waitForTimeout(1_000);
      await page.screenshot({ path: join(images, `task-board-${colorScheme}.png`) });
    }
  } finally {
    await browser.close();
    stop();
  }
});
