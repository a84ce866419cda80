import { BIN_COUNT, LOG_RATIO, valueAt } from './bins.js';

/** How many standard deviations of the kernel are used, and into how many steps each is divided. */
const REACH = 3;
const STEPS = 64;
const KERNEL = Float64Array.from({ length: REACH * STEPS + 1 }, (_, step) =>
  Math.exp(-0.5 * (step / STEPS) ** 2),
);

/** The limits of a bandwidth, in bins: 1 % and 80 % of a duration. */
const NARROWEST = 0.01 / LOG_RATIO;
const WIDEST = 0.8 / LOG_RATIO;
/** The bandwidth that is added for a single duration, in bins; a hundredth of it for a hundred. */
const DOUBT = 1 / LOG_RATIO;

/**
 * Smooths a histogram with a Gaussian kernel over the logarithm of the duration.
 *
 * The bandwidth follows the density: narrow where durations are many, wide where they are few. It is
 * proportional to the root of the distance within which the nearest durations lie (Abramson 1982), and it
 * becomes narrower as durations are added.
 *
 * @param counts one number for each bin
 * @returns numbers with the same sum
 * @see https://doi.org/10.1214/aos/1176345986
 */
export function smooth(counts: Float64Array): Float64Array {
  const total = counts.reduce((sum, count) => sum + count, 0);
  const smoothed = new Float64Array(BIN_COUNT);
  if (total <= 0) return smoothed;
  const distances = distancesOf(counts, total);
  const typical = typicalDistance(counts, distances, total);
  const doubt = DOUBT / (1 + total);
  counts.forEach((count, bin) => {
    if (count <= 0) return;
    const own = 2 * Math.sqrt(valueAt(distances, bin) * typical);
    const bandwidth = Math.min(WIDEST, Math.max(NARROWEST, own));
    // 1 / 12 is the variance within a bin
    addKernel(smoothed, bin, count, Math.sqrt(bandwidth ** 2 + 1 / 12 + doubt ** 2));
  });
  return smoothed;
}

/** For each bin that is not empty, the distance in bins within which its nearest neighbours lie. */
function distancesOf(counts: Float64Array, total: number): Float64Array {
  const sums = new Float64Array(BIN_COUNT + 1);
  counts.forEach((count, bin) => {
    sums[bin + 1] = valueAt(sums, bin) + count;
  });
  const within = (bin: number, radius: number): number =>
    valueAt(sums, Math.min(BIN_COUNT, bin + radius + 1)) - valueAt(sums, Math.max(0, bin - radius));
  const neighbours = 1 + 0.4 * total ** 0.65;
  const wanted = Math.min(neighbours, total * (1 - 1e-9));
  return counts.map((count, bin) => {
    if (count <= 0) return 0;
    let radius = 0;
    let last = 0;
    let sum = count;
    while (sum < wanted) {
      radius++;
      last = sum;
      sum = within(bin, radius);
    }
    const distance =
      radius === 0 ? (0.5 * wanted) / count : radius - 0.5 + (wanted - last) / (sum - last);
    return distance * (neighbours / wanted);
  });
}

/** The geometric mean of the distances. */
function typicalDistance(counts: Float64Array, distances: Float64Array, total: number): number {
  let sum = 0;
  counts.forEach((count, bin) => {
    if (count > 0) sum += count * Math.log(valueAt(distances, bin));
  });
  return Math.exp(sum / total);
}

function addKernel(target: Float64Array, center: number, weight: number, deviation: number): void {
  const radius = Math.floor(REACH * deviation);
  const first = Math.max(0, center - radius);
  const last = Math.min(BIN_COUNT - 1, center + radius);
  let sum = 0;
  for (let bin = first; bin <= last; bin++) sum += kernelAt(bin - center, deviation);
  for (let bin = first; bin <= last; bin++) {
    target[bin] = valueAt(target, bin) + (weight * kernelAt(bin - center, deviation)) / sum;
  }
}

function kernelAt(offset: number, deviation: number): number {
  return valueAt(KERNEL, Math.round((Math.abs(offset) / deviation) * STEPS));
}
