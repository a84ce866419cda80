// The pictures of the task board in docs/images: `npm run docs:screenshots`.
import { mkdir, rm } from 'node:fs/promises';
import { dirname, join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { launch } from '../support/chromium.js';
import { build, installBoard, pack, start } from './workspace.js';

const images = fileURLToPath(new URL('../../docs/images', import.meta.url));
await mkdir(images, { recursive: true });

const tarball = await pack();
const board = await installBoard(tarball);
await build(board);
const { origin, stop } = await start(board, 'server/main.mjs', {});
const browser = await launch();

for (const colorScheme of ['light', 'dark'] as const) {
  const page = await browser.newPage({ colorScheme, viewport: { width: 1200, height: 780 } });
  await page.goto(origin);
  // until there is something to see
  await page.waitForTimeout(20_000);
  await page.screenshot({ path: join(images, `task-board-${colorScheme}.png`) });
  await page.close();
}

await browser.close();
stop();
await Promise.all([board.folder, dirname(tarball)].map((path) => rm(path, { recursive: true })));
