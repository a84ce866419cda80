import fc from 'fast-check';
import { learnedDelay } from 'rxjs-task-status/learned';
import { expect, test } from 'vitest';

import { beats, compare, sharesOf } from './comparison.js';
import { logNormal, mixture, point, uniform, type Distribution } from './distributions.js';
import { observations, STATUS } from './history.js';
import { randomNumbers } from './random.js';
import { optimumAt } from './optimum.js';
import { calibrate, costOfDefault } from './schedules.js';
import { stratifiedTasks, summary, watchTask } from './virtual-time.js';
import { WORKLOADS, type Workload } from './workloads.js';

/** Lengths of 1 s to 5 min. */
const seconds = fc.double({ min: 1, max: 300, noNaN: true });
const distribution: fc.Arbitrary<Distribution> = fc.oneof(
  fc
    .tuple(seconds, fc.double({ min: 0.05, max: 0.8, noNaN: true }))
    .map(([median, sigma]) => logNormal(median * 1_000, sigma)),
  seconds.map((length) => point(length * 1_000)),
  fc
    .tuple(seconds, fc.double({ min: 0.5, max: 300, noNaN: true }))
    .map(([shortest, width]) => uniform(shortest * 1_000, (shortest + width) * 1_000)),
);
const workload: fc.Arbitrary<Workload> = fc
  .array(fc.tuple(fc.integer({ min: 1, max: 5 }), distribution), { minLength: 1, maxLength: 3 })
  .map((parts) => {
    const sum = parts.reduce((total, [weight]) => total + weight, 0);
    const length = mixture(...parts.map(([weight, each]) => [weight / sum, each] as const));
    return {
      name: 'any',
      kinds: [{ name: 'task', weight: 1, length }],
      keyed: false,
      odd: true,
    };
  });

/** How many mixtures are tried, and with how many histories each. */
const RUNS = 6;
const HISTORIES = 3;

test.each([
  [10, 1.1],
  [100, 1.03],
])(
  'after %i durations of any kind, it makes at most %f times the requests of the default',
  (observed, atMost) => {
    fc.assert(
      fc.property(workload, (mix) => {
        const { requests, lag } = costOfDefault(mix);
        const { cost } = calibrate(learnedDelay, mix, observed, HISTORIES, lag);
        expect(cost.requests / requests).toBeLessThanOrEqual(atMost);
      }),
      { numRuns: RUNS, seed: 7 },
    );
  },
);

// the check of the benchmark has all workloads and more histories
const SOME = WORKLOADS.filter(({ name }) =>
  /sigma 0\.(15|3)$|bimodal|exponential/.test(name),
).filter(({ name }) => !/drift|2 s|2 h/.test(name));

test.each(SOME.map((each) => [each.name, each] as const))(
  'no schedule makes fewer requests than the optimum for its lag: %s',
  (_, each) => {
    const { better } = compare(learnedDelay, each, sharesOf(each), [0, 30], 1);
    expect(better).toEqual([]);
  },
);

test('a schedule with fewer requests than the optimum for its lag would be found', () => {
  const shares = sharesOf(SOME[1]!);
  const optimum = optimumAt(shares, 2_000);
  expect(beats(optimum, optimum, shares)).toBe(false);
  expect(beats({ requests: 0.98 * optimum.requests, lag: 2_000 }, optimum, shares)).toBe(true);
});

test('the library in virtual time makes as many requests as computed', () => {
  const [each] = WORKLOADS;
  const exact = costOfDefault(each!);
  const random = randomNumbers(1);
  const tasks = stratifiedTasks(each!, 400, random);
  const { requests, lag } = summary(tasks.map((task) => watchTask(task, { random })));
  expect(requests / exact.requests).toBeCloseTo(1, 1.5);
  expect(lag / exact.lag).toBeCloseTo(1, 1);
});

test.each([1_000, 100_000])('what it has learned of %i durations is under 2 kB', (count) => {
  const { record, toJSON } = learnedDelay();
  const [, , , broad] = WORKLOADS;
  for (const { taskId, ms } of observations(broad!, count, 1)) record(STATUS, ms, taskId);
  expect(JSON.stringify(toJSON()).length).toBeLessThan(2_000);
});
