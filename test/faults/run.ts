// Runs histories over broken connections and prints what happened. It is a separate process, so that
// `main.ts` sees all of its output and how it ends.
import { globalAgent } from 'node:http';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { HttpStatusError, isTaskStatusError } from '../../src/index.js';
import { BROKEN, NAMES } from './answers.js';
import { answerTo, Fixture } from './fixture.js';
import { history as anyHistory, type History } from './history.js';
import { violationsOf } from './check.js';
import { type End, runHistory } from './run-history.js';

/** The most histories in one run of the property. The average is half of it. */
const BATCH = 100;

/** How many histories run at once. With more, answers come too late for their requests. */
const CONCURRENCY = 25;

const CODES = [
  'http',
  'not-found',
  'invalid',
  'unauthorized',
  'rate-limited',
  'unexpected-response',
  'network',
  'request-timeout',
];
/** The errors that each fault must cause at least once, and not only a request timeout. */
const FAULT_ERRORS = new Map(
  Object.entries(BROKEN).map(([fault, codes]) => {
    const expected: readonly string[] = codes.length > 0 ? codes : ['request-timeout'];
    return [fault, { expected, name: `${fault}: ${expected.join(' or ')}` }];
  }),
);
const STORMS = [
  ['three 429s in a row', /(429,?){3}/],
  ['three 5xx in a row', /(5\d\d,?){3}/],
] as const;
const statusOf = (error: unknown): unknown =>
  error instanceof HttpStatusError ? error.status : '';
const ENDS = [
  ...['complete', 'unsubscribed', 'aborted', 'timeout'],
  ...CODES.map((code) => `error: ${code}`),
];

const { values } = parseArgs({ options: { seed: { type: 'string' }, runs: { type: 'string' } } });
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
const runs = Number(values.runs ?? 4_000);

const unhandled: string[] = [];
process.on('unhandledRejection', (reason) =>
  unhandled.push(`unhandled rejection: ${String(reason)}`),
);
process.on('uncaughtException', (error) => unhandled.push(`uncaught: ${String(error.stack)}`));
process.on('warning', (warning) => unhandled.push(`warning: ${warning.message}`));

const fixture = await Fixture.prepare();
const started = Date.now();
let runCount = 0;
let requests = 0;

async function runAll(histories: readonly History[]): Promise<void> {
  const failures: string[] = [];
  const queue = [...histories];
  const runQueue = async (): Promise<void> => {
    for (let next = queue.pop(); next; next = queue.pop()) failures.push(...(await runOne(next)));
  };
  await Promise.all(Array.from({ length: CONCURRENCY }, runQueue));
  failures.push(...unhandled.splice(0));
  if (fixture.misdirected > 0) failures.push(`${fixture.misdirected} requests were misdirected`);
  fixture.misdirected = 0;
  if (failures.length > 0) throw new Error(failures.join('\n'));
}

async function runOne(history: History): Promise<string[]> {
  const result = await runHistory(history, fixture);
  const { polls, statuses, end, watch } = result;
  runCount++;
  requests += watch.requests();
  for (const { attempt, error } of polls) {
    if (!error) continue;
    fixture.count(`poll: ${error.code}`);
    const fault = FAULT_ERRORS.get(answerTo(history, attempt).kind);
    if (fault?.expected.includes(error.code)) fixture.count(fault.name);
  }
  for (const [name, pattern] of STORMS) {
    if (pattern.test(polls.map(({ error }) => statusOf(error)).join())) fixture.count(name);
  }
  fixture.count(`end: ${endOf(end)}`);
  const violations = violationsOf(history, result);
  if (violations.length === 0) return [];
  return [
    ...violations,
    `in ${fc.stringify(history)}`,
    `which gave ${fc.stringify({ polls, statuses, end })}`,
  ];
}

function endOf(end: End): string {
  if (end.how !== 'error') return end.how;
  if (!isTaskStatusError(end.error)) return 'aborted';
  return end.error.code === 'timeout' ? 'timeout' : `error: ${end.error.code}`;
}

// failures are printed here: the handlers above would swallow them
run().then(
  () => {
    // nothing may keep the process alive
    setTimeout(() => {
      console.log(
        `the process does not exit because of ${process.getActiveResourcesInfo().join()}`,
      );
      process.exit(1);
    }, 5_000).unref();
  },
  (error: unknown) => {
    const { cause = error } = error as Error;
    console.log(cause instanceof Error ? cause.message : cause);
    process.exit(1);
  },
);

async function run(): Promise<void> {
  console.log(`npm run test:faults -- --seed ${seed} --runs ${runs}`);
  await fc.assert(
    fc.asyncProperty(fc.array(anyHistory, { minLength: 1, maxLength: BATCH, size: 'max' }), runAll),
    {
      seed,
      numRuns: Math.max(1, Math.round(runs / (BATCH / 2))),
      endOnFailure: true,
    },
  );

  // Connections kept alive for the next request are not leaks: close the agents that keep them.
  const dispatcher: unknown = Reflect.get(globalThis, Symbol.for('undici.globalDispatcher.1'));
  if (typeof dispatcher === 'object' && dispatcher !== null && 'close' in dispatcher) {
    // waits for requests in flight, and there should be none
    void (dispatcher as { close(): Promise<void> }).close();
  }
  globalAgent.destroy();
  for (const until = Date.now() + 60_000; (await fixture.connections()) && Date.now() < until;) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const open = await fixture.connections();
  await fixture.close();

  const seconds = ((Date.now() - started) / 1_000).toFixed(0);
  console.log(
    `${runCount} histories, ${requests} requests, ${seconds} s; ${open} connections left open`,
  );
  const names = [
    ...NAMES,
    ...[...FAULT_ERRORS.values()].map(({ name }) => name),
    ...STORMS.map(([name]) => name),
    ...CODES.map((code) => `poll: ${code}`),
    ...ENDS.map((end) => `end: ${end}`),
  ];
  for (const name of names) {
    console.log(`${String(fixture.counts.get(name) ?? 0).padStart(7)}  ${name}`);
  }
  const missing = names.filter((name) => !fixture.counts.has(name));
  if (missing.length > 0) throw new Error(`never occurred: ${missing.join('; ')}`);
  if (open > 0 || unhandled.length > 0)
    throw new Error(`left over: ${open} connections ${unhandled.join()}`);
}
