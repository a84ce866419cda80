import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { asyncScheduler, firstValueFrom, map, take, toArray, type Subscription } from 'rxjs';
import { changes$, FleetGapError, type FleetChange } from 'rxjs-task-status/fleet';
import { describe, expect, test, vi } from 'vitest';
import { fleetKeys } from '../../src/fleet/keys.js';
import { ThrottledLogger } from '../../src/fleet/logger.js';
import { OwnedTask } from '../../src/fleet/owned-task.js';
import { RedisRetry } from '../../src/fleet/redis-retry.js';
import { hasRedis } from '../support/redis-server.js';
import { memoryLogger, useFleet, wordsOf } from './fixture.js';

const STREAM = '{fleet}:changes';

describe.skipIf(!hasRedis)('changes$', () => {
  const fleet = useFleet();

  /** Owns a task as a worker does. */
  function claim(taskId: string): Promise<OwnedTask | undefined> {
    const log = new ThrottledLogger(memoryLogger(), asyncScheduler);
    const retry = new RedisRetry(asyncScheduler, log);
    const store = { redis: fleet.redis, keys: fleetKeys('{fleet}'), retry };
    return OwnedTask.claim(store, () => 0, taskId, '1');
  }

  /** Publishes changes of a task as a worker does. */
  async function publish(taskId: string, ...words: string[]): Promise<void> {
    const task = await claim(taskId);
    for (const word of words) {
      const update = word === 'not-found' ? { error: word } : { status: word };
      await task?.publish(update, word === 'not-found', 0);
    }
  }

  const read = (consumer: string, count: number, from?: string): Promise<FleetChange[]> =>
    firstValueFrom(changes$(fleet.connection(), { consumer, from }).pipe(take(count), toArray()));
  const lengthOf = () => fleet.redis.xlen(STREAM);

  test('emits what workers have published, with the time of Redis', async () => {
    await publish('task_1', 'running', 'not-found');
    const changes = await read('one', 2);
    expect(changes).toMatchObject([
      { taskId: 'task_1', ordinal: 1, status: 'running' },
      { taskId: 'task_1', ordinal: 2, error: 'not-found' },
    ]);
    for (const { key, at } of changes) {
      expect(key).toMatch(/^task_1:\d{16}:[12]$/);
      expect(Math.abs(at - Date.now())).toBeLessThan(60_000);
    }
  });

  test('delivers each change once to each consumer', async () => {
    await publish('task_1', 'created', 'running', 'paused', 'running');
    expect(wordsOf(await read('one', 2))).toEqual(['created', 'running']);
    expect(wordsOf(await read('two', 3))).toEqual(['created', 'running', 'paused']);
    expect(wordsOf(await read('one', 2))).toEqual(['paused', 'running']);
    expect(wordsOf(await read('two', 1))).toEqual(['running']);
    expect(await fleet.received('one')).toEqual([]);
  });

  test('delivers a change that is in the stream twice only once, also after a restart', async () => {
    await publish('task_1', 'created', 'running');
    const [[, created] = [], [, running] = []] = await fleet.redis.xrange(STREAM, '-', '+');
    expect(wordsOf(await read('one', 2))).toEqual(['created', 'running']);
    await fleet.redis.xadd(STREAM, '*', ...(created ?? []));
    await fleet.redis.xadd(STREAM, '*', ...(running ?? []));
    await publish('task_1', 'paused');
    expect(wordsOf(await read('one', 1))).toEqual(['paused']);
    expect(wordsOf(await read('two', 3))).toEqual(['created', 'running', 'paused']);
    expect(await lengthOf()).toBe(5);
  });

  test('ignores entries of others', async () => {
    await fleet.redis.xadd(STREAM, '*', 'hello', 'world');
    await publish('task_1', 'running');
    expect(wordsOf(await read('one', 1))).toEqual(['running']);
  });

  test('errors if entries were trimmed that it has not read, and continues after the gap', async () => {
    await publish('task_1', 'created');
    const [created] = await fleet.redis.xrange(STREAM, '-', '+');
    await read('one', 1);
    await publish('task_1', 'running', 'paused', 'running');
    await fleet.redis.xtrim(STREAM, 'MAXLEN', 1);
    const [next] = await fleet.redis.xrange(STREAM, '-', '+');
    const error: unknown = await read('one', 1).catch((error: unknown) => error);
    expect(error).toBeInstanceOf(FleetGapError);
    expect(error).toMatchObject({
      name: 'FleetGapError',
      code: 'gap',
      consumer: 'one',
      missing: 2,
      lastId: created?.[0],
      nextId: next?.[0],
      taskId: 'task_1',
      ordinal: 4,
    });
    // the gap stays until the consumer says that it knows
    await expect(read('one', 1)).rejects.toThrow('2 changes were removed');
    const { resumeFrom } = error as FleetGapError;
    expect(wordsOf(await read('one', 1, resumeFrom))).toEqual(['running']);
    await publish('task_1', 'stopped');
    expect(wordsOf(await read('one', 1, resumeFrom))).toEqual(['stopped']);
  });

  test('errors if all entries were removed', async () => {
    await publish('task_1', 'created', 'running');
    await fleet.redis.xtrim(STREAM, 'MAXLEN', 0);
    const error: unknown = await read('one', 1).catch((error: unknown) => error);
    expect(error).toMatchObject({ missing: 2, lastId: '0-0' });
    const { resumeFrom } = error as FleetGapError;
    const rest = read('one', 1, resumeFrom);
    // longer than one read waits
    await sleep(1_200);
    await publish('task_1', 'stopped');
    expect(wordsOf(await rest)).toEqual(['stopped']);
  });

  test('leaves no timer behind that keeps the process alive', async () => {
    const schedule = vi.spyOn(asyncScheduler, 'schedule');
    const subscription = fleet.changes('one').subscribe();
    subscription.unsubscribe();
    const timers = schedule.mock.results.map(({ value }) => value as Subscription);
    schedule.mockRestore();
    expect(timers.length).toBeGreaterThan(0);
    // there is no position to save
    await sleep(0);
    expect(timers.filter(({ closed }) => !closed)).toEqual([]);
  });

  test('errors in the middle of its work if it is too slow', async () => {
    await publish('task_1', 'created');
    const words: string[] = [];
    const failed = new Promise((resolve) => {
      fleet.changes('one').subscribe({
        next: (change) => words.push(...wordsOf([change])),
        error: resolve,
      });
    });
    await expect.poll(() => words).toEqual(['created']);
    await fleet.redis
      .multi()
      .incrby('{fleet}:changes:sequence', 5)
      .xadd(
        STREAM,
        '*',
        ...'sequence 7 task task_1 owner 9000000000000000 ordinal 7 kind status word x'.split(' '),
      )
      .exec();
    expect(await failed).toMatchObject({ missing: 5, ordinal: 7 });
  });

  test('begins with the next change with from: $, also after a restart', async () => {
    await publish('task_1', 'created');
    const changes = read('one', 1, '$');
    const saved = () => fleet.redis.hget('{fleet}:consumer:one:position', 'sequence');
    await expect.poll(saved).toBe('1');
    await publish('task_1', 'running');
    expect(wordsOf(await changes)).toEqual(['running']);
    await publish('task_1', 'paused');
    expect(wordsOf(await read('one', 1, '$'))).toEqual(['paused']);
  });

  test('begins with the first change with from: $ if there is none yet', async () => {
    const changes = read('one', 1, '$');
    const saved = () => fleet.redis.hget('{fleet}:consumer:one:position', 'id');
    await expect.poll(saved).toBe('0-0');
    await publish('task_1', 'running');
    expect(wordsOf(await changes)).toEqual(['running']);
  });

  test('begins after an id of the stream', async () => {
    await publish('task_1', 'created', 'running', 'paused');
    const [, [id] = ['']] = await fleet.redis.xrange(STREAM, '-', '+');
    expect(wordsOf(await read('one', 1, id))).toEqual(['paused']);
    expect(await fleet.received('one')).toEqual([]);
  });

  test('begins after an id that is the last one, also after a restart', async () => {
    await publish('task_1', 'created');
    const [[id] = ['']] = await fleet.redis.xrange(STREAM, '-', '+');
    const waiting = changes$(fleet.connection(), { consumer: 'one', from: id }).subscribe();
    const saved = () => fleet.redis.hget('{fleet}:consumer:one:position', 'id');
    await expect.poll(saved, { timeout: 5_000 }).toBe(id);
    waiting.unsubscribe();
    await publish('task_1', 'running');
    expect(wordsOf(await read('one', 1))).toEqual(['running']);
  });

  test('delivers the changes of a task that is watched again after its state has expired', async () => {
    await publish('task_1', 'running', 'not-found');
    await read('one', 2);
    await fleet.redis.del('{fleet}:task:task_1');
    await publish('task_1', 'running');
    expect(await read('one', 1)).toMatchObject([{ ordinal: 1, status: 'running' }]);
  });

  test('goes on if Redis has lost the last second', async () => {
    await publish('task_1', 'created', 'running', 'paused');
    const entries = await fleet.redis.xrange(STREAM, '-', '+');
    const changes = read('one', 5);
    const saved = () => fleet.redis.hget('{fleet}:consumer:one:position', 'sequence');
    await expect.poll(saved).toBe('3');
    await fleet.redis.xdel(STREAM, entries[1]![0], entries[2]![0]);
    await fleet.redis.set('{fleet}:changes:sequence', 1);
    await fleet.redis.hset('{fleet}:task:task_1', 'ordinal', 1);
    await publish('task_2', 'running', 'finished');
    expect(wordsOf(await changes)).toEqual(['created', 'running', 'paused', 'running', 'finished']);
  });

  test('reports no gap if changes are published again between new ones', async () => {
    const task = await claim('task_1');
    for (const status of ['created', 'running']) await task?.publish({ status }, false, 0);
    const entries = await fleet.redis.xrange(STREAM, '-', '+');
    expect(wordsOf(await read('one', 2))).toEqual(['created', 'running']);
    // Redis has lost the last second
    await fleet.redis.xdel(STREAM, entries[1]![0]);
    await fleet.redis.set('{fleet}:changes:sequence', 1);
    await fleet.redis.hset('{fleet}:task:task_1', 'ordinal', 1);
    await publish('task_2', 'running');
    await task?.publish({ status: 'paused' }, false, 0);
    expect(await lengthOf()).toBe(4);
    expect(await read('one', 2)).toMatchObject([
      { taskId: 'task_2', status: 'running' },
      { taskId: 'task_1', status: 'paused' },
    ]);
  });

  test('goes on while its position cannot be saved, and saves it later', async () => {
    const words: string[] = [];
    const subscription = fleet
      .changes('one')
      .pipe(map((change) => wordsOf([change])))
      .subscribe(([word]) => words.push(word!));
    await publish('task_1', 'created');
    await expect.poll(() => words).toEqual(['created']);
    const saved = () => fleet.redis.hget('{fleet}:consumer:one:position', 'sequence');
    await expect.poll(saved).toBe('1');
    await publish('task_1', 'running');
    await fleet.redis.config('SET', 'maxmemory', '1');
    await expect.poll(() => words).toEqual(['created', 'running']);
    await sleep(100);
    await fleet.redis.config('SET', 'maxmemory', '0');
    await publish('task_1', 'paused');
    await expect.poll(() => words).toEqual(['created', 'running', 'paused']);
    await expect.poll(saved).toBe('3');
    subscription.unsubscribe();
    expect(await fleet.received('one')).toEqual([]);
  });

  test('survives a restart of Redis, and an end while Redis is away', async () => {
    const words: string[] = [];
    const subscription = fleet
      .changes('one')
      .subscribe((change) => words.push(...wordsOf([change])));
    await publish('task_1', 'created');
    await expect.poll(() => words).toEqual(['created']);
    await fleet.server.kill();
    await fleet.server.start();
    await publish('task_1', 'running');
    await expect.poll(() => words, { timeout: 10_000 }).toEqual(['created', 'running']);
    await fleet.server.kill();
    subscription.unsubscribe();
    await fleet.server.start();
    await fleet.redis.ping();
  });

  test('duplicates an instance, and is not the caller’s', async () => {
    await publish('task_1', 'created');
    const connection = new Redis(fleet.server.url);
    const [change] = await firstValueFrom(
      changes$(connection, { consumer: 'one' }).pipe(take(1), toArray()),
    );
    expect(change?.status).toBe('created');
    expect(await connection.ping()).toBe('PONG');
    connection.disconnect();
  });

  test.for([
    [{ consumer: '' }, 'consumer must be a string that is not empty, got ""'],
    [{ consumer: 1 }, 'consumer must be a string that is not empty, got number'],
    [undefined, 'options must be a plain object, got undefined'],
    [{ consumer: 'a', from: 5 }, `from must be '0', '$' or an id of the stream, got 5`],
    [{ consumer: 'a', from: 'now' }, `from must be '0', '$' or an id of the stream, got "now"`],
    [{ consumer: 'a', prefix: '' }, 'prefix must be a string that is not empty, got ""'],
  ])('throws at the call for %j', ([options, message]) => {
    expect(() => changes$(fleet.connection(), options as never)).toThrow(message);
  });
});
