import { setTimeout as sleep } from 'node:timers/promises';
import { PREFIX, until, type Fault, type World } from './fault.js';
import type { FaultAnswer } from './task-server.js';
import { SLOW_CLOCK } from './workers.js';

const GATE = `${PREFIX}:gate`;
const HOUR = 3_600_000;
/** One hour takes this long in this run: the rest of the hold is cut, ms. */
const SCALED_HOUR = 3_600;
/** Requests may still be sent that had their time slot before the hold, ms. */
const AHEAD = 1_500;
/** The date in the answer to the worker with the slow clock is so far ahead, ms. */
const DATE_AHEAD = 4_000;

/** The API rejects the key. */
const rejectedKey: Fault = {
  name: 'rejected-key',
  lane: 'others',
  async run({ api, workers }) {
    let rejected = 0;
    api.fault = () => {
      rejected += 1;
      return { status: 401 };
    };
    await sleep(3_000);
    await until('a worker says that the fleet is paused', () =>
      [...workers.running].some((worker) => worker.stats()?.paused),
    );
    api.fault = undefined;
    const from = api.answers.length;
    await until('the fleet continues', () =>
      api.answers.slice(from).some(({ status }) => status === 200),
    );
    return { count: rejected, of: 'requests rejected' };
  },
};

/** The API asks to wait for an hour. */
const hourOfWaiting: Fault = {
  name: 'retry-after',
  lane: 'others',
  async run(world) {
    const { api, lives, redis, workers, failures } = world;
    // the task that gets it waits for the whole hour
    const isEndless = (_: string, taskId: string) => lives.get(taskId)?.kind === 'endless';
    const limited = await answerOne(world, isEndless, {
      status: 429,
      headers: { 'retry-after': String(HOUR / 1_000) },
    });
    const hold = await holdOf(world);
    if (hold < HOUR - 100_000) failures.push(`the hold was ${hold} ms in place of an hour`);
    await until('each worker is held', () =>
      [...workers.running].every((worker) => {
        const stats = worker.stats();
        return !stats || stats.heldUntil !== undefined || stats.watching === 0;
      }),
    );
    await sleep(AHEAD);
    const from = api.answers.length;
    await sleep(SCALED_HOUR);
    const during = api.answers.length - from;
    if (during > 0) failures.push(`${during} requests came in while the fleet was held`);
    await redis.hset(GATE, 'heldUntil', await now(world));
    await until('the fleet continues', () => api.answers.length > from + during);
    return { count: limited, of: 'answers with Retry-After: 3600' };
  },
};

/** A worker whose clock is slow gets a Retry-After as a date. */
const slowClock: Fault = {
  name: 'slow-clock',
  lane: 'others',
  async run(world) {
    const { workers, failures } = world;
    const isSlow = (name: string) =>
      [...workers.running].some(
        (worker) => worker.name === name && worker.clockLag() > SLOW_CLOCK / 2,
      );
    const date = Date.now();
    const count = await answerOne(world, isSlow, {
      status: 429,
      headers: {
        date: new Date(date).toUTCString(),
        'retry-after': new Date(date + DATE_AHEAD).toUTCString(),
      },
    });
    const hold = await holdOf(world);
    if (hold > SLOW_CLOCK / 2) failures.push(`the hold of ${DATE_AHEAD} ms was ${hold} ms`);
    return { count, of: 'answers to a worker that is 10 min slow' };
  },
};

/** Answers one request. Returns 1. */
async function answerOne(
  { api }: World,
  isMeant: (worker: string, taskId: string) => boolean,
  answer: FaultAnswer,
): Promise<number> {
  let count = 0;
  api.fault = (worker, taskId) => {
    if (!isMeant(worker, taskId)) return undefined;
    count += 1;
    api.fault = undefined;
    return answer;
  };
  await until('a worker asks', () => count > 0);
  return count;
}

/** How long requests are held from now on, ms. Waits for a hold. */
async function holdOf(world: World): Promise<number> {
  let hold = 0;
  await until('the fleet is held', async () => {
    hold = Number(await world.redis.hget(GATE, 'heldUntil')) - (await now(world));
    return hold > 0;
  });
  return hold;
}

/** The time of Redis, ms. */
async function now({ redis }: World): Promise<number> {
  const [seconds, micros] = await redis.time();
  return Number(seconds) * 1_000 + Math.floor(Number(micros) / 1_000);
}

export const API_FAULTS: readonly Fault[] = [rejectedKey, hourOfWaiting, slowClock];
