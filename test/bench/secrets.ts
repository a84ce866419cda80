import { of, VirtualTimeScheduler } from 'rxjs';
import { taskStatus$, type TaskStatusOptions } from 'rxjs-task-status';

import { printSample } from './rows.js';

/**
 * The cost of a failed poll with an API key of some length, which the error must not show: for one watch
 * that fails again and again, and for many watches that fail once each.
 *
 * The transport answers at once and time is virtual, so that only the work of the watch remains.
 */
const [contestant = ''] = process.argv.slice(2);
const length = Number(contestant.replace(/\D/g, ''));
const POLLS = 2_000;
const ROUNDS = 10;
const LETTERS = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';

// as random as a token, and the same in each run
let state = 1;
const key = Array.from({ length }, () => {
  state = (Math.imul(state, 1_103_515_245) + 12_345) & 0x7fffffff;
  return LETTERS.charAt((state >> 16) % LETTERS.length);
}).join('');

const SHORT = JSON.stringify({ detail: 'The service is not available, try again later' });
const PAGE = '<p class="error">100% of our servers are busy + waiting</p>\n'.repeat(1_080);

let failures = 0;
for (const body of [SHORT, PAGE]) again(body); // the code is warm afterwards
const short = cpu(() => again(SHORT)) / POLLS;
const page = cpu(() => again(PAGE)) / POLLS;
for (let watch = 0; watch < POLLS; watch++) fail(SHORT, { retry: false });
const once = cpu(() => {
  for (let watch = 0; watch < POLLS; watch++) fail(SHORT, { retry: false });
});
if (failures !== 2 + 2 * ROUNDS + POLLS * (1 + ROUNDS)) throw new Error('a watch did not fail');
printSample({ measure: 'CPU per failed poll', contestant, value: short });
printSample({ measure: 'CPU per failed poll, page of 64 KiB', contestant, value: page });
printSample({ measure: 'CPU per watch that fails at once', contestant, value: once / POLLS });

/** One watch whose polls all fail. */
function again(body: string): void {
  fail(body, { retry: { maxRetries: POLLS - 1 } });
}

function fail(body: string, options: TaskStatusOptions): void {
  const scheduler = new VirtualTimeScheduler();
  const answer = { status: 503, headers: { get: () => null }, body };
  taskStatus$('task_1', {
    ...options,
    ...(key && { apiKey: key }),
    scheduler,
    transport: () => of(answer),
  }).subscribe({ error: () => failures++ });
  scheduler.flush();
}

/** CPU time of the work, us: the mean of some rounds. */
function cpu(work: () => void): number {
  const before = process.cpuUsage();
  for (let round = 0; round < ROUNDS; round++) work();
  const { user, system } = process.cpuUsage(before);
  return (user + system) / ROUNDS;
}
