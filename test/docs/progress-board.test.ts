import { VirtualTimeScheduler } from 'rxjs';
import { createTaskStatusPool } from 'rxjs-task-status';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { expect, test } from 'vitest';
import { outputOf } from './embed.js';

// the module prints what the page shows
await outputOf('docs/examples/by-task/progress-board.ts');
const { board$ } = await import('../../docs/examples/by-task/progress-board.js');

/** A board of a task that is running, with an API that answers 503 after the first poll. */
function duringOutage() {
  const scheduler = new VirtualTimeScheduler(undefined, 600_000);
  const { transport } = fakeTaskApi(
    {
      task_1: [
        ['running', 0],
        [{ status: 503 }, 500],
      ],
    },
    { scheduler },
  );
  const pool = createTaskStatusPool({
    transport,
    scheduler,
    backoff: { jitter: 0 },
    retry: { maxRetries: Infinity, jitter: 0 },
  });
  const lines: string[] = [];
  let completed = false;
  board$(pool, ['task_1'], scheduler).subscribe({
    next: (board) => lines.push(board.get('task_1') ?? ''),
    complete: () => (completed = true),
  });
  return { scheduler, pool, lines, isCompleted: () => completed };
}

test('the board counts the seconds of an outage between two attempts, and does not end', () => {
  const { scheduler, lines, isCompleted } = duringOutage();
  scheduler.flush();
  const seconds = lines.flatMap((line) => /^running, .* (\d+) s$/.exec(line)?.[1] ?? []);
  const expected = Array.from({ length: 598 }, (_, second) => String(second + 1));
  expect([...new Set(seconds)].slice(0, 598)).toEqual(expected);
  expect(isCompleted()).toBe(false);
});

test('the board ends in an outage when its pool is closed, and leaves no timer', () => {
  const { scheduler, pool, lines, isCompleted } = duringOutage();
  scheduler.schedule(() => pool.close(), 100_000);
  scheduler.flush();
  expect(isCompleted()).toBe(true);
  expect(scheduler.now()).toBeLessThan(101_000);
  expect(lines.at(-1)).toMatch(/^running, retrying, no answer for \d+ s$/);
});

test('the board shows an invalid id, and goes on with the other tasks', () => {
  const scheduler = new VirtualTimeScheduler();
  const { transport } = fakeTaskApi({ task_1: [['finished', 0]] }, { scheduler });
  const pool = createTaskStatusPool({ transport, scheduler });
  let shown: ReadonlyMap<string, string> = new Map();
  board$(pool, ['', 'task_1'], scheduler).subscribe((board) => (shown = board));
  scheduler.flush();
  expect(shown.get('')).toMatch(/^cannot be read: TypeError/);
  expect(shown.get('task_1')).toBe('finished');
});
