import { Redis } from 'ioredis';
import { addTasks } from 'rxjs-task-status/fleet';
import { RedisServer } from '../../support/redis-server.js';
import { seeded } from '../../support/seeded.js';
import { API_FAULTS } from './api-faults.js';
import type { Resumed } from './check.js';
import { hasEnded, moreChanges, PREFIX, until, written, type Fault, type World } from './fault.js';
import { LocalReader, ReaderProcess } from './readers.js';
import { READER_FAULTS } from './reader-faults.js';
import { REDIS_FAULTS } from './redis-faults.js';
import { RedisProxy } from './redis-proxy.js';
import { countersOf, resultOf, table, type Span } from './report.js';
import { whereabouts } from './whereabouts.js';
import { MAX_AGE, TASK_FAULTS } from './task-faults.js';
import { TaskLife, type LifeKind } from './task-life.js';
import { TaskServer } from './task-server.js';
import { WORKER_FAULTS } from './worker-faults.js';
import { Workers } from './workers.js';

export const FAULTS: readonly Fault[] = [
  ...REDIS_FAULTS,
  ...API_FAULTS,
  ...WORKER_FAULTS,
  ...READER_FAULTS,
  ...TASK_FAULTS,
];

/** The tasks. The first are added again after they failed, the next never end. */
const TASKS = 500;
const AGAIN = 20;
const ENDLESS = 20;
const WORKERS = 3;
/** Fewer slots than tasks: they are polled in turn. */
const CONCURRENCY = 150;
const REQUESTS_PER_SECOND = 120;
/** A lock must not expire in a fault of Redis, or another worker rightly takes the task, ms. */
const LOCK_DURATION = 20_000;
/** The first fault happens after this many changes, the others after 10 to 50 more. */
const FIRST_CHANGES = 150;
const MIN_CHANGES = 10;
const MORE_CHANGES = 40;

/**
 * Runs a fleet, and lets each of the faults happen.
 *
 * @param seed decides the order of the faults, and when they happen
 * @param print where progress and the results go
 * @returns whether nothing was lost
 */
export async function runFaults(
  seed: number,
  faults: readonly Fault[],
  print: (line: string) => void,
): Promise<boolean> {
  const world = await start(seed);
  const { workers, failures } = world;
  const spans: Span[] = [];
  const start0 = await countersOf(world);
  try {
    await happen(world, planOf(seed, faults), spans, print);
  } catch (error) {
    failures.push(String(error));
    print(await whereabouts(world));
  }
  const whole = { name: 'the whole run', from: start0, to: await countersOf(world) };
  const result = resultOf(
    world,
    faults.some(({ name }) => name === 'endless'),
  );
  await stop(world);

  print(table(world, [...spans, whole], result));
  print(`${result.excused} statuses were known only to a worker that was killed or frozen`);
  for (const { name } of faults) {
    const span = spans.find((other) => other.name === name);
    if (!span?.evidence?.count) failures.push(`${name} did not occur`);
  }
  for (const { consumer, taskId, answers, delivered } of result.lost.slice(0, 10)) {
    failures.push(`${consumer} lost a change of ${taskId}: read ${answers}; got ${delivered}`);
  }
  if (result.lost.length > 10) failures.push(`${result.lost.length} changes were lost`);
  if (result.wrong > 0) failures.push(`${result.wrong} changes were delivered that nobody read`);
  if (workers.stderr.length > 0) failures.push(`stderr of workers: ${workers.stderr.join('')}`);
  for (const failure of failures) print(`failed: ${failure}`);
  return failures.length === 0;
}

async function start(seed: number): Promise<World> {
  const lives = new Map<string, TaskLife>();
  for (let n = 0; n < TASKS; n += 1) {
    const kind: LifeKind = n < AGAIN ? 'again' : n < AGAIN + ENDLESS ? 'endless' : 'ordinary';
    lives.set(`task_${n}`, new TaskLife(kind, seeded(seed + n)));
  }
  const server = await RedisServer.start();
  const redisPort = Number(new URL(server.url).port);
  const proxy = await RedisProxy.start(redisPort);
  const api = await TaskServer.start(lives);
  const redis = new Redis(redisPort, '127.0.0.1', { maxRetriesPerRequest: null });
  // it connects again
  redis.on('error', () => undefined);
  const settings = {
    redisPort: proxy.port,
    baseUrl: api.url,
    concurrency: CONCURRENCY,
    lockDuration: LOCK_DURATION,
    requestsPerSecond: REQUESTS_PER_SECOND,
    maxAge: MAX_AGE,
  };
  const workers = new Workers(settings, (answer) => api.onRead(answer));
  const printer = new ReaderProcess(proxy.port);
  const audit = new LocalReader(proxy.port, 'audit');
  printer.start();
  audit.start();
  await addTasks(redis, lives.keys(), { prefix: PREFIX });
  for (let n = 0; n < WORKERS; n += 1) workers.add(n === 0);
  const crashedAt = new Map<string, number>();
  const resumed = new Map<string, Resumed>();
  const failures: string[] = [];
  return {
    redis,
    redisPort,
    server,
    proxy,
    api,
    lives,
    workers,
    printer,
    audit,
    crashedAt,
    resumed,
    failures,
  };
}

/** Lets the faults happen. Resolves when all tasks have ended, and both consumers have every change. */
async function happen(
  world: World,
  plan: readonly PlannedFault[],
  spans: Span[],
  print: (line: string) => void,
): Promise<void> {
  const { lives, audit, printer } = world;
  const ordinary = [...lives.values()].filter(({ kind }) => kind === 'ordinary');
  const early = plan.filter(({ fault }) => fault.lane !== 'last');
  let done = 0;
  const runFault = async ({ fault, random }: PlannedFault) => {
    print(`${fault.name}: begins`);
    const from = await countersOf(world);
    const evidence = await fault.run(world, random);
    spans.push({ name: fault.name, evidence, from, to: await countersOf(world) });
    print(`${fault.name}: ${evidence.count} ${evidence.of}`);
    // the others stay, so that each fault finds tasks
    for (const [n, life] of ordinary.entries()) {
      if (n % (early.length + 1) === done) life.release();
    }
    done += 1;
  };
  const runLane = async (lane: Fault['lane']) => {
    for (const planned of early.filter(({ fault }) => fault.lane === lane)) {
      await moreChanges(world, planned.after);
      await runFault(planned);
    }
  };

  await until('the first changes', async () => (await written(world)) >= FIRST_CHANGES);
  await Promise.all([runLane('workers'), runLane('tasks'), runLane('others')]);
  for (const life of lives.values()) life.release();
  const mortal = [...lives].filter(([, { kind }]) => kind !== 'endless').map(([id]) => id);
  await until('all tasks have ended', () =>
    mortal.every((taskId) => hasEnded(audit.deliveries.wordsOf(taskId))),
  );
  for (const planned of plan) if (planned.fault.lane === 'last') await runFault(planned);
  const goal = await written(world);
  await until('both consumers have all changes', () =>
    [audit, printer].every(({ deliveries }) => deliveries.count >= goal),
  );
}

async function stop({ api, audit, printer, proxy, redis, server, workers }: World): Promise<void> {
  workers.kill();
  audit.stop();
  await printer.kill('SIGKILL');
  redis.disconnect();
  proxy.close();
  api.close();
  await server.stop();
}

/** When a fault happens, and what it chooses. */
interface PlannedFault {
  readonly fault: Fault;
  /** So many changes after the fault before it in its lane. */
  readonly after: number;
  readonly random: () => number;
}

/** The faults in a random order. The same for the same seed, however fast the fleet is. */
function planOf(seed: number, faults: readonly Fault[]): PlannedFault[] {
  const random = seeded(seed);
  return faults
    .map((fault) => ({
      fault,
      order: random(),
      after: MIN_CHANGES + Math.floor(MORE_CHANGES * random()),
      random: seeded(Math.floor(2 ** 31 * random())),
    }))
    .sort((a, b) => a.order - b.order);
}
