import { BACKOFF_DEFAULTS, defaultMaxDelay, RETRY_DEFAULTS } from './defaults.js';
import type { TimelineName } from './timelines.js';

/** A number that a slider sets. */
export interface Slider {
  readonly label: string;
  readonly unit: 'ms' | 'number';
  readonly min: number;
  readonly max: number;
  readonly step: number;
  /** The value at the start and after a reset. */
  readonly start: number;
}

const ms = { unit: 'ms' } as const;
const number = { unit: 'number' } as const;

/** The sliders, in their order on the page. A key is also the name in a link. */
export const SLIDERS = {
  'backoff.initialDelay': {
    ...ms,
    label: 'initialDelay',
    min: 0,
    max: 10_000,
    step: 100,
    start: BACKOFF_DEFAULTS.initialDelay,
  },
  // from 0.5: the library's message for a factor below 1 is part of what the page shows
  'backoff.factor': {
    ...number,
    label: 'factor',
    min: 0.5,
    max: 4,
    step: 0.1,
    start: BACKOFF_DEFAULTS.factor,
  },
  'backoff.maxDelay': {
    ...ms,
    label: 'maxDelay',
    min: 500,
    max: 60_000,
    step: 500,
    start: defaultMaxDelay(BACKOFF_DEFAULTS.initialDelay),
  },
  'backoff.jitter': {
    ...number,
    label: 'jitter',
    min: 0,
    max: 1,
    step: 0.05,
    start: BACKOFF_DEFAULTS.jitter,
  },
  'retry.initialDelay': {
    ...ms,
    label: 'initialDelay',
    min: 0,
    max: 10_000,
    step: 100,
    start: RETRY_DEFAULTS.initialDelay,
  },
  'retry.factor': {
    ...number,
    label: 'factor',
    min: 1,
    max: 4,
    step: 0.1,
    start: RETRY_DEFAULTS.factor,
  },
  'retry.maxDelay': {
    ...ms,
    label: 'maxDelay',
    min: 500,
    max: 60_000,
    step: 500,
    start: RETRY_DEFAULTS.maxDelay,
  },
  'retry.jitter': {
    ...number,
    label: 'jitter',
    min: 0,
    max: 1,
    step: 0.05,
    start: RETRY_DEFAULTS.jitter,
  },
  'retry.maxRetries': {
    ...number,
    label: 'maxRetries',
    min: 0,
    max: 20,
    step: 1,
    start: RETRY_DEFAULTS.maxRetries,
  },
  'retry.maxRetryAfter': {
    ...ms,
    label: 'maxRetryAfter',
    min: 0,
    max: 300_000,
    step: 5_000,
    start: RETRY_DEFAULTS.maxRetryAfter,
  },
  latency: { ...ms, label: 'Latency', min: 0, max: 5_000, step: 50, start: 300 },
  seed: { ...number, label: 'Seed', min: 1, max: 50, step: 1, start: 1 },
} as const satisfies Record<string, Slider>;

export type SliderName = keyof typeof SLIDERS;

/** A number that is one of a few; `Infinity` means no limit. */
export interface Choice {
  readonly label: string;
  readonly values: readonly number[];
  /** The text for `Infinity`. */
  readonly unlimited: string;
}

/** The numbers with few values. A key is also the name in a link. */
export const CHOICES = {
  timeout: {
    label: 'timeout',
    values: [Infinity, 10_000, 30_000, 60_000, 300_000, 1_800_000],
    unlimited: 'none',
  },
  shown: {
    label: 'Time shown',
    values: [Infinity, 10_000, 30_000, 60_000, 300_000],
    unlimited: 'all',
  },
} as const satisfies Record<string, Choice>;

export type ChoiceName = keyof typeof CHOICES;

/** Everything that the controls of the playground set. */
export type Settings = Readonly<Record<SliderName | ChoiceName, number>> & {
  readonly timeline: TimelineName;
  readonly resetOnChange: boolean;
};

/** The settings at the start: the defaults of the library. */
export const START: Settings = {
  'backoff.initialDelay': SLIDERS['backoff.initialDelay'].start,
  'backoff.factor': SLIDERS['backoff.factor'].start,
  'backoff.maxDelay': SLIDERS['backoff.maxDelay'].start,
  'backoff.jitter': SLIDERS['backoff.jitter'].start,
  'retry.initialDelay': SLIDERS['retry.initialDelay'].start,
  'retry.factor': SLIDERS['retry.factor'].start,
  'retry.maxDelay': SLIDERS['retry.maxDelay'].start,
  'retry.jitter': SLIDERS['retry.jitter'].start,
  'retry.maxRetries': SLIDERS['retry.maxRetries'].start,
  'retry.maxRetryAfter': SLIDERS['retry.maxRetryAfter'].start,
  latency: SLIDERS.latency.start,
  seed: SLIDERS.seed.start,
  timeout: Infinity,
  shown: Infinity,
  timeline: 'steady',
  resetOnChange: BACKOFF_DEFAULTS.resetOnChange,
};

/** The keys of an object with known keys, with their type. */
export function keysOf<T extends object>(object: T): (keyof T)[] {
  const keys: (keyof T)[] = [];
  for (const key in object) keys.push(key);
  return keys;
}

/** The value of a slider that is nearest to a number. */
export function nearest({ min, max, step }: Slider, value: number): number {
  const steps = Math.round((Math.min(max, Math.max(min, value)) - min) / step);
  // a sum of steps like 0.1 is not exact
  return Number((min + steps * step).toFixed(2));
}
