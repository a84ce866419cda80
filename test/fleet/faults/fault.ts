import { setTimeout as sleep } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { RedisServer } from '../../support/redis-server.js';
import type { Resumed } from './check.js';
import type { LocalReader, ReaderProcess } from './readers.js';
import type { RedisProxy } from './redis-proxy.js';
import type { TaskLife } from './task-life.js';
import type { TaskServer } from './task-server.js';
import type { FleetProcess, Workers } from './workers.js';

/** What shows that a fault occurred. A count of 0 fails the run. */
export interface Evidence {
  readonly count: number;
  /** What was counted. */
  readonly of: string;
}

/** Something that happens to the fleet. */
export interface Fault {
  /** For `--only`. */
  readonly name: string;
  /**
   * Faults of one lane happen one after the other, in a random order. Lost workers and tasks that are
   * added again have their own lanes: they take long. `last` follows when all tasks have ended that can
   * end.
   */
  readonly lane: 'workers' | 'tasks' | 'others' | 'last';
  /**
   * Lets it happen. Resolves when the fleet is well again.
   *
   * @param random decides what it chooses
   */
  run(world: World, random: () => number): Promise<Evidence>;
}

/** The fleet and all around it. */
export interface World {
  /** A connection that no fault of the proxy meets. */
  readonly redis: Redis;
  readonly server: RedisServer;
  readonly redisPort: number;
  readonly proxy: RedisProxy;
  readonly api: TaskServer;
  readonly lives: Map<string, TaskLife>;
  readonly workers: Workers;
  /** The first consumer: a process. */
  readonly printer: ReaderProcess;
  /** The second consumer. */
  readonly audit: LocalReader;
  /** For each worker that was killed or frozen, how many answers there were then. */
  readonly crashedAt: Map<string, number>;
  /** For each worker that was frozen and goes on, what was known then. */
  readonly resumed: Map<string, Resumed>;
  /** What must not happen, and has happened. */
  readonly failures: string[];
}

export const PREFIX = '{fleet}';
export const QUEUE = 'tasks';

/** A condition that does not come true within this time is a hang, ms. Only a guard. */
const HANGS = 180_000;
const INTERVAL = 50;

/** Waits for a condition. */
export async function until(
  what: string,
  condition: () => boolean | Promise<boolean>,
): Promise<void> {
  for (let waited = 0; !(await condition()); waited += INTERVAL) {
    if (waited > HANGS) throw new Error(`This did not happen: ${what}`);
    await sleep(INTERVAL);
  }
}

/** How many changes were written. */
export async function written({ redis }: World): Promise<number> {
  return Number(await redis.get(`${PREFIX}:changes:sequence`));
}

/** Waits for some more changes. */
export async function moreChanges(world: World, count: number): Promise<void> {
  const goal = (await written(world)) + count;
  await until(`${count} more changes`, async () => (await written(world)) >= goal);
}

/** The tasks that a worker polled last. Not those that have ended, or that the API asked to hold. */
export function tasksOf({ api, lives, audit }: World, { name }: FleetProcess): string[] {
  return [...lives.keys()].filter((taskId) => {
    const last = api.answersFor(taskId).at(-1);
    const isOwn = last?.worker === name && last.status !== 429;
    return isOwn && !hasEnded(audit.deliveries.wordsOf(taskId));
  });
}

const ENDS = ['finished', 'failed', 'stopped', 'not-found', 'invalid', 'timeout'];

/** Whether the last word is an end. */
export function hasEnded(words: readonly string[]): boolean {
  return ENDS.includes(words.at(-1) ?? '');
}
