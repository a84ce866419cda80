import { Redis } from 'ioredis';
import { filter, firstValueFrom, take, toArray } from 'rxjs';
import { addTasks, type FleetChange, type FleetDuration } from 'rxjs-task-status/fleet';
import { learnedDelay } from 'rxjs-task-status/learned';
import { describe, expect, test } from 'vitest';
import { hasRedis } from '../support/redis-server.js';
import { countingApi, FAST, memoryLogger, responseOf, useFleet, wordsOf } from './fixture.js';
import { learnedStub } from './learned-stub.js';

const IDS = Array.from({ length: 20 }, (_, index) => `task_${index}`);
const COUNTS = '{fleet}:learned-counts:';
/** The counts are read every 2 s. */
const SOON = { timeout: 20_000 };

/** Every task has three statuses. */
function shortTasks(): Record<string, string[]> {
  return Object.fromEntries(IDS.map((id) => [id, ['created', 'running', 'running', 'finished']]));
}

describe.skipIf(!hasRedis)('a fleet whose schedule learns', () => {
  const fleet = useFleet();
  const add = (...ids: string[]) => addTasks(fleet.connection(), ids);
  const next = (count: number, consumer = 'test'): Promise<FleetChange[]> =>
    firstValueFrom(fleet.changes(consumer).pipe(take(count), toArray()));
  const ended = (count: number): Promise<FleetChange[]> =>
    firstValueFrom(
      fleet.changes('ends').pipe(
        filter(({ status }) => status === 'finished'),
        take(count),
        toArray(),
      ),
    );

  /** The sum of the counts of a kind and a status in Redis. */
  async function stored(kind: string, status: string, key = ''): Promise<number> {
    const fields = Object.entries(await fleet.redis.hgetall(`${COUNTS}${key}`));
    return fields
      .filter(([field]) => field.startsWith(kind) && /:(.*)/.exec(field)?.[1] === status)
      .filter(([field]) => /^.\d/.test(field))
      .reduce((sum, [, weight]) => sum + Number(weight), 0);
  }

  test('counts each status that has ended once, whichever worker has seen it', async () => {
    const api = countingApi(shortTasks());
    const watch = { transport: api.transport, backoff: { jitter: 0 }, retry: FAST.retry };
    const [first, second] = [learnedStub(), learnedStub()];
    // fewer slots than tasks: they change between the workers
    fleet.worker({ watch, learned: first.learned, concurrency: 3 });
    fleet.worker({ watch, learned: second.learned, concurrency: 3 });
    await add(...IDS);
    await ended(IDS.length);
    for (const status of ['created', 'running']) {
      expect(await stored('e', status)).toBe(IDS.length);
      expect(await stored('r', status)).toBe(0);
      await expect.poll(() => first.count(status), SOON).toBe(IDS.length);
      await expect.poll(() => second.count(status), SOON).toBe(IDS.length);
    }
    expect(await stored('e', 'finished')).toBe(0);
  });

  test('a worker that starts later begins with what the fleet has learned', async () => {
    const api = countingApi({ ...shortTasks(), late: ['created'] });
    const watch = { transport: api.transport, ...FAST };
    const early = fleet.worker({ watch, learned: learnedStub().learned });
    await add(...IDS);
    await ended(IDS.length);
    await early.stop();
    const known: number[] = [];
    const late = learnedStub({
      delay: () => {
        known.push(late.count('created'));
        return 20;
      },
    });
    await add('late');
    fleet.worker({ watch, learned: late.learned });
    await expect.poll(() => known[0], SOON).toBe(IDS.length);
  });

  test('counts nothing twice and loses nothing when a worker crashes', async () => {
    const api = { status: 'created' };
    const transport = () => Promise.resolve(responseOf(api.status));
    const options = { watch: { transport, ...FAST }, lockDuration: 1_000 };
    const connection = new Redis(fleet.server.url, { maxRetriesPerRequest: null });
    connection.on('error', () => undefined);
    fleet.worker({ ...options, connection, learned: learnedStub().learned });
    await add(...IDS);
    await next(IDS.length);
    api.status = 'running';
    // it is cut off in the middle of its writes
    await next(3);
    connection.disconnect();
    const stub = learnedStub();
    fleet.worker({ ...options, learned: stub.learned });
    await next(IDS.length - 3);
    expect(await stored('e', 'created')).toBe(IDS.length);
    api.status = 'finished';
    await ended(IDS.length);
    expect(await stored('e', 'created')).toBe(IDS.length);
    expect(await stored('e', 'running')).toBe(IDS.length);
    await expect.poll(() => stub.count('running'), SOON).toBe(IDS.length);
  });

  test.for<[name: string, fail: () => Promise<unknown>, repair: () => Promise<unknown>]>([
    [
      'is full',
      () => fleet.redis.config('SET', 'maxmemory', '1'),
      () => fleet.redis.config('SET', 'maxmemory', '0'),
    ],
    ['restarts', () => fleet.server.kill(), () => fleet.server.start()],
  ])('counts exactly what it should while Redis %s', async ([, fail, repair]) => {
    const api = { status: 'created', requests: 0 };
    const transport = () => {
      api.requests += 1;
      return Promise.resolve(responseOf(api.status));
    };
    const logger = memoryLogger();
    const stubs = [learnedStub(), learnedStub()];
    for (const { learned } of stubs) {
      fleet.worker({ watch: { transport, ...FAST }, learned, logger });
    }
    await add(...IDS);
    await next(IDS.length);
    await fail();
    api.status = 'running';
    await expect.poll(() => logger.lines.join(), SOON).toContain('Redis');
    await repair();
    await next(IDS.length);
    api.status = 'finished';
    await ended(IDS.length);
    expect(await stored('e', 'created')).toBe(IDS.length);
    expect(await stored('e', 'running')).toBe(IDS.length);
    for (const { count } of stubs) {
      await expect.poll(() => count('running'), SOON).toBe(IDS.length);
    }
  });

  test('a task that is polled in turns has one time and one count for all turns', async () => {
    const api = countingApi({ task_1: ['running'], task_2: ['running'] });
    const { learned, delays } = learnedStub();
    const logger = memoryLogger();
    const watch = { transport: api.transport, ...FAST };
    fleet.worker({ watch, learned, logger, concurrency: 1 });
    await add('task_1', 'task_2');
    const turns = () => logger.lines.filter((line) => line.endsWith('claimed task_1')).length;
    await expect.poll(turns, { timeout: 60_000 }).toBeGreaterThan(3);
    const polls = delays.filter(({ taskId }) => taskId === 'task_1');
    expect(polls.map(({ seen }) => seen)).toEqual(polls.map((_, index) => index + 1));
    const times = polls.map(({ elapsed }) => elapsed);
    expect(times).toEqual([...times].sort((a, b) => a - b));
    expect(times[0]).toBe(0);
    // at least a millisecond less for the rounding of each delay
    expect(times.at(-1)).toBeGreaterThanOrEqual(18 * (polls.length - 1));
  });

  test('a task that is handed over continues its time, and its duration is that of both workers', async () => {
    const api = { status: 'running' };
    const transport = () => Promise.resolve(responseOf(api.status));
    const first = learnedStub();
    const durations: FleetDuration[] = [];
    const second = learnedStub({
      observe: (duration) => {
        durations.push(duration);
        return [];
      },
    });
    const worker = fleet.worker({ watch: { transport, ...FAST }, learned: first.learned });
    await add('task_1');
    await expect.poll(() => first.delays.length, SOON).toBeGreaterThan(10);
    await worker.stop();
    const before = first.delays.at(-1)!;
    fleet.worker({ watch: { transport, ...FAST }, learned: second.learned });
    await expect.poll(() => second.delays.length, SOON).toBeGreaterThan(2);
    expect(second.delays[0]!.elapsed).toBeGreaterThan(before.elapsed);
    expect(second.delays[0]!.seen).toBe(before.seen + 1);
    api.status = 'finished';
    await ended(1);
    const last = second.delays.at(-1)!;
    const duration = durations.find(({ censored }) => !censored)!;
    expect(duration).toMatchObject({ taskId: 'task_1', status: 'running' });
    expect(duration.from).toBeGreaterThanOrEqual(last.elapsed);
    expect(duration.to).toBeGreaterThanOrEqual(duration.from);
  });

  test('counts a task that has not ended after maxAge as censored', async () => {
    const api = countingApi({ task_1: ['running'] });
    const stub = learnedStub();
    const watch = { transport: api.transport, ...FAST };
    fleet.worker({ watch, learned: stub.learned, maxAge: 300 });
    await add('task_1');
    expect(wordsOf(await next(2))).toEqual(['running', 'timeout']);
    expect(await stored('c', 'running')).toBe(1);
    expect(await stored('e', 'running')).toBe(0);
    await expect.poll(() => stub.count('running', true), SOON).toBe(1);
  });

  test('counts a running task once, and no longer when its status has ended', async () => {
    const api = { status: 'running' };
    const transport = () => Promise.resolve(responseOf(api.status));
    const stub = learnedStub();
    const options = { watch: { transport, ...FAST }, learned: stub.learned };
    const first = fleet.worker(options);
    await add('task_1');
    await next(1);
    await first.stop();
    // as if it had been running for a minute
    await fleet.redis.hset('{fleet}:task:task_1', 'changedAt', Date.now() - 60_000);
    fleet.worker(options);
    const marks = () => stored('r', 'running');
    await expect.poll(marks, SOON).toBe(1);
    await expect.poll(() => stub.count('running', true), SOON).toBe(1);
    api.status = 'finished';
    await next(1);
    expect(await marks()).toBe(0);
    expect(await stored('e', 'running')).toBe(1);
    await expect.poll(() => stub.count('running', true), SOON).toBe(0);
  });

  test('obeys maxDelay, whatever the schedule answers', async () => {
    const api = countingApi({ task_1: ['running', 'running', 'finished'] });
    const { learned } = learnedStub({ delay: () => Infinity });
    fleet.worker({ watch: { transport: api.transport, ...FAST }, learned });
    await add('task_1');
    expect(wordsOf(await next(2))).toEqual(['running', 'finished']);
  });

  test('obeys the limit of the fleet', async () => {
    const times: number[] = [];
    const transport = () => {
      times.push(performance.now());
      return Promise.resolve(responseOf('running'));
    };
    const options = { watch: { transport, ...FAST }, limit: { requestsPerSecond: 20 } };
    for (let n = 0; n < 2; n += 1) {
      fleet.worker({ ...options, learned: learnedStub({ delay: () => 1 }).learned });
    }
    await add(...IDS);
    await expect.poll(() => times.length, SOON).toBeGreaterThan(40);
    // 40 requests after the first one, a slot may be missed by a second
    expect(times[40]! - times[0]!).toBeGreaterThan(1_000);
  });

  test('an error of the schedule ends no task and loses no change', async () => {
    const api = countingApi({ task_1: ['created', 'running', 'finished'] });
    const logger = memoryLogger();
    const { learned } = learnedStub({
      observe: () => {
        throw new Error('key failed');
      },
    });
    fleet.worker({ watch: { transport: api.transport, ...FAST }, learned, logger });
    await add('task_1');
    expect(wordsOf(await next(3))).toEqual(['created', 'running', 'finished']);
    expect(logger.lines).toContain(
      'warn rxjs-task-status: The schedule does not learn from a task: key failed',
    );
  });

  test('an exception of the function key ends no task', async () => {
    const api = countingApi({ task_1: ['created', 'finished'] });
    const logger = memoryLogger();
    const learned = learnedDelay({
      key: () => {
        throw new Error('key failed');
      },
    });
    fleet.worker({ watch: { transport: api.transport, ...FAST }, learned, logger });
    await add('task_1');
    expect(wordsOf(await next(2))).toEqual(['created', 'finished']);
    expect(logger.lines).toContain(
      'warn rxjs-task-status: Task "task_1" is polled again after: key failed',
    );
  });

  test('counts that cannot be written do not refuse a change', async () => {
    await fleet.redis.set(COUNTS, 'not a hash');
    const api = countingApi({ task_1: ['created', 'running', 'finished'] });
    fleet.worker({ watch: { transport: api.transport, ...FAST }, learned: learnedStub().learned });
    await add('task_1');
    expect(wordsOf(await next(3))).toEqual(['created', 'running', 'finished']);
  });
});
