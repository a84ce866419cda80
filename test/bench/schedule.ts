import { printSample, SCHEDULES } from './rows.js';

/**
 * What a learned delay costs: the CPU time of a call after 1,000 durations, and the size of what it has
 * learned.
 */
const [contestant = ''] = process.argv.slice(2);
const { learnedDelay } = await import('rxjs-task-status/learned');

const CALLS = 200_000;
const STATUS = 'running';
const context = { taskId: 'task_1', elapsed: 0 };
/** 1 s to 2 h, so that most bins of the histogram are used. */
const durations = Array.from({ length: 1_000 }, () => 1_000 * 7_200 ** Math.random());
const { delay, record, toJSON } = learnedDelay();
for (const ms of durations) record(STATUS, ms);

/** So that no call can be left out. */
let sum = 0;
const CALLED: Record<(typeof SCHEDULES)[number], (call: number) => void> = {
  'learnedDelay, delay': (call) => ask(call),
  'learnedDelay, record': (call) => note(call),
  'learnedDelay, record and delay': (call) => {
    note(call);
    ask(call);
  },
};

function ask(call: number): void {
  context.elapsed = (call * 7_919) % 90_000;
  sum += delay(5, STATUS, context);
}

function note(call: number): void {
  record(STATUS, durations[call % durations.length] ?? 0);
}

const called = CALLED[contestant as keyof typeof CALLED];
time(); // until the code is compiled
printSample({ measure: 'CPU per call of a learned delay', contestant, value: time() });
if (contestant === 'learnedDelay, record') {
  const fresh = learnedDelay();
  for (const count of [1_000, 100_000]) {
    for (let at = 0; at < count; at++) fresh.record(STATUS, durations[at % durations.length] ?? 0);
    printSample({
      measure: 'Size of a learned key as JSON',
      contestant: `${count.toLocaleString('en')} durations`,
      value: JSON.stringify(fresh.toJSON()).length,
    });
  }
}
if (Number.isNaN(sum + JSON.stringify(toJSON()).length)) throw new Error('a delay is not a number');

/** The CPU time per call, us. */
function time(): number {
  const before = process.cpuUsage();
  for (let call = 0; call < CALLS; call++) called(call);
  const { user, system } = process.cpuUsage(before);
  return (user + system) / CALLS;
}
