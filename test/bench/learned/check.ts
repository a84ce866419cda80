import { readFile, writeFile } from 'node:fs/promises';

import type { Results } from './results.js';
import { targetsOf } from './targets.js';

/** The figures of the small sizes. A change must not make them worse. */
const BOUNDS = new URL('bounds.json', import.meta.url);
/** By how much a figure may differ, because the mathematical functions of runtimes differ. */
const MARGIN = 0.005;
/** By how much the library may differ from the exact costs, with the tasks of a small size. */
const SIMULATED = 0.1;

/** What is wrong with the figures of the small sizes. */
export async function faultsOf(results: Results): Promise<string[]> {
  const bounds = JSON.parse(await readFile(BOUNDS, 'utf8')) as Record<string, number>;
  return [
    ...targetsOf(results.comparisons).flatMap(({ name, measured }) => {
      const bound = bounds[name] ?? 0;
      return measured > bound + MARGIN ? [`${name}: ${measured.toFixed(3)}, was ${bound}`] : [];
    }),
    ...results.comparisons.flatMap(({ workload, better }) =>
      better.map((name) => `${workload}: ${name} is better than the optimum`),
    ),
    ...differences(results),
  ];
}

/** Where the library in virtual time makes another number of requests than computed. */
function differences({ comparisons, simulations }: Results): string[] {
  return comparisons.flatMap(({ workload, ...costs }) => {
    const figures = simulations.find((each) => each.workload === workload)?.figures ?? [];
    const expected = [costs.interval, costs.default, ...costs.learned, costs.optimum];
    return figures.flatMap(({ schedule, requests }, at) => {
      const { requests: exact } = expected[at] ?? { requests: NaN };
      return Math.abs(requests / exact - 1) <= SIMULATED
        ? []
        : [`${workload}: ${schedule} made ${requests} requests, computed were ${exact}`];
    });
  });
}

/** Stores the figures of the small sizes. */
export async function keepBounds({ comparisons }: Results): Promise<void> {
  const bounds = targetsOf(comparisons).map(({ name, measured }) => [
    name,
    Math.round(measured * 1_000) / 1_000,
  ]);
  await writeFile(BOUNDS, `${JSON.stringify(Object.fromEntries(bounds), null, 2)}\n`);
}
