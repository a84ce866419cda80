// Inserts the examples into the pages: npm run docs:recipes, with --check to compare only.
import { readFile } from 'node:fs/promises';
import { embed, PAGES } from './embed.js';
import { keepFile } from './keep-file.js';

for (const page of PAGES) {
  await keepFile(page, await embed(await readFile(page, 'utf8')));
}
