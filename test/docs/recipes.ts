// Puts the examples into the pages that show them: npm run docs:recipes, with --check to compare only.
import { readFile } from 'node:fs/promises';
import { embed } from './embed.js';
import { keepFile } from './keep-file.js';

for (const page of ['docs/recipes.md', 'docs/other-apis.md']) {
  await keepFile(page, await embed(await readFile(page, 'utf8')));
}
