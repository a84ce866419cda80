import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import type { Unsubscribable } from 'rxjs';

import { setPace } from './pace.js';
import { tell } from './rows.js';

/**
 * What a watch costs from start to stop with a wait of 60 s in between, and how long it keeps the
 * event loop busy.
 *
 * The clock of 100,000 watches runs three times as fast, so that their polls come within 2 s instead
 * of 6: harder than at the true pace. A smaller crowd does the same in rounds, at a pace that gives
 * it as many polls for each second.
 */
const [contestant = ''] = process.argv.slice(2);
const watching = Number(contestant.replace(/\D/g, ''));
const rounds = Math.min(20, 100_000 / watching);
const WAIT = 60_000;
/** How many watches are started or stopped in one turn of the event loop. */
const SLICE = 500;
/** How closely the event loop is watched, ms. */
const RESOLUTION = 10;

setPace(300_000 / watching);

const { taskStatus$ } = await import('rxjs-task-status');
const running = { status: 200, headers: { get: () => null }, body: '"running"' };

const observer = {
  error: (error: unknown) => {
    throw error;
  },
};
const backoff = { initialDelay: WAIT, maxDelay: WAIT };

let left = 0;
let answered = (): void => undefined;

await round(1_000);
await round(1_000);
globalThis.gc?.();

let collecting = 0;
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) collecting = Math.max(collecting, duration);
}).observe({ entryTypes: ['gc'] });
const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
delay.enable();
const before = process.cpuUsage();
for (let at = 0; at < rounds; at++) await round(watching);
const { user, system } = process.cpuUsage(before);
delay.disable();
await turn();

tell({
  measure: 'CPU per watch: start, one wait of 60 s, stop',
  contestant,
  value: (user + system) / (rounds * watching),
});
// the histogram counts the resolution in
tell({ measure: 'Longest event-loop stall', contestant, value: delay.max / 1e6 - RESOLUTION });
tell({ measure: 'Longest garbage collection', contestant, value: collecting });
process.exit();

/** Starts watches, lets each poll twice, and stops them. */
async function round(count: number): Promise<void> {
  const watches: Unsubscribable[] = [];
  left = 2 * count;
  const polled = new Promise<void>((resolve) => (answered = resolve));
  for (let task = 0; task < count; task++) {
    watches.push(taskStatus$(`task_${task}`, { transport: answer, backoff }).subscribe(observer));
    if (task % SLICE === SLICE - 1) await turn();
  }
  await polled;
  for (const [task, watch] of watches.entries()) {
    watch.unsubscribe();
    if (task % SLICE === SLICE - 1) await turn();
  }
}

function answer(): Promise<typeof running> {
  if (--left === 0) answered();
  return Promise.resolve(running);
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
