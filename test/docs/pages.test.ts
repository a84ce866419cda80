import { readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { embed, PAGES } from './embed.js';

test.each(PAGES)('%s shows its examples as they stand in their files', async (path) => {
  const page = await readFile(path, 'utf8');
  expect(await embed(page)).toBe(page);
});
