// Starts and ends watches until there were a million polls, and measures leaks: npm run soak. --polls N
// takes another number. Compiled code counts as heap and would look like a leak, so the script of
// package.json turns V8's compilers off. About one poll in a hundred uses a socket. A small object
// leaked for each of these exceeds the limit.
import { parseArgs } from 'node:util';
import { soak } from './soak.js';

/** How much the heap may grow from the second tenth to the last. */
const GROWTH = 0.02;

const { values } = parseArgs({ options: { polls: { type: 'string', default: '1000000' } } });
if (!globalThis.gc) throw new Error('needs node --expose-gc');
process.on('warning', (warning) => {
  console.log(`warning: ${warning.message}`);
  process.exitCode = 1;
});

const started = Date.now();
const result = await soak({
  polls: Number(values.polls),
  watches: 1_000,
  overSockets: 100,
  seed: 1,
});
const growth = result.late / result.early - 1;
const number = (value: number): string => value.toLocaleString('en');

console.log(`polls                       ${number(result.polls)}`);
console.log(`  over sockets              ${number(result.pollsOverSockets)}`);
console.log(`watches                     ${number(result.watches)}, 1,000 at a time`);
for (const [end, count] of Object.entries(result.ends)) {
  console.log(`  ${end.padEnd(26)}${number(count)}`);
}
for (const [what, [least, most]] of Object.entries(result.during)) {
  const after = result.after[what as keyof typeof result.after];
  console.log(`${what.padEnd(28)}${number(least)} to ${number(most)}, at the end ${after}`);
  if (after !== 0) process.exitCode = 1;
}
console.log(`heap in the second tenth    ${number(Math.round(result.early))} bytes`);
console.log(`heap in the last tenth      ${number(Math.round(result.late))} bytes`);
console.log(
  `  growth                    ${(100 * growth).toFixed(2)} %, at most ${100 * GROWTH} %`,
);
console.log(`took                        ${Math.round((Date.now() - started) / 1_000)} s`);
for (const violation of result.violations) console.log(violation);

if (result.violations.length > 0 || growth > GROWTH) process.exitCode = 1;
const missing = Object.entries(result.ends).filter(([, count]) => count === 0);
if (missing.length > 0) {
  console.log(`never happened: ${missing.map(([end]) => end).join(', ')}`);
  process.exitCode = 1;
}
