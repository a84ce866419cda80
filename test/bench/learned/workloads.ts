import {
  exponential,
  logNormal,
  mixture,
  normal,
  pareto,
  point,
  uniform,
  weibull,
  type Distribution,
} from './distributions.js';

/** Tasks of one kind. Their ids start with the name of the kind. */
export interface Kind {
  readonly name: string;
  /** The part of all tasks that is of this kind. */
  readonly weight: number;
  readonly length: Distribution;
  /** How long the tasks in the first half of the history took, if it was another time. */
  readonly before?: Distribution;
}

/** A mix of tasks. */
export interface Workload {
  readonly name: string;
  readonly kinds: readonly Kind[];
  /** Whether each kind has a key for itself. Without keys all tasks share one schedule. */
  readonly keyed: boolean;
  /** Whether it is there only to show that learning does no harm. */
  readonly odd: boolean;
}

const SECOND = 1_000;
const MINUTE = 60 * SECOND;
const HOUR = 60 * MINUTE;

function alone(name: string, length: Distribution, odd = false): Workload {
  return { name, kinds: [{ name: 'task', weight: 1, length }], keyed: false, odd };
}

/** Quick and slow tasks, one half each. */
const TWO_KINDS: readonly Kind[] = [
  { name: 'quick', weight: 0.5, length: logNormal(30 * SECOND, 0.15) },
  { name: 'slow', weight: 0.5, length: logNormal(240 * SECOND, 0.15) },
];

/** What is simulated. */
export const WORKLOADS: readonly Workload[] = [
  alone('log-normal 60 s, sigma 0.15', logNormal(MINUTE, 0.15)),
  alone('log-normal 60 s, sigma 0.3', logNormal(MINUTE, 0.3)),
  alone('log-normal 60 s, sigma 0.6', logNormal(MINUTE, 0.6)),
  alone('log-normal 60 s, sigma 1.2', logNormal(MINUTE, 1.2)),
  alone('Weibull 60 s, shape 2', weibull(MINUTE, 2)),
  alone('Weibull 60 s, shape 0.7', weibull(MINUTE, 0.7)),
  alone(
    'bimodal 20 s and 600 s',
    mixture([0.5, logNormal(20 * SECOND, 0.05)], [0.5, logNormal(600 * SECOND, 0.05)]),
  ),
  alone('steady 240 s, 8 %', normal(240 * SECOND, 0.08 * 240 * SECOND)),
  alone('Pareto tail, alpha 1.2', pareto(20 * SECOND, 1.2, 4 * HOUR)),
  {
    name: 'drift from 60 s to 120 s, sigma 0.3',
    kinds: [
      {
        name: 'task',
        weight: 1,
        length: logNormal(2 * MINUTE, 0.3),
        before: logNormal(MINUTE, 0.3),
      },
    ],
    keyed: false,
    odd: false,
  },
  { name: 'two kinds, one key', kinds: TWO_KINDS, keyed: false, odd: false },
  { name: 'two kinds, two keys', kinds: TWO_KINDS, keyed: true, odd: false },
  alone('exponential 60 s', exponential(MINUTE), true),
  alone('uniform 0 to 120 s', uniform(0, 2 * MINUTE), true),
  alone('all of 60 s', point(MINUTE), true),
  alone('20 s or 100 s', mixture([0.5, point(20 * SECOND)], [0.5, point(100 * SECOND)]), true),
  alone('log-normal 2 s, sigma 0.3', logNormal(2 * SECOND, 0.3), true),
  alone('log-normal 2 h, sigma 0.3', logNormal(2 * HOUR, 0.3), true),
];

/** The length of all tasks together. */
export function lengthOf({ kinds }: Workload): Distribution {
  return mixture(...kinds.map(({ weight, length }) => [weight, length] as const));
}

/** @param part a random number between 0 and 1 */
export function pickKind(kinds: readonly Kind[], part: number): Kind {
  let below = 0;
  for (const kind of kinds) {
    below += kind.weight;
    if (part < below) return kind;
  }
  throw new RangeError('the weights of the kinds must add up to 1');
}
