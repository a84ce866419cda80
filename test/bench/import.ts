import { createRequire } from 'node:module';

import { LINK, printSample } from './rows.js';

const [contestant = ''] = process.argv.slice(2);
const [name = '', way = ''] = contestant.split(', ');
const require = createRequire(import.meta.url);

const load = (module: string): unknown => (way === 'require' ? require(module) : import(module));
const measured = name === LINK ? new URL('link.js', import.meta.url).href : name;

await load('rxjs');
const from = performance.now();
await load(measured);
printSample({
  measure: 'Import, over importing rxjs',
  contestant,
  value: performance.now() - from,
});
