/** The probability that a standard normal value is above `z`. */
export function normalSurvival(z: number): number {
  return 0.5 * complementaryError(z / Math.SQRT2);
}

/** The standard normal value that is exceeded with probability `1 - part`. */
export function normalQuantile(part: number): number {
  let [low, high] = [-12, 12];
  for (let step = 0; step < 60; step++) {
    const middle = (low + high) / 2;
    if (normalSurvival(middle) > 1 - part) low = middle;
    else high = middle;
  }
  return (low + high) / 2;
}

/** The Chebyshev fit of Press et al., Numerical Recipes, section 6.2; its relative error is below 1.2e-7. */
const COEFFICIENTS = [
  -1.26551223, 1.00002368, 0.37409196, 0.09678418, -0.18628806, 0.27886807, -1.13520398, 1.48851587,
  -0.82215223, 0.17087277,
];

function complementaryError(x: number): number {
  const t = 1 / (1 + 0.5 * Math.abs(x));
  const sum = COEFFICIENTS.reduceRight((value, coefficient) => value * t + coefficient, 0);
  const tail = t * Math.exp(-x * x + sum);
  return x >= 0 ? tail : 2 - tail;
}
