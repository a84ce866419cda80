// Runs four ways to poll through twelve situations, prints the tables, and updates docs/comparison.md:
// npm run comparison, with --check to compare only.
import { readFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';

import { fill } from '../../../test/docs/fill.js';
import { keepFile } from '../../../test/docs/keep-file.js';
import { LIBRARY, OTHERS } from './contenders.js';
import { SITUATIONS } from './situations.js';
import { sizeOf } from './size.js';
import { situationTable, sizeTable } from './tables.js';

const PAGE = 'docs/comparison.md';

const situations = await situationTable(SITUATIONS);
const sizes = new Map<(typeof OTHERS)[number], Awaited<ReturnType<typeof sizeOf>>>();
for (const contender of [...OTHERS, LIBRARY]) sizes.set(contender, await sizeOf(contender));
const size = sizeTable(sizes);
console.log(`${situations}\n\n${size}`);

const filled = Object.entries({ situations, size }).reduce(
  (page, [place, content]) => fill(page, place, content),
  await readFile(PAGE, 'utf8'),
);
await keepFile(PAGE, await format(filled, { ...(await resolveConfig(PAGE)), parser: 'markdown' }));
