// Prints what an outage costs the server, and updates docs/outage.md: npm run outage, with --check to
// compare only.
import { readFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { keepFile } from '../docs/keep-file.js';
import { simulate } from './outage.js';

const PAGE = 'docs/outage.md';
const PLACE = /(<!-- npm run outage -->\n)[^]*?(<!-- end -->)/;

const WATCHES = 10_000;
const SEED = 1;

const HEAD = [
  'Length of the outage',
  'Requests per second before it',
  'during it, mean',
  'during it, highest',
  'in the minute after it, highest',
  'Watches that failed',
  'Every watch has a status again after',
];

const rows = [10, 30, 60].map((seconds) => {
  const result = simulate({ watches: WATCHES, seconds, seed: SEED });
  const rate = (value: number): string =>
    `${value.toFixed(0)} (${(value / result.healthy).toFixed(2)}x)`;
  return [
    `${seconds} s`,
    result.healthy.toFixed(0),
    rate(result.during),
    rate(result.peakDuring),
    rate(result.peakAfter),
    `${result.errors} of ${WATCHES.toLocaleString('en')}`,
    `${result.recovery.toFixed(0)} s`,
  ];
});
const table = [HEAD, HEAD.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);
const block = table.join('\n');
console.log(block);

const page = await readFile(PAGE, 'utf8');
if (!PLACE.test(page)) throw new Error(`${PAGE} has no <!-- npm run outage -->`);
const filled = page.replace(
  PLACE,
  (_, begin: string, end: string) => `${begin}\n${block}\n\n${end}`,
);
await keepFile(PAGE, await format(filled, { ...(await resolveConfig(PAGE)), parser: 'markdown' }));
