import { once } from 'node:events';
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
import { STREAM, type Change } from '../../docs/examples/fleet/changes.js';
import { PREFIX, QUEUE } from '../../docs/examples/fleet/settings.js';
import { serve } from '../../docs/examples/server.js';
import { RedisServer } from '../support/redis-server.js';
import { runProgram, startProgram, type Program } from '../support/run-program.js';
import { busiestSecond, longestSilence, mostAhead } from './measures.js';

/** What can happen to a fleet. */
type Mishap =
  | 'kill a worker'
  | 'freeze a worker'
  | 'stop a worker'
  | 'add a worker'
  | 'restart Redis'
  | 'answer 429'
  | 'publish a change again';

/** How large a fleet is, and what happens to it. */
export interface Plan {
  readonly tasks: number;
  readonly workers: number;
  readonly requestsPerSecond: number;
  /** Tasks of one worker. */
  readonly concurrency: number;
  readonly lockDuration: number;
  readonly stalledInterval: number;
  /** What happens, and after which part of all changes has been read. */
  readonly mishaps: readonly (readonly [part: number, mishap: Mishap])[];
}

/** How long it took until the tasks of a worker that was lost were with others, ms. */
interface TakeOver {
  readonly tasks: number;
  readonly took: number;
}

/** What became of a fleet. */
export interface Outcome {
  /** What each task did, word by word. */
  readonly expected: ReadonlyMap<string, readonly string[]>;
  /** What the reader printed of each task, word by word, and the ordinals. */
  readonly read: ReadonlyMap<string, readonly string[]>;
  readonly ordinals: ReadonlyMap<string, readonly number[]>;
  readonly repeats: number;
  /** The jobs of the queue at the end, by state. */
  readonly jobs: Readonly<Record<string, number>>;
  readonly requests: number;
  /** From the first request to the last, ms. */
  readonly elapsed: number;
  readonly takeOvers: ReadonlyMap<Mishap, TakeOver>;
  /** How long Redis was away, ms. */
  readonly redisAway: number | undefined;
  /** The most requests that came in within a second. */
  readonly busiest: number;
  /** By how many requests the fleet was ahead of its limit at most, from whenever one counts. */
  readonly ahead: number;
  /** The longest time without a request after a 429, ms. */
  readonly silence: number | undefined;
  /** How the workers ended that were told to stop. */
  readonly codes: readonly (number | null)[];
}

/** What the 429 asks for, ms. */
export const HOLD = 3_000;
/** For a task that was taken over to be asked for, ms. */
const ONE_POLL = 2_000;
/** When nothing more is to be hoped for, ms. */
const GIVE_UP = 60_000;

/** Runs a fleet until every change of every task has been read, or nothing comes any more. */
export async function runFleet(plan: Plan): Promise<Outcome> {
  const random = randomFrom(20_251);
  const histories = new Map<string, readonly (TaskStatus | FakeAnswer)[]>();
  for (let n = 1; n <= plan.tasks; n += 1) histories.set(`task_${n}`, historyOf(random));
  const expected = new Map(
    [...histories].map(([taskId, history]) => [taskId, history.map(wordOf)] as const),
  );
  const total = [...expected.values()].flat().length;

  const api = new TaskServer(histories);
  const [redis, server] = await Promise.all([RedisServer.start(), serve(api)]);
  const env = {
    REDIS_URL: redis.url,
    BROWSER_USE_BASE_URL: server.url,
    FLEET_REQUESTS_PER_SECOND: String(plan.requestsPerSecond),
    FLEET_CONCURRENCY: String(plan.concurrency),
    FLEET_LOCK_DURATION: String(plan.lockDuration),
    FLEET_STALLED_INTERVAL: String(plan.stalledInterval),
  };
  const start = (name: string) => startProgram(program(name), [], env, 10 * 60_000);

  const workers = new Set<Program>();
  /** Who has claimed a task last. */
  const owners = new Map<string, Program>();
  /** Tells of a task that it was claimed, or that it has ended. */
  const settled = new EventTarget();
  const addWorker = () => {
    const worker = start('worker');
    workers.add(worker);
    worker.output.on('line', (line) => {
      const [, taskId] = /^claimed (.*)$/.exec(line) ?? [];
      if (taskId === undefined) return;
      owners.set(taskId, worker);
      settled.dispatchEvent(new Event(taskId));
    });
  };

  const read = new Map<string, string[]>();
  const ordinals = new Map<string, number[]>();
  const isOver = (taskId: string) => read.get(taskId)?.length === expected.get(taskId)?.length;
  /** Tasks that nobody watches, and when somebody does again. */
  const standing = new Map<string, Promise<unknown>>();
  /** Takes a worker away; resolves when the last of its tasks is with another one. */
  const takeAway = async (worker: Program, signal: NodeJS.Signals): Promise<TakeOver> => {
    workers.delete(worker);
    const at = Date.now();
    const tasks = [...owners].filter(([taskId, owner]) => owner === worker && !isOver(taskId));
    worker.child.kill(signal);
    await Promise.all(
      tasks.map(async ([taskId]) => {
        // the next owner must first see what the last one has told already
        const again = once(settled, taskId);
        standing.set(taskId, again);
        await again;
        standing.delete(taskId);
      }),
    );
    return { tasks: tasks.length, took: Date.now() - at };
  };
  const freeze = async (worker: Program): Promise<TakeOver> => {
    const takeOver = await takeAway(worker, 'SIGSTOP');
    // it knows nothing of what has happened, and believes itself to be the owner
    worker.child.kill('SIGCONT');
    workers.add(worker);
    return takeOver;
  };

  const takeOvers = new Map<Mishap, Promise<TakeOver>>();
  const ended: Promise<{ code: number | null }>[] = [];
  let redisAway: Promise<number> | undefined;
  let repeated: Promise<void> | undefined;
  const happen = (mishap: Mishap): void => {
    const [worker] = workers;
    if (mishap === 'add a worker') addWorker();
    else if (mishap === 'answer 429') api.limitNext();
    else if (mishap === 'restart Redis') redisAway = restart(redis);
    else if (mishap === 'publish a change again') repeated = publishAgain(redis.url);
    else if (!worker) throw new Error(`There is none to ${mishap}`);
    else if (mishap === 'freeze a worker') takeOvers.set(mishap, freeze(worker));
    else if (mishap === 'kill a worker') takeOvers.set(mishap, takeAway(worker, 'SIGKILL'));
    else {
      takeOvers.set(mishap, takeAway(worker, 'SIGTERM'));
      ended.push(worker.ended);
    }
  };

  const reader = start('reader');
  await runProgram(program('add-tasks'), [...expected.keys()], env);
  for (let n = 0; n < plan.workers; n += 1) addWorker();

  const mishaps = [...plan.mishaps];
  let count = 0;
  const giveUp = () => setTimeout(() => reader.child.kill('SIGTERM'), GIVE_UP);
  let patience = giveUp();
  for await (const line of reader.output) {
    const { taskId, ordinal, status, error } = JSON.parse(line) as Change;
    append(read, taskId, status ?? error);
    append(ordinals, taskId, ordinal);
    if (isOver(taskId)) settled.dispatchEvent(new Event(taskId));
    const delay = 100 + 900 * random();
    void sleep(delay)
      .then(() => standing.get(taskId)?.then(() => sleep(ONE_POLL)))
      .then(() => api.goOn(taskId));
    count += 1;
    clearTimeout(patience);
    if (count === total) break;
    patience = giveUp();
    while (mishaps[0] && count >= mishaps[0][0] * total) happen(mishaps.shift()![1]);
  }

  await repeated;
  const jobs = await jobsAtTheEnd(redis.url, plan.tasks);
  for (const worker of workers) {
    worker.child.kill('SIGTERM');
    ended.push(worker.ended);
  }
  const codes = (await Promise.all(ended)).map(({ code }) => code);
  reader.child.kill('SIGTERM');
  const { stderr } = await reader.ended;
  await server.close();
  await redis.stop();

  const asked = api.requests.map(({ at }) => at);
  return {
    expected,
    read,
    ordinals,
    repeats: Number(/(\d+) repeats/.exec(stderr)?.[1]),
    jobs,
    requests: asked.length,
    elapsed: (asked.at(-1) ?? 0) - (asked[0] ?? 0),
    takeOvers: new Map(
      await Promise.all([...takeOvers].map(async ([mishap, it]) => [mishap, await it] as const)),
    ),
    redisAway: await redisAway,
    busiest: busiestSecond(asked),
    ahead: mostAhead(asked, plan.requestsPerSecond),
    silence: api.silence(),
    codes,
  };
}

/** A task goes on only when its present status has been read: what is lost on the way stays missing. */
class TaskServer implements FakeTaskApi {
  readonly transport: FakeTaskApi['transport'];
  readonly requests: FakeTaskApi['requests'];
  readonly #fetch: FakeTaskApi['fetch'];
  readonly #tasks: Record<string, FakeTimeline> = {};
  readonly #left: ReadonlyMap<string, (TaskStatus | FakeAnswer)[]>;
  #limitNext = false;
  #limitedAt: number | undefined;

  constructor(histories: ReadonlyMap<string, readonly (TaskStatus | FakeAnswer)[]>) {
    ({
      fetch: this.#fetch,
      transport: this.transport,
      requests: this.requests,
    } = fakeTaskApi(this.#tasks));
    this.#left = new Map([...histories].map(([taskId, history]) => [taskId, [...history]]));
    for (const taskId of histories.keys()) this.goOn(taskId);
  }

  goOn(taskId: string): void {
    const answer = this.#left.get(taskId)?.shift();
    if (answer !== undefined) this.#tasks[taskId] = [[answer, 0]];
  }

  /** Answers the next request with a 429. */
  limitNext(): void {
    this.#limitNext = true;
  }

  silence(): number | undefined {
    if (this.#limitedAt === undefined) return undefined;
    const asked = this.requests.map(({ at }) => at);
    return longestSilence(asked, this.#limitedAt, 2 * HOLD);
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

/** What a task does: some go the straight way, some are paused, some are gone in the end. */
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

/** As a worker does whose connection broke before it heard that the first time had worked. */
async function publishAgain(url: string): Promise<void> {
  const redis = new Redis(url);
  const [[, fields] = []] = await redis.xrevrange(STREAM, '+', '-', 'COUNT', 1);
  await redis.xadd(STREAM, '*', ...(fields ?? []));
  await redis.quit();
}

/** The last jobs may end a moment after their last change was read. */
async function jobsAtTheEnd(url: string, tasks: number): Promise<Record<string, number>> {
  const connection = new Redis(url, { maxRetriesPerRequest: null });
  const queue = new Queue(QUEUE, { connection, prefix: PREFIX });
  let jobs: Record<string, number> = {};
  for (let tries = 0; tries < 50; tries += 1) {
    jobs = await queue.getJobCounts('waiting', 'active', 'delayed', 'completed', 'failed');
    if ((jobs['completed'] ?? 0) + (jobs['failed'] ?? 0) === tasks) break;
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
