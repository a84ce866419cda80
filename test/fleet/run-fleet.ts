import { once } from 'node:events';
import { monitorEventLoopDelay } from 'node:perf_hooks';
import { setTimeout as sleep } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import type { TaskStatus } from 'rxjs-task-status';
import {
  fakeTaskApi,
  type FakeAnswer,
  type FakeTaskApi,
  type FakeTimeline,
} from 'rxjs-task-status/testing';
import type { FleetChange } from 'rxjs-task-status/fleet';
import { serveTaskApi } from 'rxjs-task-status/testing/server';
import { RedisServer } from '../support/redis-server.js';
import { runProgram, startProgram, type Program } from '../support/run-program.js';
import { busiestSecond, longestGap, highestExcess } from './measures.js';

/** Something that happens to a fleet. */
type Mishap =
  | 'kill a worker'
  | 'freeze a worker'
  | 'stop a worker'
  | 'add a worker'
  | 'restart Redis'
  | 'answer 429'
  | 'publish a change again';

/** The size of a fleet, and what happens to it. */
export interface Plan {
  readonly tasks: number;
  readonly workers: number;
  readonly requestsPerSecond: number;
  /** How many tasks a worker watches at the same time. */
  readonly concurrency: number;
  readonly lockDuration: number;
  /** What happens after which part of all changes has been read. */
  readonly mishaps: readonly (readonly [part: number, mishap: Mishap])[];
}

/** The tasks of a lost worker, and how long it took until other workers had them, ms. */
interface TakeOver {
  readonly tasks: number;
  readonly took: number;
}

const PREFIX = '{fleet}';
const QUEUE = 'tasks';
const STREAM = '{fleet}:changes';

/** The results of a fleet. */
export interface Outcome {
  /** The history of each task. */
  readonly expected: ReadonlyMap<string, readonly string[]>;
  /** The changes and ordinals that the reader printed for each task. */
  readonly read: ReadonlyMap<string, readonly string[]>;
  readonly ordinals: ReadonlyMap<string, readonly number[]>;
  /** How many changes were published a second time. */
  readonly repeats: number;
  /** The jobs of the queue at the end, by state. */
  readonly jobs: Readonly<Record<string, number>>;
  readonly requests: number;
  /** The time from the first request to the last, ms. */
  readonly elapsed: number;
  readonly takeOvers: ReadonlyMap<Mishap, TakeOver>;
  /** How long Redis was away, ms. */
  readonly redisAway: number | undefined;
  /** The highest number of requests within a second. */
  readonly busiest: number;
  /** The highest excess over the limit, in requests, between any two requests. */
  readonly ahead: number;
  /** The longest time without a request after the 429, ms. */
  readonly gap: number | undefined;
  /** The exit codes of the workers that were stopped. */
  readonly codes: readonly (number | null)[];
  /** The longest time that this process was late for a timer, ms. On a busy machine all processes are. */
  readonly lateness: number;
}

/** The `Retry-After` of the 429, ms. */
export const HOLD = 3_000;
/** Enough time for the first poll of a task that was taken over, ms. */
const ONE_POLL = 2_000;
/** The test stops after this time without a change, ms. */
const GIVE_UP = 60_000;

/** Runs a fleet until every change of every task has been read, or no more changes arrive. */
export async function runFleet(plan: Plan): Promise<Outcome> {
  const random = randomFrom(20_251);
  const lateness = monitorEventLoopDelay();
  lateness.enable();
  const histories = new Map<string, readonly (TaskStatus | FakeAnswer)[]>();
  for (let n = 1; n <= plan.tasks; n += 1) histories.set(`task_${n}`, historyOf(random));
  const expected = new Map(
    [...histories].map(([taskId, history]) => [taskId, history.map(wordOf)] as const),
  );
  const total = [...expected.values()].flat().length;

  const api = new TaskServer(histories);
  const [redis, server] = await Promise.all([RedisServer.start(), serveTaskApi(api)]);
  const env = {
    REDIS_URL: redis.url,
    BROWSER_USE_BASE_URL: server.baseUrl,
    FLEET_REQUESTS_PER_SECOND: String(plan.requestsPerSecond),
    FLEET_CONCURRENCY: String(plan.concurrency),
    FLEET_LOCK_DURATION: String(plan.lockDuration),
    FLEET_DEBUG: '1',
    PORT: '0',
  };
  const start = (name: string) => startProgram(program(name), [], env, 10 * 60_000);

  const workers = new Set<Program>();
  /** The worker that claimed a task last. */
  const owners = new Map<string, Program>();
  /** Emits the id of a task that was claimed or has ended. */
  const taskEvents = new EventTarget();
  const addWorker = () => {
    const worker = start('worker');
    workers.add(worker);
    worker.output.on('line', (line) => {
      const [, taskId] = /claimed (.*)$/.exec(line) ?? [];
      if (taskId === undefined) return;
      owners.set(taskId, worker);
      taskEvents.dispatchEvent(new Event(taskId));
    });
  };

  const read = new Map<string, string[]>();
  const ordinals = new Map<string, number[]>();
  const hasEnded = (taskId: string) => read.get(taskId)?.length === expected.get(taskId)?.length;
  /** Tasks without a worker, with a promise for the next one. */
  const unowned = new Map<string, Promise<unknown>>();
  /** Removes a worker. Resolves when other workers have all of its tasks. */
  const removeWorker = async (worker: Program, signal: NodeJS.Signals): Promise<TakeOver> => {
    workers.delete(worker);
    const at = Date.now();
    const tasks = [...owners].filter(([taskId, owner]) => owner === worker && !hasEnded(taskId));
    worker.child.kill(signal);
    await Promise.all(
      tasks.map(async ([taskId]) => {
        // the next owner must first see the state that the last one has published
        const again = once(taskEvents, taskId);
        unowned.set(taskId, again);
        await again;
        unowned.delete(taskId);
      }),
    );
    return { tasks: tasks.length, took: Date.now() - at };
  };
  const freeze = async (worker: Program): Promise<TakeOver> => {
    const takeOver = await removeWorker(worker, 'SIGSTOP');
    // the worker does not know that it was frozen and still takes itself for the owner
    worker.child.kill('SIGCONT');
    workers.add(worker);
    return takeOver;
  };

  const takeOvers = new Map<Mishap, Promise<TakeOver>>();
  const ended: Promise<{ code: number | null }>[] = [];
  let redisAway: Promise<number> | undefined;
  let repeated: Promise<number> | undefined;
  const happen = (mishap: Mishap): void => {
    const [worker] = workers;
    if (mishap === 'add a worker') addWorker();
    else if (mishap === 'answer 429') api.limitNext();
    else if (mishap === 'restart Redis') redisAway = restart(redis);
    else if (mishap === 'publish a change again') repeated = publishAgain(redis.url);
    else if (!worker) throw new Error(`There is no worker for: ${mishap}`);
    else if (mishap === 'freeze a worker') takeOvers.set(mishap, freeze(worker));
    else if (mishap === 'kill a worker') takeOvers.set(mishap, removeWorker(worker, 'SIGKILL'));
    else {
      takeOvers.set(mishap, removeWorker(worker, 'SIGTERM'));
      ended.push(worker.ended);
    }
  };

  const reader = start('changes');
  await runProgram(program('add'), [...expected.keys()], env);
  for (let n = 0; n < plan.workers; n += 1) addWorker();

  const mishaps = [...plan.mishaps];
  let count = 0;
  const giveUp = () => setTimeout(() => reader.child.kill('SIGTERM'), GIVE_UP);
  let giveUpTimer = giveUp();
  for await (const line of reader.output) {
    const { taskId, ordinal, status, error } = JSON.parse(line) as FleetChange;
    append(read, taskId, status ?? error);
    append(ordinals, taskId, ordinal);
    if (hasEnded(taskId)) taskEvents.dispatchEvent(new Event(taskId));
    const delay = 100 + 900 * random();
    void sleep(delay)
      .then(() => unowned.get(taskId)?.then(() => sleep(ONE_POLL)))
      .then(() => api.proceed(taskId));
    count += 1;
    clearTimeout(giveUpTimer);
    if (count === total) break;
    giveUpTimer = giveUp();
    while (mishaps[0] && count >= mishaps[0][0] * total) happen(mishaps.shift()![1]);
  }

  const repeats = (await repeated) ?? 0;
  const jobs = await jobsAtTheEnd(redis.url);
  for (const worker of workers) {
    // on a busy machine the last one may still be loading: the signal would end it
    await worker.line(/^started$/);
    worker.child.kill('SIGTERM');
    ended.push(worker.ended);
  }
  const codes = (await Promise.all(ended)).map(({ code }) => code);
  reader.child.kill('SIGTERM');
  await reader.ended;
  await server.close();
  await redis.stop();

  lateness.disable();
  const times = api.requests.map(({ at }) => at);
  return {
    expected,
    read,
    ordinals,
    repeats,
    jobs,
    requests: times.length,
    elapsed: (times.at(-1) ?? 0) - (times[0] ?? 0),
    takeOvers: new Map(
      await Promise.all([...takeOvers].map(async ([mishap, it]) => [mishap, await it] as const)),
    ),
    redisAway: await redisAway,
    busiest: busiestSecond(times),
    ahead: highestExcess(times, plan.requestsPerSecond),
    gap: api.gap(),
    codes,
    lateness: lateness.max / 1_000_000,
  };
}

/** A task proceeds only when its current status has been read, so a lost status stays missing. */
class TaskServer implements FakeTaskApi {
  readonly transport: FakeTaskApi['transport'];
  readonly requests: FakeTaskApi['requests'];
  readonly #fetch: FakeTaskApi['fetch'];
  readonly #tasks: Record<string, FakeTimeline> = {};
  readonly #remaining: ReadonlyMap<string, (TaskStatus | FakeAnswer)[]>;
  #limitNext = false;
  #limitedAt: number | undefined;

  constructor(histories: ReadonlyMap<string, readonly (TaskStatus | FakeAnswer)[]>) {
    ({
      fetch: this.#fetch,
      transport: this.transport,
      requests: this.requests,
    } = fakeTaskApi(this.#tasks));
    this.#remaining = new Map([...histories].map(([taskId, history]) => [taskId, [...history]]));
    for (const taskId of histories.keys()) this.proceed(taskId);
  }

  proceed(taskId: string): void {
    const answer = this.#remaining.get(taskId)?.shift();
    if (answer !== undefined) this.#tasks[taskId] = [[answer, 0]];
  }

  /** Answers the next request with a 429. */
  limitNext(): void {
    this.#limitNext = true;
  }

  gap(): number | undefined {
    if (this.#limitedAt === undefined) return undefined;
    const times = this.requests.map(({ at }) => at);
    return longestGap(times, this.#limitedAt, 2 * HOLD);
  }

  readonly fetch: FakeTaskApi['fetch'] = (...request) => {
    const answer = this.#fetch(...request);
    if (!this.#limitNext) return answer;
    this.#limitNext = false;
    this.#limitedAt = Date.now();
    const headers = new Map([['retry-after', String(HOLD / 1_000)]]);
    return Promise.resolve({
      status: 429,
      headers: { get: (name) => headers.get(name) ?? null },
      text: () => Promise.resolve('{"detail": "Rate limit exceeded"}'),
    });
  };
}

/** The history of a task: some run through, some are paused, some do not exist at the end. */
function historyOf(random: () => number): (TaskStatus | FakeAnswer)[] {
  const history: (TaskStatus | FakeAnswer)[] =
    random() < 0.8 ? ['created', 'running'] : ['running'];
  while (history.length < 6 && random() < 0.3) history.push('paused', 'running');
  const end = random();
  if (end < 0.7) history.push('finished');
  else if (end < 0.8) history.push('failed');
  else if (end < 0.9) history.push('stopped');
  else history.push({ status: 404, body: '{"detail": "Task not found"}' });
  return history;
}

function wordOf(answer: TaskStatus | FakeAnswer): string {
  return typeof answer === 'string' ? answer : 'not-found';
}

async function restart(redis: RedisServer): Promise<number> {
  const at = Date.now();
  await redis.kill();
  await sleep(500);
  await redis.start();
  return Date.now() - at;
}

/** Repeats the last change, like a worker whose connection broke before the answer. */
async function publishAgain(url: string): Promise<number> {
  const redis = new Redis(url);
  const [[, fields] = []] = await redis.xrevrange(STREAM, '+', '-', 'COUNT', 1);
  await redis.xadd(STREAM, '*', ...(fields ?? []));
  await redis.quit();
  return 1;
}

/** Waits for the last jobs, which may end shortly after their last change was read. */
async function jobsAtTheEnd(url: string): Promise<Record<string, number>> {
  const connection = new Redis(url, { maxRetriesPerRequest: null });
  const queue = new Queue(QUEUE, { connection, prefix: PREFIX });
  let jobs: Record<string, number> = {};
  for (let tries = 0; tries < 50; tries += 1) {
    jobs = await queue.getJobCounts('waiting', 'active', 'delayed', 'failed');
    if (Object.values(jobs).every((count) => count === 0)) break;
    await sleep(200);
  }
  await queue.close();
  await connection.quit();
  return jobs;
}

function append<T>(lists: Map<string, T[]>, key: string, value: T): void {
  const list = lists.get(key);
  if (list) list.push(value);
  else lists.set(key, [value]);
}

function program(name: string): string {
  return fileURLToPath(new URL(`../../docs/examples/fleet/${name}.ts`, import.meta.url));
}

/** The same numbers in every run. https://en.wikipedia.org/wiki/Linear_congruential_generator */
function randomFrom(seed: number): () => number {
  let state = seed;
  return () => {
    state = (Math.imul(state, 1_664_525) + 1_013_904_223) >>> 0;
    return state / 2 ** 32;
  };
}
