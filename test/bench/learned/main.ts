// npm run bench:learned: how many requests a learned schedule saves.
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';

import type { CreateLearner } from './learner.js';
import { quickFigures } from './quick.js';
import { WORKLOADS } from './workloads.js';

const { values } = parseArgs({
  options: {
    quick: { type: 'boolean', default: false },
    learner: { type: 'string' },
    sizes: { type: 'string', default: '0,10,30,100,1000' },
    histories: { type: 'string', default: '20' },
    only: { type: 'string', default: '' },
  },
});

const entry = values.learner ? resolve(values.learner) : 'rxjs-task-status/learned';
const { learnedDelay } = (await import(entry)) as { learnedDelay: CreateLearner };
const sizes = values.sizes.split(',').map(Number);
const workloads = WORKLOADS.filter(({ name }) => name.includes(values.only));

if (values.quick) {
  console.log("requests at the default's mean lag: of the default, / default, / optimum");
  console.log(
    ['', 'lag', 'default', 'optimum', ...sizes.map((size) => `after ${size}`)]
      .map((cell, column) => cell.padEnd(column ? 20 : 38))
      .join(''),
  );
  for (const workload of workloads) {
    const { lag, requests, optimum, learned } = quickFigures(
      learnedDelay,
      workload,
      sizes,
      Number(values.histories),
    );
    console.log(
      [
        workload.name,
        `${(lag / 1000).toFixed(2)} s`,
        requests.toFixed(1),
        `${optimum.toFixed(2)} (${(optimum / requests).toFixed(2)})`,
        ...learned.map(
          (each) =>
            `${each.toDefault.toFixed(3)} ${each.toOptimum.toFixed(2)}${each.lag < 0.98 * lag ? ` (${(each.lag / 1000).toFixed(2)} s)` : ''}`,
        ),
      ]
        .map((cell, column) => cell.padEnd(column ? 20 : 38))
        .join(''),
    );
  }
}
