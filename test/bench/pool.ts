import { monitorEventLoopDelay } from 'node:perf_hooks';

import { setPace } from './pace.js';
import { tell } from './rows.js';
import { answers, type Ask } from './stub.js';

/**
 * What a task costs in a pool, by default options: the heap while all wait, the CPU for each poll
 * from start to end, and how long the event loop is kept busy meanwhile.
 *
 * The pace gives crowds of any size as many polls for each second; a smaller crowd does it in rounds.
 */
const [contestant = ''] = process.argv.slice(2);
const tasks = Number(contestant.replace(/\D/g, ''));
const rounds = Math.min(20, 100_000 / tasks);
const POLLS = 5;
/** How closely the event loop is watched, ms. */
const RESOLUTION = 10;

setPace(60_000 / tasks);

const { createTaskStatusPool } = await import('rxjs-task-status');

/** How many requests are on their way, and the most that ever were. */
let inFlight = 0;
let mostInFlight = 0;
let turn: Promise<void> | undefined;
const byTask = new Map<string, Ask>();
const RUNNING = { status: 200, headers: { get: () => null }, body: '"running"' };
const pool = createTaskStatusPool({
  transport: async (request) => {
    mostInFlight = Math.max(mostInFlight, ++inFlight);
    // with the next turn of the event loop, so that there is something on its way
    await (turn ??= nextTurn());
    const answer = await byTask.get(request.taskId)?.(request);
    inFlight--;
    if (!answer) throw new Error(`nobody knows ${request.taskId}`);
    return answer;
  },
});

await round(1_000, POLLS);
const settled = heap();
const waiting = await waitingTasks();
tell({ measure: 'Heap per task in a pool', contestant, value: (waiting - settled) / tasks });

heap(); // what was there before is garbage
const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
delay.enable();
const before = process.cpuUsage();
for (let at = 0; at < rounds; at++) await round(tasks, POLLS);
const { user, system } = process.cpuUsage(before);
delay.disable();

tell({
  measure: 'CPU per poll in a pool',
  contestant,
  value: (user + system) / (rounds * tasks * POLLS),
});
// the histogram counts the resolution in
tell({
  measure: 'Longest event-loop stall of a pool',
  contestant,
  value: delay.max / 1e6 - RESOLUTION,
});
tell({ measure: 'Most requests at once of a pool', contestant, value: mostInFlight });
process.exit();

/** Watches tasks from their start to their end. */
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

/** The heap while all tasks have been asked for once and wait. */
async function waitingTasks(): Promise<number> {
  const still = createTaskStatusPool({
    transport: () => Promise.resolve(RUNNING),
    // long enough for all of them, at any pace
    backoff: { initialDelay: 2 ** 30, maxDelay: 2 ** 30 },
  });
  let asked = 0;
  await new Promise<void>((resolve) => {
    still.statuses$(ids(tasks)).subscribe(() => {
      if (++asked === tasks) resolve();
    });
  });
  const used = heap();
  still.close();
  return used;
}

/** Pulled as the pool can take them, so that a hundred thousand do not start in one turn. */
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
