/**
 * The bins of a histogram of durations. The first one begins at 0; the others begin at 500 ms and each is
 * 6 % longer than the one before it, so that a duration is known to a few percent, whether it is a second
 * or a day. The last one begins after about 50 hours and also takes all longer durations.
 */
export const BIN_COUNT = 221;

const FIRST_EDGE = 500;
const RATIO = 1.06;

/** The natural logarithm of the ratio of two edges. */
export const LOG_RATIO = Math.log(RATIO);

/** The edges of the bins, ms: bin `i` lies between `edgeOf(i)` and `edgeOf(i + 1)`. */
const EDGES = Float64Array.from({ length: BIN_COUNT + 1 }, (_, index) =>
  index === 0 ? 0 : FIRST_EDGE * RATIO ** (index - 1),
);

/** Where bin `index` begins, ms. */
export function edgeOf(index: number): number {
  return valueAt(EDGES, index);
}

/** A time as a number of bins from 0; the digits after the point say where in its bin it lies. */
export function positionOf(ms: number): number {
  const position = ms < FIRST_EDGE ? ms / FIRST_EDGE : 1 + Math.log(ms / FIRST_EDGE) / LOG_RATIO;
  return Math.min(BIN_COUNT - 0.001, Math.max(0, position));
}

/** The index of the bin that contains a time. */
export function binOf(ms: number): number {
  return Math.floor(positionOf(ms));
}

/** A number of an array; 0 outside of it. */
export function valueAt(values: Float64Array, index: number): number {
  return values[index] ?? 0;
}
