import { readdir, readFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import { embed, PAGES } from './embed.js';

test.each(PAGES)('%s shows the current content of its examples', async (path) => {
  const page = await readFile(path, 'utf8');
  expect(await embed(page)).toBe(page);
});

test('docs/pool.md shows every example of a pool', async () => {
  const page = await readFile('docs/pool.md', 'utf8');
  const files = await readdir('docs/examples/dashboard');
  for (const file of files.filter((name) => name !== 'in-memory.ts')) {
    expect(page).toContain(`<!-- docs/examples/dashboard/${file} -->`);
  }
});
