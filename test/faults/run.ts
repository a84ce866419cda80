// Plays histories over broken connections and prints what was broken, and what came of it. It runs as
// a process of its own, so that `main.ts` sees all that it writes and how it ends.
import { globalAgent } from 'node:http';
import { parseArgs } from 'node:util';
import fc from 'fast-check';
import { HttpStatusError, isTaskStatusError } from '../../src/index.js';
import { BROKEN, NAMES } from './answers.js';
import { answerTo, Ground } from './ground.js';
import { history as anyHistory, type History } from './history.js';
import { breachesOf } from './judge.js';
import { type End, play } from './play.js';

/** How many histories a try of the property has, at most; half of it on average. */
const BATCH = 100;

/** How many of them are played at once: more, and answers come too late for their requests. */
const AT_ONCE = 25;

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
/** Faults that must be told as what they are, and not hide behind a request that takes too long. */
const TOLD = new Map(
  Object.entries(BROKEN).map(([fault, codes]) => {
    const told: readonly string[] = codes.length > 0 ? codes : ['request-timeout'];
    return [fault, { told, name: `${fault}: ${told.join(' or ')}` }];
  }),
);
const STORMS = [
  ['three 429s in a row', /(429,?){3}/],
  ['three 5xx in a row', /(5\d\d,?){3}/],
] as const;
const statusOf = (error: unknown): unknown =>
  error instanceof HttpStatusError ? error.status : '';
const ENDS = [
  ...['complete', 'left', 'aborted', 'timeout'],
  ...CODES.map((code) => `error: ${code}`),
];

const { values } = parseArgs({ options: { seed: { type: 'string' }, runs: { type: 'string' } } });
const seed = Number(values.seed ?? Date.now() % 2 ** 31);
const wanted = Number(values.runs ?? 4_000);

const loud: string[] = [];
process.on('unhandledRejection', (reason) => loud.push(`unhandled rejection: ${String(reason)}`));
process.on('uncaughtException', (error) => loud.push(`uncaught: ${String(error.stack)}`));
process.on('warning', (warning) => loud.push(`warning: ${warning.message}`));

const ground = await Ground.prepare();
const started = Date.now();
let played = 0;
let requests = 0;

async function playAll(histories: readonly History[]): Promise<void> {
  const complaints: string[] = [];
  const queue = [...histories];
  const playSome = async (): Promise<void> => {
    for (let next = queue.pop(); next; next = queue.pop())
      complaints.push(...(await playOne(next)));
  };
  await Promise.all(Array.from({ length: AT_ONCE }, playSome));
  complaints.push(...loud.splice(0));
  if (ground.stolen > 0) complaints.push(`${ground.stolen} requests went where none must`);
  ground.stolen = 0;
  if (complaints.length > 0) throw new Error(complaints.join('\n'));
}

async function playOne(history: History): Promise<string[]> {
  const performance = await play(history, ground);
  const { polls, statuses, end, stage } = performance;
  played++;
  requests += stage.requests();
  for (const { attempt, error } of polls) {
    if (!error) continue;
    ground.count(`poll: ${error.code}`);
    const as = TOLD.get(answerTo(history, attempt).kind);
    if (as?.told.includes(error.code)) ground.count(as.name);
  }
  for (const [name, rough] of STORMS) {
    if (rough.test(polls.map(({ error }) => statusOf(error)).join())) ground.count(name);
  }
  ground.count(`end: ${endOf(end)}`);
  const breaches = breachesOf(history, performance);
  if (breaches.length === 0) return [];
  return [
    ...breaches,
    `in ${fc.stringify(history)}`,
    `which gave ${fc.stringify({ polls, statuses, end })}`,
  ];
}

function endOf(end: End): string {
  if (end.how !== 'error') return end.how;
  if (!isTaskStatusError(end.error)) return 'aborted';
  return end.error.code === 'timeout' ? 'timeout' : `error: ${end.error.code}`;
}

// what goes wrong is told here: the hooks above would keep it to themselves
run().then(
  () => {
    // there must be nothing left that keeps the process
    setTimeout(() => {
      console.log(`does not end because of ${process.getActiveResourcesInfo().join()}`);
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
  console.log(`npm run test:faults -- --seed ${seed} --runs ${wanted}`);
  await fc.assert(
    fc.asyncProperty(
      fc.array(anyHistory, { minLength: 1, maxLength: BATCH, size: 'max' }),
      playAll,
    ),
    {
      seed,
      numRuns: Math.max(1, Math.round(wanted / (BATCH / 2))),
      endOnFailure: true,
    },
  );

  // What is kept for the next request is no leak; it goes with those that keep it.
  const dispatcher: unknown = Reflect.get(globalThis, Symbol.for('undici.globalDispatcher.1'));
  if (typeof dispatcher === 'object' && dispatcher !== null && 'close' in dispatcher) {
    // it waits for every request that is on, and there should be none
    void (dispatcher as { close(): Promise<void> }).close();
  }
  globalAgent.destroy();
  for (const until = Date.now() + 5_000; (await ground.connections()) && Date.now() < until;) {
    await new Promise((resolve) => setTimeout(resolve, 10));
  }
  const open = await ground.connections();
  await ground.close();

  const seconds = ((Date.now() - started) / 1_000).toFixed(0);
  console.log(
    `${played} histories, ${requests} requests, ${seconds} s; ${open} connections left open`,
  );
  const names = [
    ...NAMES,
    ...[...TOLD.values()].map(({ name }) => name),
    ...STORMS.map(([name]) => name),
    ...CODES.map((code) => `poll: ${code}`),
    ...ENDS.map((end) => `end: ${end}`),
  ];
  for (const name of names) {
    console.log(`${String(ground.counts.get(name) ?? 0).padStart(7)}  ${name}`);
  }
  const missing = names.filter((name) => !ground.counts.has(name));
  if (missing.length > 0) throw new Error(`never occurred: ${missing.join('; ')}`);
  if (open > 0 || loud.length > 0) throw new Error(`left over: ${open} connections ${loud.join()}`);
}
