import type { Comparison, Learned } from './comparison.js';

/** A figure that should be reached. */
export interface Target {
  /** The group and the workload; unique. */
  readonly name: string;
  /** What it is about. */
  readonly group: string;
  readonly workload: string;
  readonly atMost: number;
  readonly measured: number;
}

/** After 100 durations, as a part of the default's requests. */
const TO_DEFAULT: Readonly<Record<string, number>> = {
  'log-normal 60 s, sigma 0.15': 0.35,
  'log-normal 60 s, sigma 0.3': 0.51,
  'log-normal 60 s, sigma 0.6': 0.78,
  'log-normal 60 s, sigma 1.2': 0.91,
  'bimodal 20 s and 600 s': 0.28,
  'steady 240 s, 8 %': 0.29,
  'Pareto tail, alpha 1.2': 0.65,
};
/** As a multiple of the optimum. Odd workloads have no such target. */
const TO_OPTIMUM = [
  { observed: 100, atMost: 1.25 },
  { observed: 1_000, atMost: 1.1 },
];
/** Learning must not do harm, whatever the workload. */
const HARMLESS = [
  { observed: 10, atMost: 1.1 },
  { observed: 100, atMost: 1.03 },
];
/** The part of the saving after 100 durations that may still be missing after 30. */
const MISSING = 0.5;
/** A saving below this part of the requests is too small to ask when it comes. */
const WORTHWHILE = 0.1;

/** All targets whose figure has been measured. */
export function targetsOf(comparisons: readonly Comparison[]): Target[] {
  return comparisons.flatMap(({ workload, odd, learned }) => {
    const after = (observed: number): Learned | undefined =>
      learned.find((each) => each.observed === observed);
    const target = (group: string, atMost: number, measured: number | undefined): Target[] =>
      measured === undefined
        ? []
        : [{ name: `${workload}: ${group}`, group, workload, atMost, measured }];
    const sketched = TO_DEFAULT[workload];
    return [
      ...(sketched === undefined
        ? []
        : target('requests of the default, after 100', sketched, after(100)?.toDefault)),
      ...(odd ? [] : TO_OPTIMUM).flatMap(({ observed, atMost }) =>
        target(
          `requests of the optimum, after ${observed.toLocaleString('en')}`,
          atMost,
          after(observed)?.toOptimum,
        ),
      ),
      ...HARMLESS.flatMap(({ observed, atMost }) =>
        target(`no harm, after ${observed}`, atMost, after(observed)?.toDefault),
      ),
      ...target(
        'saving after 100 that is missing after 30',
        MISSING,
        missing(after(30), after(100)),
      ),
    ];
  });
}

function missing(early: Learned | undefined, late: Learned | undefined): number | undefined {
  if (!early || !late || late.toDefault > 1 - WORTHWHILE) return undefined;
  return Math.max(0, (early.toDefault - late.toDefault) / (1 - late.toDefault));
}
