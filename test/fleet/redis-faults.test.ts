import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { take, toArray, firstValueFrom, type Observable } from 'rxjs';
import type { StatusTransport } from 'rxjs-task-status';
import { addTasks, type FleetChange } from 'rxjs-task-status/fleet';
import { describe, expect, test } from 'vitest';
import { hasRedis } from '../support/redis-server.js';
import { FAST, memoryLogger, responseOf, useFleet, wordsOf } from './fixture.js';

const IDS = Array.from({ length: 20 }, (_, index) => `task_${index}`);

/** Each task has the status of the whole API. */
function sharedApi() {
  const api = { status: 'created', requests: 0 };
  const transport: StatusTransport = () => {
    api.requests += 1;
    return Promise.resolve(responseOf(api.status));
  };
  return Object.assign(api, { transport });
}

describe.skipIf(!hasRedis)('a fleet whose Redis fails', () => {
  const fleet = useFleet();

  function collect(changes$: Observable<FleetChange>, count: number): Promise<FleetChange[]> {
    return firstValueFrom(changes$.pipe(take(count), toArray()));
  }

  /** Runs all tasks to their end while Redis fails in the middle. */
  async function run(fail: () => Promise<unknown>, repair: () => Promise<unknown>) {
    const api = sharedApi();
    const logger = memoryLogger();
    const worker = fleet.worker({ watch: { transport: api.transport, ...FAST }, logger });
    const received = collect(fleet.changes('reader'), 3 * IDS.length);
    await addTasks(fleet.connection(), IDS);
    await collect(fleet.changes('first'), IDS.length);
    await fail();
    api.status = 'running';
    await sleep(500);
    await repair();
    const { requests } = api;
    await collect(fleet.changes('second'), 2 * IDS.length);
    expect(api.requests).toBeGreaterThan(requests);
    api.status = 'finished';
    const changes = await received;
    for (const taskId of IDS) {
      const own = changes.filter((change) => change.taskId === taskId);
      expect(wordsOf(own)).toEqual(['created', 'running', 'finished']);
      expect(own.map(({ ordinal }) => ordinal)).toEqual([1, 2, 3]);
    }
    await expect.poll(() => worker.stats()).toMatchObject({ unpublished: 0, published: 60 });
    return { logger };
  }

  test('loses no change while Redis is full', async () => {
    const { logger } = await run(
      () => fleet.redis.config('SET', 'maxmemory', '1'),
      () => fleet.redis.config('SET', 'maxmemory', '0'),
    );
    expect(logger.lines.join()).toContain('OOM');
  });

  test('loses no change while Redis is read-only', async () => {
    const { logger } = await run(
      () => fleet.redis.replicaof('127.0.0.1', '1'),
      () => fleet.redis.replicaof('NO', 'ONE'),
    );
    expect(logger.lines.join()).toContain('READONLY');
  });

  test('asks for waiting jobs about once a second while Redis refuses them', async () => {
    const api = sharedApi();
    await addTasks(fleet.connection(), IDS);
    await fleet.redis.replicaof('127.0.0.1', '1');
    const refused = async (): Promise<number> =>
      Number(/errorstat_READONLY:count=(\d+)/.exec(await fleet.redis.info())?.[1] ?? 0);
    const worker = fleet.worker({ watch: { transport: api.transport, ...FAST } });
    await expect.poll(refused).toBeGreaterThan(0);
    const startedAt = performance.now();
    const before = await refused();
    await sleep(2_000);
    const count = (await refused()) - before;
    const seconds = (performance.now() - startedAt) / 1_000;
    await fleet.redis.replicaof('NO', 'ONE');
    // BullMQ alone: more than a thousand in a second
    expect(count).toBeLessThan(20 * seconds);
    await expect.poll(() => worker.stats().watching).toBe(IDS.length);
  });

  test('loses no change while Redis restarts', async () => {
    await run(
      () => fleet.server.kill(),
      () => fleet.server.start(),
    );
  });

  test('publishes again what Redis has lost, with the same key', async () => {
    const api = sharedApi();
    fleet.worker({ watch: { transport: api.transport, ...FAST } });
    await addTasks(fleet.connection(), ['task_1']);
    const [created] = await collect(fleet.changes(), 1);
    const before = await fleet.redis.hgetall('{fleet}:task:task_1');
    api.status = 'running';
    const [running] = await collect(fleet.changes(), 1);
    // as after a power cut: the claim and both changes are lost
    const { generation, since } = before;
    await fleet.redis.del('{fleet}:changes', '{fleet}:changes:sequence', '{fleet}:task:task_1');
    await fleet.redis.hset('{fleet}:task:task_1', { generation, since, owner: '1' });
    api.status = 'finished';
    const [finished] = await collect(fleet.changes(), 1);
    expect(finished).toMatchObject({ ordinal: 3, status: 'finished' });
    const all = await collect(fleet.changes('other'), 3);
    expect(all.map(({ key }) => key)).toEqual([created?.key, running?.key, finished?.key]);
  });

  test('stops within seconds while Redis is away', async () => {
    const api = sharedApi();
    const worker = fleet.worker({ watch: { transport: api.transport, ...FAST } });
    await addTasks(fleet.connection(), ['task_1']);
    await expect.poll(() => worker.stats().watching).toBe(1);
    await fleet.server.kill();
    await worker.stop();
    expect(worker.stats().watching).toBe(0);
    await fleet.server.start();
    // the next owner of the task finds it when its lock has expired
    expect(await fleet.redis.llen('{fleet}:tasks:active')).toBe(1);
  });

  test('stops within seconds while Redis is full, and the next owner reads the status again', async () => {
    const api = sharedApi();
    const options = { watch: { transport: api.transport, ...FAST }, lockDuration: 1_000 };
    const worker = fleet.worker(options);
    await addTasks(fleet.connection(), ['task_1']);
    await collect(fleet.changes('first'), 1);
    await fleet.redis.config('SET', 'maxmemory', '1');
    api.status = 'running';
    await expect.poll(() => worker.stats().unpublished).toBe(1);
    await worker.stop();
    expect(worker.stats()).toMatchObject({ watching: 0, unpublished: 0, published: 1 });
    await fleet.redis.config('SET', 'maxmemory', '0');
    fleet.worker(options);
    expect(wordsOf(await collect(fleet.changes(), 2))).toEqual(['created', 'running']);
  });

  test('gives up a task whose lock has expired, and another worker takes it', async () => {
    const api = sharedApi();
    const options = { watch: { transport: api.transport, ...FAST }, lockDuration: 1_000 };
    const worker = fleet.worker(options);
    await addTasks(fleet.connection(), ['task_1']);
    await collect(fleet.changes(), 1);
    const [lock = ''] = await fleet.redis.keys('{fleet}:tasks:task-*:lock');
    await fleet.redis.del(lock);
    await expect.poll(() => worker.stats().lost, { timeout: 5_000 }).toBe(1);
    api.status = 'finished';
    expect(wordsOf(await collect(fleet.changes(), 1))).toEqual(['finished']);
  });

  test('addTasks rejects while Redis is full, and can be called again', async () => {
    await fleet.redis.config('SET', 'maxmemory', '1');
    await expect(addTasks(fleet.connection(), ['task_1'])).rejects.toThrow('OOM');
    await fleet.redis.config('SET', 'maxmemory', '0');
    await addTasks(fleet.connection(), ['task_1']);
    expect(await fleet.redis.llen('{fleet}:tasks:wait')).toBe(1);
  });

  test('a user of an instance decides how it reconnects', async () => {
    const connection = new Redis(fleet.server.url, { maxRetriesPerRequest: null });
    const errors: string[] = [];
    connection.on('error', ({ message }) => errors.push(message));
    await addTasks(connection, ['task_1']);
    expect(errors).toEqual([]);
    connection.disconnect();
  });
});
