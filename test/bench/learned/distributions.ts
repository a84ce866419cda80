import { normalQuantile, normalSurvival } from './normal.js';

/** How long tasks take. All times are ms. */
export interface Distribution {
  /** The probability that a task takes longer than this. */
  readonly survival: (ms: number) => number;
  /** The time that this part of the tasks does not exceed. */
  readonly quantile: (part: number) => number;
  readonly mean: number;
}

/** The logarithm of the length is normally distributed, with the standard deviation `sigma`. */
export function logNormal(median: number, sigma: number): Distribution {
  return {
    survival: (ms) => (ms <= 0 ? 1 : normalSurvival(Math.log(ms / median) / sigma)),
    quantile: (part) => median * Math.exp(sigma * normalQuantile(part)),
    mean: median * Math.exp(sigma ** 2 / 2),
  };
}

/** `deviation` must be so small that no length is negative. */
export function normal(mean: number, deviation: number): Distribution {
  return {
    survival: (ms) => normalSurvival((ms - mean) / deviation),
    quantile: (part) => mean + deviation * normalQuantile(part),
    mean,
  };
}

/** With a `shape` above 1 a task is the likelier to end the longer it has been running. */
export function weibull(median: number, shape: number): Distribution {
  const scale = median / Math.LN2 ** (1 / shape);
  return {
    survival: (ms) => (ms <= 0 ? 1 : Math.exp(-((ms / scale) ** shape))),
    quantile: (part) => scale * (-Math.log1p(-part)) ** (1 / shape),
    mean: scale * gamma(1 + 1 / shape),
  };
}

/** A constant hazard: a running task may end at any time, however long it has been running. */
export function exponential(mean: number): Distribution {
  return weibull(mean * Math.LN2, 1);
}

/** The part above `ms` is `(shortest / ms) ** alpha`. Tasks of more than `longest` do not occur. */
export function pareto(shortest: number, alpha: number, longest: number): Distribution {
  const beyond = (shortest / longest) ** alpha;
  const part = (ms: number): number => ((shortest / ms) ** alpha - beyond) / (1 - beyond);
  const sum = shortest * (1 - (shortest / longest) ** (alpha - 1)) * (alpha / (alpha - 1));
  return {
    survival: (ms) => (ms <= shortest ? 1 : ms >= longest ? 0 : part(ms)),
    quantile: (below) => shortest * (1 - below * (1 - beyond)) ** (-1 / alpha),
    mean: sum / (1 - beyond),
  };
}

export function uniform(shortest: number, longest: number): Distribution {
  const width = longest - shortest;
  return {
    survival: (ms) => Math.min(1, Math.max(0, (longest - ms) / width)),
    quantile: (part) => shortest + part * width,
    mean: (shortest + longest) / 2,
  };
}

/** Every task takes exactly this long. */
export function point(ms: number): Distribution {
  return { survival: (at) => (at < ms ? 1 : 0), quantile: () => ms, mean: ms };
}

/** A part of each: the weights add up to 1. */
export function mixture(...parts: readonly (readonly [number, Distribution])[]): Distribution {
  const survival = (ms: number): number =>
    parts.reduce((sum, [weight, each]) => sum + weight * each.survival(ms), 0);
  return {
    survival,
    quantile: (part) => {
      const ends = parts.map(([, each]) => each.quantile(part));
      let [low, high] = [Math.min(...ends), Math.max(...ends)];
      for (let step = 0; step < 60; step++) {
        const middle = (low + high) / 2;
        if (survival(middle) > 1 - part) low = middle;
        else high = middle;
      }
      return high;
    },
    mean: parts.reduce((sum, [weight, each]) => sum + weight * each.mean, 0),
  };
}

/** The gamma function for 1 to 10: Windschitl's approximation, shifted to where it is exact to 1e-10. */
function gamma(x: number): number {
  if (x < 12) return gamma(x + 1) / x;
  const base = (x / Math.E) * Math.sqrt(x * Math.sinh(1 / x) + 1 / (810 * x ** 6));
  return Math.sqrt((2 * Math.PI) / x) * base ** x;
}
