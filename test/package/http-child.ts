import * as library from 'rxjs-task-status';
import { askOver } from '../http/ask.js';
import { collect } from '../http/collect.js';
import { httpSuite, type Ground } from '../http/suite.js';

// The shared HTTP checks as a plain script, over the installed package.
const { ground } = JSON.parse(process.argv[2] ?? '') as {
  ground: Omit<Ground, 'library' | 'ask' | 'fetch'>;
};
const { check, run } = collect();
httpSuite(check, { library, ask: askOver(ground.origin), ...ground });
void run().then((report) => console.log(JSON.stringify({ fetch: typeof fetch, ...report })));
