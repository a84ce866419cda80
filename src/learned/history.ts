import { isObject } from '../api/guards.js';
import { BIN_COUNT } from './bins.js';
import { MAX_COUNT, type Counts } from './histogram.js';
import type { LearnedStatuses } from './learned-statuses.js';

/**
 * What a schedule has learned of the statuses of a key, as plain data. For each status: its largest count,
 * then a text with a character for each bin for the durations that have ended, and one for the others.
 */
export type LearnedKey = Readonly<Record<string, readonly [number, string, string]>>;

/** What a schedule has learned, as plain data for `JSON.stringify`. A key is shorter than 2 kB. */
export interface LearnedHistory {
  /** The version of the format. */
  readonly version: 1;
  /** All tasks. */
  readonly overall: LearnedKey;
  /** The tasks of each key; empty without the option `key`. */
  readonly keys: Readonly<Record<string, LearnedKey>>;
}

/** The characters of counts, from small to large: those that JSON writes as they are. A space is 0. */
const DIGITS = Array.from({ length: 94 }, (_, index) => String.fromCharCode(33 + index)).filter(
  (digit) => digit !== '"' && digit !== '\\',
);
/** The ratio of two digits: together they reach from 1/2,000 of the largest count to the whole. */
const RATIO = 2_000 ** (1 / (DIGITS.length - 1));

/** Writes all that was learned here, without what others have shared. */
export function toHistory({ overall, byKey }: LearnedStatuses): LearnedHistory {
  const write = (statuses: LearnedStatuses['overall']): LearnedKey =>
    Object.fromEntries(
      [...statuses].map(([status, { histogram }]) => [status, encode(histogram.own)]),
    );
  return {
    version: 1,
    overall: write(overall),
    keys: Object.fromEntries([...byKey].map(([key, statuses]) => [key, write(statuses)])),
  };
}

/**
 * Adds what an earlier schedule has learned.
 *
 * @throws TypeError if it is not what `toJSON` returned
 */
export function addHistory(statuses: LearnedStatuses, history: unknown): void {
  if (!isObject(history) || history['version'] !== 1) throw notAHistory('version');
  for (const [status, counts] of entriesOf(history['overall'], 'overall')) {
    statuses.ofAll(status).histogram.addHistory(decode(counts, status));
  }
  for (const [key, learned] of entriesOf(history['keys'], 'keys')) {
    for (const [status, counts] of entriesOf(learned, key)) {
      statuses.ofKey(key, status).histogram.addHistory(decode(counts, status));
    }
  }
}

function entriesOf(value: unknown, name: string): [string, unknown][] {
  if (!isObject(value)) throw notAHistory(name);
  return Object.entries(value);
}

function encode({ ended, censored }: Counts): [number, string, string] {
  const largest = Math.max(...ended, ...censored);
  const text = (counts: Float64Array): string =>
    Array.from(counts, (count) => digitOf(count / largest))
      .join('')
      .trimEnd();
  return [Number(largest.toPrecision(4)), text(ended), text(censored)];
}

function digitOf(part: number): string {
  const digit = DIGITS.length - 1 + Math.round(Math.log(part) / Math.log(RATIO));
  return DIGITS[digit] ?? ' ';
}

function decode(value: unknown, status: string): Counts {
  const none: readonly unknown[] = [];
  const [largest, ended, censored] = none.concat(value);
  if (
    typeof largest !== 'number' ||
    !(largest >= 0 && largest <= MAX_COUNT) ||
    typeof ended !== 'string' ||
    typeof censored !== 'string'
  ) {
    throw notAHistory(status);
  }
  const counts = (text: string): Float64Array =>
    Float64Array.from({ length: BIN_COUNT }, (_, bin) => {
      const digit = DIGITS.indexOf(text[bin] ?? ' ');
      return digit < 0 ? 0 : largest * RATIO ** (digit - DIGITS.length + 1);
    });
  return { ended: counts(ended), censored: counts(censored) };
}

function notAHistory(name: string): TypeError {
  return new TypeError(
    `history must be what toJSON() of a learned schedule returned; see "${name}"`,
  );
}
