// Watches that come and go for a million polls, and what they leave behind: npm run soak, with
// --polls N for another number. Code that V8 goes on to compile counts into the heap and would look like
// a leak: that script lets it interpret all. Of the polls about one in a hundred goes over a socket; a
// small object that stays for each of those breaks the limit.
import { parseArgs } from 'node:util';
import { soak } from './soak.js';

/** What the heap may grow by from the second tenth to the last. */
const GROWTH = 0.02;

const { values } = parseArgs({ options: { polls: { type: 'string', default: '1000000' } } });
if (!globalThis.gc) throw new Error('needs node --expose-gc');
process.on('warning', (warning) => {
  console.log(`warning: ${warning.message}`);
  process.exitCode = 1;
});

const started = Date.now();
const found = await soak({
  polls: Number(values.polls),
  watches: 1_000,
  overSockets: 100,
  seed: 1,
});
const growth = found.late / found.early - 1;
const number = (value: number): string => value.toLocaleString('en');

console.log(`polls                       ${number(found.polls)}`);
console.log(`  over sockets              ${number(found.pollsOverSockets)}`);
console.log(`watches                     ${number(found.watches)}, 1,000 at a time`);
for (const [end, count] of Object.entries(found.ends)) {
  console.log(`  ${end.padEnd(26)}${number(count)}`);
}
for (const [what, [least, most]] of Object.entries(found.held)) {
  const left = found.left[what as keyof typeof found.left];
  console.log(`${what.padEnd(28)}${number(least)} to ${number(most)}, at the end ${left}`);
  if (left !== 0) process.exitCode = 1;
}
console.log(`heap in the second tenth    ${number(Math.round(found.early))} bytes`);
console.log(`heap in the last tenth      ${number(Math.round(found.late))} bytes`);
console.log(
  `  growth                    ${(100 * growth).toFixed(2)} %, at most ${100 * GROWTH} %`,
);
console.log(`took                        ${Math.round((Date.now() - started) / 1_000)} s`);
for (const breach of found.breaches) console.log(breach);

if (found.breaches.length > 0 || growth > GROWTH) process.exitCode = 1;
const missing = Object.entries(found.ends).filter(([, count]) => count === 0);
if (missing.length > 0) {
  console.log(`never happened: ${missing.map(([end]) => end).join(', ')}`);
  process.exitCode = 1;
}
