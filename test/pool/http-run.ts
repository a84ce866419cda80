// A pool of 2,000 tasks against a server that refuses requests for a second after each 400:
// `npm run test:pool-http`.
// Every task's statuses must arrive, in their order, and no task may fail.
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { createTaskStatusPool, type TaskStatus } from 'rxjs-task-status';

import { limitedServer } from './limited-server.js';

const TASKS = 2_000;
const LIMIT = 400;
const MAX_CONCURRENT = 16;

/** The answers of a task, in order. Tasks differ in their course. */
function wordsOf(task: number): TaskStatus[] {
  const words: TaskStatus[] = ['created', 'running'];
  if (task % 3 === 0) words.push('running');
  if (task % 4 === 0) words.push('paused', 'running');
  words.push(task % 7 === 0 ? 'failed' : task % 11 === 0 ? 'stopped' : 'finished');
  return words;
}

const server = await limitedServer(wordsOf, LIMIT, 2);
const pool = createTaskStatusPool({
  baseUrl: server.url,
  apiKey: 'local',
  maxConcurrent: MAX_CONCURRENT,
});

const received = new Map<string, TaskStatus[]>();
const failures: unknown[] = [];
let cooldowns = 0;
let until: number | undefined;
let mostInFlight = 0;
let errors = 0;
pool.stats$.subscribe(({ inFlight, heldUntil, errors: counted }) => {
  mostInFlight = Math.max(mostInFlight, inFlight);
  if (heldUntil !== undefined && until === undefined) cooldowns++;
  until = heldUntil;
  errors = counted;
});

const delay = monitorEventLoopDelay({ resolution: 1 });
delay.enable();
const cpuBefore = process.cpuUsage();
const startedAt = performance.now();
await new Promise<void>((resolve) => {
  pool.statuses$(Array.from({ length: TASKS }, (_, task) => `task_${task}`)).subscribe({
    next: ({ taskId, status, error }) => {
      if (status === undefined) failures.push(error);
      else received.set(taskId, [...(received.get(taskId) ?? []), status]);
    },
    complete: resolve,
  });
});
const seconds = (performance.now() - startedAt) / 1_000;
const { user, system } = process.cpuUsage(cpuBefore);
delay.disable();
pool.close();
server.close();

/** Without repetitions: what a subscriber must have received. */
const distinct = (words: readonly TaskStatus[]): TaskStatus[] =>
  words.filter((word, place) => word !== words[place - 1]);
let statuses = 0;
let wrong = 0;
for (let task = 0; task < TASKS; task++) {
  const expected = distinct(wordsOf(task));
  statuses += expected.length;
  if (received.get(`task_${task}`)?.join() !== expected.join()) wrong++;
}

const { requests, refused, mostAtOnce } = server.seen;
const figures: [string, string | number][] = [
  ['tasks', TASKS],
  ['statuses, all in order', statuses],
  ['tasks with a status lost or out of order', wrong],
  ['tasks that failed', failures.length],
  ['seconds', seconds.toFixed(1)],
  ['requests', requests],
  ['requests answered 429', refused],
  ['cooldowns', cooldowns],
  ['good answers per second', Math.round((requests - refused) / seconds)],
  ['most requests at once, by the pool', mostInFlight],
  ['most requests at once, by the server', mostAtOnce],
  ['CPU per request, ms, server included', ((user + system) / 1_000 / requests).toFixed(2)],
  ['event-loop delay, 99th percentile, ms', (delay.percentile(99) / 1e6).toFixed(0)],
];
for (const [name, value] of figures) console.log(`${name.padEnd(46)}${value}`);

const isRight =
  wrong === 0 &&
  failures.length === 0 &&
  refused > 0 &&
  errors === refused &&
  mostInFlight === MAX_CONCURRENT &&
  mostAtOnce <= MAX_CONCURRENT;
if (!isRight) {
  console.error('\nThis is wrong: see the figures above.', failures.slice(0, 3));
  process.exitCode = 1;
}
