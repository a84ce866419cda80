import { createRequire } from 'node:module';

import { tell } from './rows.js';

const [contestant = ''] = process.argv.slice(2);
const [name = '', way = ''] = contestant.split(', ');
const require = createRequire(import.meta.url);

const load = (module: string): unknown => (way === 'require' ? require(module) : import(module));

await load('rxjs');
const from = performance.now();
await load(name);
tell({ measure: 'Import, over importing rxjs', contestant, value: performance.now() - from });
