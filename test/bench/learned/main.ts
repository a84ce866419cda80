import { writeFile } from 'node:fs/promises';
import { resolve } from 'node:path';
import { parseArgs } from 'node:util';
import { format } from 'prettier';

import { table } from '../report.js';
import { faultsOf, keepBounds } from './check.js';
import { compare, sharesOf } from './comparison.js';
import type { CreateLearner } from './learner.js';
import { report } from './report.js';
import { FULL, measure, SMALL } from './results.js';
import { WORKLOADS } from './workloads.js';

const HELP = `Compares learned schedules with the default and with the optimum, in virtual time.

  npm run bench:learned [-- --json docs/learned.json]   all figures
  npm run bench:learned -- --check [--update]           small sizes; fails if a figure got worse
  npm run bench:learned -- --quick [--only Weibull]     only the exact mean number of requests

  --update   stores the figures of the small sizes, with which --check compares
  --only     for --quick: only workloads whose name contains this
  --learner  a module with another learnedDelay
`;

const { values } = parseArgs({
  options: {
    check: { type: 'boolean', default: false },
    update: { type: 'boolean', default: false },
    quick: { type: 'boolean', default: false },
    histories: { type: 'string', default: '10' },
    only: { type: 'string', default: '' },
    learner: { type: 'string' },
    json: { type: 'string' },
    help: { type: 'boolean', default: false },
  },
});

if (values.help) console.log(HELP);
else if (values.quick) quick(await learner());
else await all(await learner());

async function learner(): Promise<CreateLearner> {
  const entry = values.learner === undefined ? 'rxjs-task-status/learned' : resolve(values.learner);
  const module = (await import(entry)) as { learnedDelay: CreateLearner };
  return module.learnedDelay;
}

async function all(create: CreateLearner): Promise<void> {
  const results = measure(create, values.check ? SMALL : FULL, progress);
  progress('');
  console.log(report(results));
  if (values.json) {
    // as Prettier formats the other files of docs/
    await writeFile(values.json, await format(JSON.stringify(results), { parser: 'json' }));
  }
  if (!values.check) return;
  if (values.update) await keepBounds(results);
  const faults = await faultsOf(results);
  for (const fault of faults) console.error(fault);
  if (faults.length > 0) process.exitCode = 1;
}

/** Prints each workload as soon as it is computed. */
function quick(create: CreateLearner): void {
  for (const workload of WORKLOADS.filter(({ name }) => name.includes(values.only))) {
    const { observed } = FULL;
    const shares = sharesOf(workload);
    const compared = compare(create, workload, shares, observed, Number(values.histories));
    const { default: byDefault, optimum, learned, better } = compared;
    console.log(
      table(
        [workload.name.padEnd(36), 'requests', 'lag, s', 'to default', 'to optimum'],
        [
          ['default', byDefault.requests, byDefault.lag, 1, byDefault.requests / optimum.requests],
          ['optimum', optimum.requests, optimum.lag, optimum.requests / byDefault.requests, 1],
          ...learned.map((each) => [
            `after ${each.observed}`,
            each.requests,
            each.lag,
            each.toDefault,
            each.toOptimum,
          ]),
        ].map(([name, requests, lag, ...parts]) => [
          String(name),
          Number(requests).toFixed(1),
          (Number(lag) / 1_000).toFixed(2),
          ...parts.map((part) => Number(part).toFixed(3)),
        ]),
      ),
    );
    for (const name of better) console.log(`${name} is better than the optimum`);
  }
}

function progress(text: string): void {
  if (process.stderr.isTTY) process.stderr.write(`\r\x1b[K${text}`);
}
