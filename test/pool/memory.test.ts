import { expect, test } from 'vitest';
import { runProgram } from '../support/run-program.js';

test('the last to leave frees everything, by the heap and by the log of the server', async () => {
  const { code, lines, stderr } = await runProgram('test/pool/programs/unsubscribe-all.ts');
  expect(stderr).toBe('');
  expect(code).toBe(0);
  const found = JSON.parse(lines.join('')) as Record<string, unknown>;
  expect(found).toMatchObject({
    // what was on its way is cut off, and nobody in the queue was asked for
    requests: 516,
    answered: 500,
    cut: 16,
    left: { watching: 0, queued: 0, inFlight: 0 },
    // no subscriber of any task is held by anything
    tellers: 3_000,
    alive: 0,
  });
  // what is left is the noise of a heap, whatever the number of tasks
  expect(found.whileWatched).toBeGreaterThan(2_000);
  expect(found.perTask).toBeLessThan(150);
}, 300_000);
