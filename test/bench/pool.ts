import { monitorEventLoopDelay } from 'node:perf_hooks';

import { setPace } from './pace.js';
import { printSample } from './rows.js';
import { answers, type Send } from './stub.js';

/**
 * What a task costs in a pool with default options: the heap while all wait, the CPU per poll from start
 * to end, and how long the event loop is blocked.
 *
 * The clock runs so that a group of any size makes the same number of polls per second. A smaller group
 * runs several times.
 */
const [contestant = ''] = process.argv.slice(2);
const tasks = Number(contestant.replace(/\D/g, ''));
const rounds = Math.min(20, 100_000 / tasks);
const POLLS = 5;
/** The resolution of the event loop monitor, ms. */
const RESOLUTION = 10;

setPace(60_000 / tasks);

const { createTaskStatusPool } = await import('rxjs-task-status');

/** The number of requests in flight, and its maximum. */
let inFlight = 0;
let mostInFlight = 0;
let turn: Promise<void> | undefined;
const byTask = new Map<string, Send>();
const RUNNING = { status: 200, headers: { get: () => null }, body: '"running"' };
const pool = createTaskStatusPool({
  transport: async (request) => {
    mostInFlight = Math.max(mostInFlight, ++inFlight);
    // in the next turn of the event loop, so that requests are in flight
    await (turn ??= nextTurn());
    const answer = await byTask.get(request.taskId)?.(request);
    inFlight--;
    if (!answer) throw new Error(`unknown task ${request.taskId}`);
    return answer;
  },
});

await round(1_000, POLLS);
const settled = heap();
const waiting = await waitingTasks();
printSample({ measure: 'Heap per task in a pool', contestant, value: (waiting - settled) / tasks });

heap(); // what was there before is garbage
const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
delay.enable();
const before = process.cpuUsage();
for (let at = 0; at < rounds; at++) await round(tasks, POLLS);
const { user, system } = process.cpuUsage(before);
delay.disable();

printSample({
  measure: 'CPU per poll in a pool',
  contestant,
  value: (user + system) / (rounds * tasks * POLLS),
});
// the histogram includes the resolution
printSample({
  measure: 'Longest event-loop stall of a pool',
  contestant,
  value: delay.max / 1e6 - RESOLUTION,
});
printSample({ measure: 'Most requests at once of a pool', contestant, value: mostInFlight });
process.exit();

/** Watches tasks from start to end. */
async function round(count: number, polls: number): Promise<void> {
  let ended = 0;
  let failure: unknown;
  await pool.statuses$(ids(count, polls)).forEach(({ status, error }) => {
    if (status === 'finished') ended++;
    failure ??= error;
  });
  byTask.clear();
  if (ended !== count)
    throw new Error(`only ${ended} of ${count} tasks have ended`, { cause: failure });
}

/** The heap after the first answer for each task. */
async function waitingTasks(): Promise<number> {
  const still = createTaskStatusPool({
    transport: () => Promise.resolve(RUNNING),
    // long enough for all tasks, at any pace
    backoff: { initialDelay: 2 ** 30, maxDelay: 2 ** 30 },
  });
  let requestCount = 0;
  await new Promise<void>((resolve) => {
    still.statuses$(ids(tasks)).subscribe(() => {
      if (++requestCount === tasks) resolve();
    });
  });
  const used = heap();
  still.close();
  return used;
}

/** An async iterable: the pool pulls ids as it has capacity, so 100,000 tasks do not start in one turn. */
async function* ids(count: number, polls?: number): AsyncGenerator<string> {
  for (let task = 0; task < count; task++) {
    const id = `task_${task}`;
    if (polls !== undefined) byTask.set(id, answers(polls));
    yield id;
    if (task % 100 === 99) await new Promise((resolve) => setImmediate(resolve));
  }
}

function nextTurn(): Promise<void> {
  return new Promise((resolve) =>
    setImmediate(() => {
      turn = undefined;
      resolve();
    }),
  );
}

function heap(): number {
  for (let time = 0; time < 3; time++) globalThis.gc?.();
  const { heapUsed, external } = process.memoryUsage();
  return heapUsed + external;
}
