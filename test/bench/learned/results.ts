import type { Comparison } from './comparison.js';
import { compare, sharesOf } from './comparison.js';
import { curvesOf, type Curves } from './curves.js';
import type { CreateLearner } from './learner.js';
import { learnOnline, type Period } from './online.js';
import { capacities, type Capacity } from './server-limit.js';
import { simulate, type Figures } from './simulation.js';
import { WORKLOADS, type Workload } from './workloads.js';

/** How much is computed and simulated. */
export interface Size {
  /** After how many durations a learner is compared. */
  readonly observed: readonly number[];
  /** How many random histories of a size there are, for exact costs and for the simulation. */
  readonly histories: number;
  readonly watchedHistories: number;
  /** How many tasks are watched with each schedule and each history. */
  readonly tasks: number;
  /** The same for an odd workload. */
  readonly oddTasks: number;
  /** How many tasks a period of the online run has, and how many periods it has. */
  readonly period: number;
  readonly periods: number;
  /** How long the lag of a pool at a server's limit is measured, in mean lengths of a task. */
  readonly pool: number;
  /** Which workloads have a pool at a limit. */
  readonly pools: readonly string[];
}

export const FULL: Size = {
  observed: [0, 10, 30, 100, 1_000],
  histories: 40,
  watchedHistories: 10,
  tasks: 500,
  oddTasks: 50,
  period: 100,
  periods: 10,
  pool: 20,
  pools: [
    'log-normal 60 s, sigma 0.3',
    'log-normal 60 s, sigma 1.2',
    'steady 240 s, 8 %',
    'two kinds, two keys',
  ],
};

/** Small sizes, for a check of every change. */
export const SMALL: Size = {
  ...FULL,
  histories: 4,
  watchedHistories: 2,
  tasks: 100,
  oddTasks: 20,
  period: 50,
  periods: 4,
  pool: 5,
  pools: ['log-normal 60 s, sigma 0.3'],
};

/** The workloads that the library learns from its own polls. */
const ONLINE = ['drift from 60 s to 120 s, sigma 0.3', 'two kinds, one key', 'two kinds, two keys'];
/** The workload of the picture. */
const PICTURED = 'log-normal 60 s, sigma 0.3';

/** All figures. */
export interface Results {
  readonly size: Size;
  readonly comparisons: readonly Comparison[];
  readonly simulations: readonly {
    readonly workload: string;
    readonly figures: readonly Figures[];
  }[];
  readonly online: readonly { readonly workload: string; readonly periods: readonly Period[] }[];
  readonly pools: readonly {
    readonly workload: string;
    readonly capacities: readonly Capacity[];
  }[];
  readonly curves: Curves;
}

/** Computes and simulates everything. */
export function measure(
  create: CreateLearner,
  size: Size,
  progress: (text: string) => void,
): Results {
  const rows = WORKLOADS.map((workload) => {
    progress(workload.name);
    const shares = sharesOf(workload);
    const compared = compare(create, workload, shares, size.observed, size.histories);
    const tasks = workload.odd ? size.oddTasks : size.tasks;
    const figures = simulate(create, workload, shares, compared, size.watchedHistories, tasks);
    return { compared, figures };
  });
  progress('online');
  const online = ONLINE.map((workload) => ({
    workload,
    periods: learnOnline(create, named(workload), size.periods, size.period),
  }));
  const pools = size.pools.map((workload) => {
    progress(`pool, ${workload}`);
    return { workload, capacities: capacities(create, named(workload), size.pool) };
  });
  progress('curves');
  const curves = curvesOf(create, named(PICTURED), size.watchedHistories, size.tasks);
  return {
    size,
    comparisons: rows.map(({ compared }) => compared),
    simulations: rows.map(({ compared: { workload }, figures }) => ({ workload, figures })),
    online,
    pools,
    curves,
  };
}

function named(name: string): Workload {
  const workload = WORKLOADS.find((each) => each.name === name);
  if (!workload) throw new RangeError(`there is no workload ${name}`);
  return workload;
}
