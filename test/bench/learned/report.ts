import { table } from '../report.js';
import type { Results } from './results.js';
import { LAG, LIMIT, OBSERVED } from './server-limit.js';
import { targetsOf, type Target } from './targets.js';
import type { Measured } from './virtual-time.js';

const SECOND = 1_000;

/** All tables, for a terminal. */
export function report(results: Results): string {
  return [
    'Requests at the mean lag of the default: the exact mean, as a part of the default',
    'and as a multiple of the optimum',
    ratios(results),
    'Requests per task; mean lag, lag that 95 % of the tasks do not exceed',
    costs(results),
    'Learning online, from the polls of the library itself: learned, and default',
    online(results),
    `Tasks that a pool can watch at ${LIMIT} requests a second and ${LAG / SECOND} s of mean lag`,
    pools(results),
    'Targets',
    targets(results),
  ].join('\n\n');
}

/** How many requests a learned schedule needs at the lag of the default. */
export function ratios({ comparisons, size }: Results): string {
  return table(
    ['Length of a task', 'Default', 'Optimum', ...size.observed.map(after)],
    comparisons.map(({ workload, default: byDefault, optimum, learned }) => [
      workload,
      byDefault.requests.toFixed(1),
      (optimum.requests / byDefault.requests).toFixed(2),
      ...learned.map((each) => `${each.toDefault.toFixed(2)}, ${each.toOptimum.toFixed(2)}x`),
    ]),
  );
}

function after(observed: number): string {
  return `After ${observed.toLocaleString('en')}`;
}

/** What the library did with each schedule. */
export function costs({ simulations }: Results): string {
  const [first] = simulations;
  return table(
    ['Length of a task', ...(first?.figures ?? []).map(({ schedule }) => schedule)],
    simulations.map(({ workload, figures }) => [workload, ...figures.map(cost)]),
  );
}

function cost({ requests, lag, lag95 }: Measured): string {
  return `${count(requests)}; ${seconds(lag)}, ${seconds(lag95)} s`;
}

function count(requests: number): string {
  return requests < 1_000 ? requests.toPrecision(3) : String(Math.round(requests));
}

function seconds(ms: number): string {
  return (ms / SECOND).toFixed(1);
}

export function online({ online }: Results): string {
  return table(
    ['Length of a task', 'Tasks', 'Learned', 'Default'],
    online.flatMap(({ workload, periods }) =>
      periods.map(({ from, to, learned, default: byDefault }, at) => [
        at ? '' : workload,
        `${from} to ${to}`,
        cost(learned),
        cost(byDefault),
      ]),
    ),
  );
}

export function pools({ pools }: Results): string {
  return table(
    ['Length of a task', 'Default, longer `maxDelay`', `Learned after ${OBSERVED}`, 'Ratio'],
    pools.map(({ workload, capacities: [byDefault, learned] }) => [
      workload,
      String(byDefault?.tasks ?? NaN),
      String(learned?.tasks ?? NaN),
      ((learned?.tasks ?? NaN) / (byDefault?.tasks ?? NaN)).toFixed(2),
    ]),
  );
}

/** All targets, those that are missed first. */
function targets(results: Results): string {
  const all = targetsOf(results.comparisons);
  const isMissed = ({ measured, atMost }: Target): boolean => measured > atMost;
  return table(
    ['Target', 'At most', 'Measured', ''],
    [...all.filter(isMissed), ...all.filter((target) => !isMissed(target))].map((target) => [
      target.name,
      String(target.atMost),
      target.measured.toFixed(3),
      isMissed(target) ? '**missed**' : 'reached',
    ]),
  );
}
