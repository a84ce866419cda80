// Prints what an outage costs, and puts it into the page that tells of it: npm run outage, with
// --check to compare only.
import { readFile } from 'node:fs/promises';
import { format, resolveConfig } from 'prettier';
import { keepFile } from '../docs/keep-file.js';
import { simulate } from './outage.js';

const PAGE = 'docs/outage.md';
const PLACE = /(<!-- npm run outage -->\n)[^]*?(<!-- end -->)/;

const WATCHES = 10_000;
const SEED = 1;

const HEAD = [
  'The server is away for',
  'Requests per second before',
  'during',
  'in the worst second of it',
  'in the worst second of the minute after',
  'Watches that failed',
  'All have seen a status again after',
];

const rows = [10, 30, 60].map((seconds) => {
  const toll = simulate({ watches: WATCHES, seconds, seed: SEED });
  const rate = (value: number): string =>
    `${value.toFixed(0)} (${(value / toll.healthy).toFixed(2)}x)`;
  return [
    `${seconds} s`,
    toll.healthy.toFixed(0),
    rate(toll.during),
    rate(toll.peakDuring),
    rate(toll.peakAfter),
    `${toll.errors} of ${WATCHES.toLocaleString('en')}`,
    `${toll.recovery.toFixed(0)} s`,
  ];
});
const table = [HEAD, HEAD.map(() => '---'), ...rows].map((row) => `| ${row.join(' | ')} |`);
const block = table.join('\n');
console.log(block);

const page = await readFile(PAGE, 'utf8');
if (!PLACE.test(page)) throw new Error(`${PAGE} has no place for it`);
const filled = page.replace(
  PLACE,
  (_, begin: string, end: string) => `${begin}\n${block}\n\n${end}`,
);
await keepFile(PAGE, await format(filled, { ...(await resolveConfig(PAGE)), parser: 'markdown' }));
