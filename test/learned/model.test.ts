import { describe, expect } from 'vitest';

import { edgeOf } from '../../src/learned/bins.js';
import { estimateCurve, PRIOR } from '../../src/learned/curve.js';
import { censoredAt, endedBetween, Histogram } from '../../src/learned/histogram.js';
import { fc, test } from '../support/property.js';
import { runs } from '../support/runs.js';

/** The Nelson-Aalen estimate of raw durations, one after another: the part that has not ended by `ms`. */
function survivalBy(ms: number, ended: readonly number[], censored: readonly number[]): number {
  let survival = 1;
  for (const [index, duration] of [...ended].sort((a, b) => a - b).entries()) {
    if (duration > ms) break;
    const atRisk = ended.length - index + censored.filter((other) => other >= duration).length;
    survival *= 1 - 1 / atRisk;
  }
  return survival;
}

describe('the estimate', () => {
  // Far apart, so that neither a bin nor the kernel moves a duration across an edge that is checked.
  const tasks = fc.array(
    fc.record({ decade: fc.integer({ min: 0, max: 2 }), isEnded: fc.boolean() }),
    { minLength: 1, maxLength: 12 },
  );

  test.prop([tasks], runs(100))(
    'agrees with the Nelson-Aalen estimate of the raw durations',
    (seen) => {
      const histogram = new Histogram(Infinity);
      const ended: number[] = [];
      const censored: number[] = [];
      for (const { decade, isEnded } of seen.flatMap((task) =>
        Array.from({ length: 20 }, () => task),
      )) {
        // those that are lost are lost in the middle between two kinds of durations
        const ms = 2_000 * 40 ** decade * (isEnded ? 1 : 6.3);
        if (isEnded) histogram.addEnded(endedBetween(ms, ms));
        else histogram.addCensored(censoredAt(ms));
        (isEnded ? ended : censored).push(ms);
      }
      // one at the end, so that the estimate reaches beyond all that were lost
      const last = 2_000 * 40 ** 3;
      histogram.addEnded(endedBetween(last, last));
      ended.push(last);
      const { survival } = estimateCurve(histogram.all(), PRIOR, 1e-9);
      for (const decade of [0, 1, 2]) {
        const ms = 2_000 * 40 ** decade * 6.3;
        const edge = survival.findIndex((_, index) => edgeOf(index) >= ms);
        const expected = survivalBy(edgeOf(edge), ended, censored);
        expect(Math.abs(survival[edge]! - expected)).toBeLessThan(0.1);
      }
    },
  );
});
