import { expect, test } from 'vitest';
import { runProgram } from '../support/run-program.js';

test('the last one to unsubscribe frees everything, by the heap and by the log of the server', async () => {
  const { code, lines, stderr } = await runProgram('test/pool/programs/unsubscribe-all.ts');
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const found = JSON.parse(lines.join('')) as Record<string, unknown>;
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

test('statuses$ keeps nothing of ended tasks while its ids are open, by the heap', async () => {
  const { code, lines, stderr } = await runProgram('test/pool/programs/open-ids.ts');
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const found = JSON.parse(lines.join('')) as Record<string, unknown>;
  expect(found).toMatchObject({
    ended: 60_000,
    // a third of the tasks is not found
    statuses: 100_000,
    errors: 20_000,
    stats: { watching: 0, queued: 0, inFlight: 0 },
  });
  // the noise of a heap; 0.1.0 kept 500
  expect(found.bytesPerTask).toBeLessThan(40);
}, 300_000);
