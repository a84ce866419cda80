// A fleet of three workers and 500 tasks while everything fails that can fail: npm run test:fleet.
// --seed N repeats a run, --only name,name lets only some faults happen. It needs a redis-server.
import { parseArgs } from 'node:util';
import { hasRedis } from '../support/redis-server.js';
import { FAULTS, runFaults } from './faults/run-faults.js';

const { values } = parseArgs({ options: { seed: { type: 'string' }, only: { type: 'string' } } });
const seed = values.seed === undefined ? Math.floor(Math.random() * 2 ** 31) : Number(values.seed);
const only = values.only?.split(',') ?? FAULTS.map(({ name }) => name);
const faults = FAULTS.filter(({ name }) => only.includes(name));

if (!Number.isInteger(seed) || faults.length < only.length) {
  console.error('Usage: npm run test:fleet -- [--seed N] [--only name,name]');
  console.error(`The faults are: ${FAULTS.map(({ name }) => name).join(', ')}`);
  process.exitCode = 2;
} else if (!hasRedis) {
  console.log('The fleet is not tested: no redis-server here (apt-get install redis-server).');
} else {
  console.log(`seed ${seed}`);
  const startedAt = performance.now();
  const isFine = await runFaults(seed, faults, (line) => console.log(line));
  const seconds = Math.round((performance.now() - startedAt) / 1_000);
  console.log(`${isFine ? 'passed' : 'failed'} with seed ${seed} in ${seconds} s`);
  process.exitCode = isFine ? 0 : 1;
}
