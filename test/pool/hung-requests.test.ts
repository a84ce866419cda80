import { expect, test } from 'vitest';
import { createPoolHarness } from '../support/pool-harness.js';

// What docs/pool.md says about requests that hang.

const HUNG = Array.from({ length: 16 }, (_, task) => `hung_${task}`);
const IDS = [...HUNG, 'a', 'b'];
const replies = (task: string) => (task.startsWith('hung') ? 'silence' : 'running');

/** When a task's requests are sent, ms. */
const requestsOf = (log: readonly string[], task: string) =>
  log.filter((line) => line.endsWith(` request ${task}`)).map((line) => Number.parseInt(line));

test('16 requests that hang take all slots until requestTimeout, and no other task is polled', () => {
  const { pool, observe, at, run, log } = createPoolHarness(replies);
  observe('many', pool.statuses$(IDS));
  at(10_000, () => {
    expect(pool.stats()).toEqual({
      watching: 18,
      queued: 2,
      inFlight: 16,
      requests: 16,
      errors: 0,
      failing: 0,
    });
    // its request waits in the queue already
    pool.pollNow();
  });
  at(45_000, () => {
    // the requests have timed out, and their retries hang
    expect(pool.stats()).toMatchObject({
      queued: 2,
      inFlight: 16,
      errors: 16,
      failing: 16,
      lastAnswerAt: 30_100,
    });
    pool.pollNow();
  });
  at(60_000, () => pool.close());
  run();
  expect(requestsOf(log, 'a')).toEqual([30_000]);
  expect(requestsOf(log, 'b')).toEqual([30_000]);
  expect(requestsOf(log, 'hung_0')).toEqual([0, 30_200]);
});

test('the tasks whose requests hang end when maxRetries is used up, and the others are polled again', () => {
  const { pool, observe, at, run, received, log } = createPoolHarness(replies, {
    requestTimeout: 5_000,
    retry: { initialDelay: 200, maxDelay: 200, jitter: 0 },
  });
  observe('many', pool.statuses$(IDS));
  at(90_000, () => pool.close());
  run();
  const failures = received('many').filter((line) => line.endsWith('request-timeout'));
  expect(failures).toHaveLength(16);
  const endedAt = Number.parseInt(failures.at(-1) ?? '');
  expect(requestsOf(log, 'hung_0')).toHaveLength(11);
  const after = requestsOf(log, 'a').filter((ms) => ms > endedAt + 1_100);
  expect(after.every((ms, index) => index === 0 || ms - after[index - 1]! === 1_100)).toBe(true);
  expect(after.length).toBeGreaterThan(5);
});

test('with more slots than requests that hang, the other tasks are polled as usual', () => {
  const { pool, observe, at, run, log } = createPoolHarness(replies, { maxConcurrent: 17 });
  observe('many', pool.statuses$(IDS));
  at(4_000, () => pool.close());
  run();
  expect(requestsOf(log, 'a')).toEqual([0, 1_100, 2_200, 3_300]);
});

test('with a shorter requestTimeout, the slots are free sooner', () => {
  const { pool, observe, at, run, log } = createPoolHarness(replies, { requestTimeout: 2_000 });
  observe('many', pool.statuses$(IDS));
  at(10_000, () => pool.close());
  run();
  expect(requestsOf(log, 'a')).toEqual([2_000, 4_200, 7_200]);
});
