import { draw, type Axis, type Line } from '../picture.js';
import { table } from '../report.js';
import type { Results } from './results.js';
import { LAG, LIMIT, OBSERVED } from './server-limit.js';
import { targetsOf, type Target } from './targets.js';

const SECOND = 1_000;

const LAGS: Axis = { low: 0.4, high: 10, ticks: [0.5, 1, 2, 5, 10] };
const REQUESTS: Axis = { low: 3, high: 100, ticks: [5, 10, 20, 50, 100] };

/** Requests against lag of all schedules, and the curve of the optimum, as an SVG. */
export function picture({ curves: { workload, schedules, optimum } }: Results): string {
  const lines = schedules.map(({ name, points }): Line => ({
    name,
    style: name === 'fixed interval' ? 'fixed' : 'hue',
    points: points.map(({ requests, lag, label }) => ({
      requests,
      lag: lag / SECOND,
      ...(label && { label }),
      ...(name === 'backoff' && label === '5 s' && { marked: true, label: 'default' }),
    })),
  }));
  const best: Line = {
    name: 'optimum',
    style: 'optimum',
    points: optimum.map(({ requests, lag }) => ({ requests, lag: lag / SECOND })),
  };
  return draw({
    title: `Requests per task against the lag: ${workload}`,
    lags: LAGS,
    requests: REQUESTS,
    lagText: 'mean time from the end of a task until it is seen',
    lines: [...lines, best],
  });
}

/** How the figures came about. */
export function about({ size, curves, simulations }: Results): string {
  const mixes = simulations.length;
  return [
    `${mixes} mixes of tasks. For each mix and each number of durations there are ${size.histories} random histories, all`,
    `with fixed seeds. The library itself watched ${size.tasks} tasks with each of ${size.watchedHistories} of them in virtual time, and`,
    `${size.oddTasks} of the mixes that are there only to show that learning does no harm. The picture shows the mix`,
    `_${curves.workload}_.`,
  ].join('\n');
}

/** Targets by what they are about: how many are reached, and the worst one. */
export function targetSummary({ comparisons }: Results): string {
  const all = targetsOf(comparisons);
  const groups = new Map(
    all.map(({ group }) => [group, all.filter((target) => target.group === group)] as const),
  );
  return table(
    ['Target', 'At most', 'Reached by', 'Worst', 'Of', ''],
    [...groups].map(([group, targets]) => {
      const reached = targets.filter(({ measured, atMost }) => measured <= atMost);
      const worst = targets.reduce((a, b) =>
        b.measured / b.atMost > a.measured / a.atMost ? b : a,
      );
      return [
        group,
        limitsOf(targets),
        `${reached.length} of ${targets.length}`,
        worst.measured.toFixed(2),
        worst.workload,
        reached.length === targets.length ? 'reached' : '**missed**',
      ];
    }),
  );
}

function limitsOf(targets: readonly Target[]): string {
  const limits = targets.map(({ atMost }) => atMost);
  const [low, high] = [Math.min(...limits), Math.max(...limits)];
  return low === high ? String(low) : `${low} to ${high}`;
}

/** The targets that are missed. */
export function missedTargets({ comparisons }: Results): string {
  const missed = targetsOf(comparisons).filter(({ measured, atMost }) => measured > atMost);
  if (missed.length === 0) return 'None is missed.';
  return table(
    ['Missed', 'At most', 'Measured'],
    missed.map(({ name, atMost, measured }) => [name, String(atMost), measured.toFixed(2)]),
  );
}

/** What limits the pool in the table of pools. */
export function limit(): string {
  return [
    `A server that answers ${LIMIT} requests a second, and refuses more with 429. A pool watches a constant number of`,
    `tasks, and a new one starts when an end is seen. The table shows the largest number with a mean lag of at`,
    `most ${LAG / SECOND} s. For the default, \`maxDelay\` is raised until the lag without a limit is nearly that long; the`,
    `learned schedule has seen ${OBSERVED} durations.`,
  ].join('\n');
}
