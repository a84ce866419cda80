import { expect } from 'vitest';
import { hasRedis } from '../support/redis-server.js';
import { HOLD, runFleet, type Outcome, type Plan } from './run-fleet.js';

/** Whether the fleet's tests are skipped. Prints the reason. */
export function skipsFleet(): boolean {
  if (!hasRedis) {
    console.log('The fleet is not tested: no redis-server here (apt-get install redis-server).');
  }
  return !hasRedis;
}

/** Runs a fleet, prints the counts, and checks that nothing was lost or repeated. */
export async function checkFleet(plan: Plan): Promise<void> {
  const outcome = await runFleet(plan);
  console.log(report(plan, outcome));
  const { expected, read, ordinals, jobs, requests, elapsed, ahead, repeats, gap } = outcome;
  // a request is sent late by one process and read late by another
  const late = 2 * outcome.lateness;
  const allowed = (ms: number): number => (ms / 1_000) * plan.requestsPerSecond + 1;

  expect(Object.fromEntries(read)).toEqual(Object.fromEntries(expected));
  for (const list of ordinals.values()) expect(list).toEqual(list.map((_, at) => at + 1));
  expect(jobs).toEqual({ waiting: 0, active: 0, delayed: 0, failed: 0 });
  // one slot per request; a request may miss its slot by a second
  expect(requests).toBeLessThanOrEqual(allowed(elapsed + 1_000 + late));
  // the same between any two requests, with one more second for a busy server
  expect(ahead).toBeLessThanOrEqual(allowed(2_000 + late));
  expect(outcome.codes).toEqual(outcome.codes.map(() => 0));
  // handed over, not found after their locks had expired
  if (includes(plan, 'stop a worker')) {
    expect(outcome.takeOvers.get('stop a worker')?.took).toBeLessThan(plan.lockDuration + late);
  }
  if (includes(plan, 'publish a change again')) expect(repeats).toBeGreaterThan(0);
  // the other half is for requests in flight
  if (includes(plan, 'answer 429')) expect(gap).toBeGreaterThan(HOLD / 2 - late);
}

function includes(plan: Plan, mishap: Plan['mishaps'][number][1]): boolean {
  return plan.mishaps.some(([, other]) => other === mishap);
}

/** The counts of a run, in words. */
function report(plan: Plan, outcome: Outcome): string {
  const { expected, read, repeats, requests, elapsed, busiest, ahead, redisAway, gap } = outcome;
  const count = (words: ReadonlyMap<string, readonly string[]>) =>
    [...words.values()].flat().length;
  const s = (ms: number) => `${(ms / 1_000).toFixed(1)} s`;
  const rate = Math.round((requests / elapsed) * 1_000);
  return [
    `${plan.tasks} tasks, ${plan.workers} workers`,
    `${count(expected)} changes, ${count(read)} read in order, ${repeats} published again`,
    `timers were late by ${s(outcome.lateness)} at most`,
    `${requests} requests in ${s(elapsed)}: ${rate} a second (${busiest} in the busiest), limit ${plan.requestsPerSecond}, ahead of it by ${ahead} at most`,
    ...plan.mishaps.map(([part, mishap]) => {
      const takeOver = outcome.takeOvers.get(mishap);
      const effect = takeOver
        ? `: its ${takeOver.tasks} tasks were with others after ${s(takeOver.took)}`
        : mishap === 'restart Redis'
          ? `: it was away for ${s(redisAway ?? 0)}`
          : mishap === 'answer 429'
            ? ` with Retry-After: ${HOLD / 1_000}: no request came in for ${s(gap ?? 0)}`
            : '';
      return `at ${part * 100} %: ${mishap}${effect}`;
    }),
  ].join('\n');
}
