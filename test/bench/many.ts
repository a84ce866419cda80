import { monitorEventLoopDelay, PerformanceObserver } from 'node:perf_hooks';
import type { Unsubscribable } from 'rxjs';

import { setPace } from './pace.js';
import { printSample } from './rows.js';

/**
 * What a watch costs from start to stop with a delay of 60 s in between, and how long the event loop is
 * blocked.
 *
 * With a jitter of 0.6 and a clock that runs six times as fast, 100,000 polls come within 6 s. That is as
 * dense as with the default jitter at the real pace. The clock of a smaller group runs faster, so that it
 * makes as many polls per second, and the group is repeated until as many watches have run.
 */
const [contestant = ''] = process.argv.slice(2);
const watching = Number(contestant.replace(/\D/g, ''));
const WAIT = 60_000;
const JITTER = 0.6;
/** The number of watches that start or stop in one turn of the event loop. */
const SLICE = 500;
/** The resolution of the event loop monitor, ms. */
const RESOLUTION = 10;
/** The number of watches that a process measures, in groups of one size. */
const IN_ALL = 100_000;

setPace((6 * IN_ALL) / watching);

const { createTaskStatus, taskStatus$ } = await import('rxjs-task-status');

const running = { status: 200, headers: { get: () => null }, body: '"running"' };
const observer = {
  error: (error: unknown) => {
    throw error;
  },
};
const backoff = { initialDelay: WAIT, maxDelay: WAIT, jitter: JITTER };
const options = { transport: send, backoff };
const watchTask = createTaskStatus(options);
const start = contestant.startsWith('bare loop')
  ? startLoop
  : contestant.includes('options each')
    ? startWatchOfItsOwn
    : startWatch;

let left = 0;
let answered = (): void => undefined;

let collecting = 0;
new PerformanceObserver((list) => {
  for (const { duration } of list.getEntries()) collecting = Math.max(collecting, duration);
}).observe({ entryTypes: ['gc'] });
const delay = monitorEventLoopDelay({ resolution: RESOLUTION });
delay.enable();
const before = process.cpuUsage();
for (let round = 0; round < IN_ALL / watching; round++) await watchAll();
const { user, system } = process.cpuUsage(before);
delay.disable();
await turn();

printSample({
  measure: 'CPU per watch: start, one wait of 60 s, stop',
  contestant,
  value: (user + system) / IN_ALL,
});
// the histogram includes the resolution
printSample({
  measure: 'Longest event-loop stall',
  contestant,
  value: delay.max / 1e6 - RESOLUTION,
});
printSample({ measure: 'Longest garbage collection', contestant, value: collecting });
process.exit();

/** Starts all watches, lets each poll twice, and stops them. */
async function watchAll(): Promise<void> {
  const watches: Unsubscribable[] = [];
  left = 2 * watching;
  const polled = new Promise<void>((resolve) => (answered = resolve));
  for (let task = 0; task < watching; task++) {
    watches.push(start(`task_${task}`));
    if (task % SLICE === SLICE - 1) await turn();
  }
  await polled;
  for (const [task, watch] of watches.entries()) {
    watch.unsubscribe();
    if (task % SLICE === SLICE - 1) await turn();
  }
}

/** Like a program that watches many tasks with the same options. */
function startWatch(taskId: string): Unsubscribable {
  return watchTask(taskId).subscribe(observer);
}

/** With separate options, which are checked and kept for each watch. */
function startWatchOfItsOwn(taskId: string): Unsubscribable {
  return taskStatus$(taskId, { ...options }).subscribe(observer);
}

/** A loop without a library that can be stopped. */
function startLoop(taskId: string): Unsubscribable {
  let timer: NodeJS.Timeout | undefined;
  let stopped = false;
  const sleep = (ms: number): Promise<void> =>
    new Promise((resolve) => (timer = setTimeout(resolve, ms)));
  const loop = async (): Promise<void> => {
    while (!stopped) {
      const { body } = await send({ taskId });
      if (JSON.parse(body) === 'finished') return;
      await sleep(WAIT * (1 - JITTER * Math.random()));
    }
  };
  loop().catch(observer.error);
  return {
    unsubscribe: () => {
      stopped = true;
      clearTimeout(timer);
    },
  };
}

function send(request: { readonly taskId: string }): Promise<typeof running> {
  if (!request.taskId) throw new Error('no task id');
  if (--left === 0) answered();
  return Promise.resolve(running);
}

function turn(): Promise<void> {
  return new Promise((resolve) => setImmediate(resolve));
}
