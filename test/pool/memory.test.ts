import { expect, test } from 'vitest';
import { runProgram } from '../support/run-program.js';

test('the last subscriber that unsubscribes stops all requests, and no memory is retained', async () => {
  const found = await resultOf('test/pool/programs/unsubscribe-all.ts');
  expect(found).toMatchObject({
    // requests in flight are aborted, queued ones are never sent
    requests: 516,
    answered: 500,
    aborted: 16,
    stats: { watching: 0, queued: 0, inFlight: 0 },
    // no observer is retained
    observers: 3_000,
    alive: 0,
  });
  // the noise of a heap
  expect(found.whileWatched).toBeGreaterThan(2_000);
  expect(found.perTask).toBeLessThan(150);
}, 300_000);

test('statuses$ retains no memory of ended tasks while its ids are open', async () => {
  const found = await resultOf('test/pool/programs/open-ids.ts');
  expect(found).toMatchObject({
    ended: 60_000,
    // a third of the tasks is not found
    statuses: 100_000,
    errors: 20_000,
    polls: 120_000,
    stats: { watching: 0, queued: 0, inFlight: 0, failing: 0 },
  });
  // the noise of a heap; 0.1.0 kept 500
  expect(found.bytesPerTask).toBeLessThan(40);
}, 300_000);

/** What the program prints, as JSON. */
async function resultOf(program: string): Promise<Record<string, unknown>> {
  const { code, lines, stderr } = await runProgram(program);
  expect(stderr).toBe('');
  expect(code).toBe(0);
  return JSON.parse(lines.join('')) as Record<string, unknown>;
}
