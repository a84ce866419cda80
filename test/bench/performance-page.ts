// Updates docs/performance.md and its picture: npm run docs:performance, with --check to compare only.
import { readFile } from 'node:fs/promises';
import type { BackoffOptions } from 'rxjs-task-status';

import { fill } from '../docs/fill.js';
import { keepFile } from '../docs/keep-file.js';
import * as learned from './learned/page.js';
import { online, pools, ratios, costs } from './learned/report.js';
import type { Results as LearnedResults } from './learned/results.js';
import { draw, type Line, type Point } from './picture.js';
import { figures, setting, table, targets, type Results } from './report.js';
import {
  duration,
  MEAN_WAIT,
  MEDIAN_RUN,
  SIGMA,
  simulate,
  TASKS,
  type Outcome,
} from './trade-off.js';

const PAGE = 'docs/performance.md';
const RESULTS = 'docs/performance.json';
const PICTURE = 'docs/trade-off.svg';
const LEARNED_RESULTS = 'docs/learned.json';
const LEARNED_PICTURE = 'docs/learned.svg';

const LAGS = { low: 0.4, high: 10, ticks: [0.5, 1, 2, 5, 10] };
const REQUESTS = { low: 8, high: 160, ticks: [10, 20, 50, 100] };

const SECOND = 1_000;
/** The library's defaults. Their simulation sets no options. */
const DEFAULT = { factor: 1.5, maxDelay: 5 };
const FACTORS = [1.2, DEFAULT.factor, 2, 3];
const MAX_DELAYS = [2, 3, DEFAULT.maxDelay, 8, 15, 30];
const INTERVALS = [1, 2, 3, 5, 10];

function fixed(seconds: number): BackoffOptions {
  return { initialDelay: seconds * SECOND, factor: 1, maxDelay: seconds * SECOND, jitter: 0 };
}

function lines(): Line[] {
  const backingOff = FACTORS.map((factor) => ({
    factor,
    points: MAX_DELAYS.map((maxDelay) => {
      const marked = factor === DEFAULT.factor && maxDelay === DEFAULT.maxDelay;
      const outcome = simulate(marked ? {} : { factor, maxDelay: maxDelay * SECOND });
      return { maxDelay, marked, outcome };
    }),
  }));
  return [
    {
      name: 'fixed interval',
      style: 'fixed',
      points: INTERVALS.map((seconds) => ({
        ...simulate(fixed(seconds)),
        label: `${seconds} s`,
      })),
    },
    ...backingOff.map(({ factor, points }) => ({
      name: `factor ${factor}`,
      style: 'hue' as const,
      points: points.map(({ maxDelay, marked, outcome }): Point => {
        // label each maxDelay once, at the point where lag times requests is smallest
        const nearest = backingOff.every(
          (line) =>
            !line.points.some(
              (at) => at.maxDelay === maxDelay && product(at.outcome) < product(outcome),
            ),
        );
        const label = marked
          ? 'default'
          : nearest
            ? `${maxDelay === MAX_DELAYS[0] ? 'maxDelay ' : ''}${maxDelay} s`
            : undefined;
        return { ...outcome, marked, ...(label === undefined ? {} : { label }) };
      }),
    })),
  ];
}

function product({ lag, requests }: Outcome): number {
  return lag * requests;
}

/** The cost of some schedules for tasks of different length. */
function byLength(): string {
  const schedules: [string, BackoffOptions][] = [
    ...[1, 2, 5].map((seconds): [string, BackoffOptions] => [`every ${seconds} s`, fixed(seconds)]),
    ['default', {}],
    ['`{ initialDelay: 500, maxDelay: 2_000 }`', { initialDelay: 500, maxDelay: 2_000 }],
    ['`{ factor: 2, maxDelay: 30_000 }`', { factor: 2, maxDelay: 30_000 }],
  ];
  const lengths: [string, number, number][] = [
    ['all tasks', 0, Infinity],
    ['under 10 s', 0, 10],
    ['10 s to 2 min', 10, 120],
    ['2 to 10 min', 120, 600],
    ['over 10 min', 600, Infinity],
  ];
  const cell = ({ requests, lag, worstLag }: Outcome): string =>
    `${requests < 100 ? requests.toPrecision(3) : Math.round(requests)}; ${lag.toFixed(1)} s, ${worstLag.toFixed(1)} s`;
  return table(
    ['`backoff`', ...lengths.map(([name]) => name)],
    schedules.map(([name, backoff]) => [
      name,
      ...lengths.map(([, from, to]) => cell(simulate(backoff, from * SECOND, to * SECOND))),
    ]),
  );
}

/** How the tasks were simulated, and how the default compares with a fixed interval of the same cost. */
function about(): string {
  const tenth = Math.round(duration(0.1));
  const half = Math.round(duration(0.5));
  const most = Math.round(duration(0.9));
  const default_ = simulate({});
  let [low, high] = [1, 10];
  for (let step = 0; step < 8; step++) {
    const middle = (low + high) / 2;
    if (simulate(fixed(middle)).requests > default_.requests) low = middle;
    else high = middle;
  }
  const { lag } = simulate(fixed(high));
  return [
    `For each dot the library itself watched ${TASKS.toLocaleString('en')} tasks in virtual time. A task is \`created\` for`,
    `${MEAN_WAIT / SECOND} s on average (exponential), then \`running\` for a log-normal time with a median of ${MEDIAN_RUN / SECOND} s`,
    `and a standard deviation of ${SIGMA} of its logarithm: 10 % of the tasks end within ${tenth} s, 50 % within`,
    `${half} s, and 10 % take longer than ${most} s. The lag is the time from a change of status (to \`running\` and to`,
    `\`finished\`) until it is seen. An answer takes no time. By default a task costs`,
    `${default_.requests.toFixed(1)} requests, and a change is seen after ${default_.lag.toFixed(2)} s on average. A fixed interval with the same`,
    `number of requests, ${high.toFixed(1)} s, sees it after ${lag.toFixed(2)} s. The small numbers are the interval or \`maxDelay\`.`,
  ].join('\n');
}

async function read(path: string): Promise<unknown> {
  return JSON.parse(await readFile(path, 'utf8'));
}

const results = (await read(RESULTS)) as Results;
const learnedResults = (await read(LEARNED_RESULTS)) as LearnedResults;
const contents = {
  tasks: about(),
  lengths: byLength(),
  'learned-about': learned.about(learnedResults),
  'learned-ratios': ratios(learnedResults),
  'learned-costs': costs(learnedResults),
  'learned-online': online(learnedResults),
  'learned-limit': learned.limit(),
  'learned-pools': pools(learnedResults),
  figures: figures(results),
  setting: setting(results),
  'learned-targets': learned.targetSummary(learnedResults),
  'learned-missed': learned.missedTargets(learnedResults),
  targets: targets(results),
};
const page = Object.entries(contents).reduce(
  (filled, [place, content]) => fill(filled, place, content),
  await readFile(PAGE, 'utf8'),
);
await keepFile(PAGE, page);
await keepFile(
  PICTURE,
  draw({
    title: 'Requests per task against the lag until a change is seen',
    lags: LAGS,
    requests: REQUESTS,
    lagText: 'mean time from a change of status until it is seen',
    lines: lines(),
  }),
);
await keepFile(LEARNED_PICTURE, learned.picture(learnedResults));
