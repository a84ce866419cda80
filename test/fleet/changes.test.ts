import { Redis } from 'ioredis';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { OwnedTask, readChanges, type Change } from '../../docs/examples/fleet/changes.js';
import { hasRedis, RedisServer } from '../support/redis-server.js';

describe.skipIf(!hasRedis)('a task of the fleet', () => {
  let server: RedisServer;
  let redis: Redis;
  beforeAll(async () => {
    server = await RedisServer.start();
    redis = new Redis(server.url);
  });
  afterAll(async () => {
    await redis.quit();
    await server.stop();
  });

  async function changesOf(taskId: string): Promise<Change[]> {
    const stop = new AbortController();
    const changes: Change[] = [];
    const end = await OwnedTask.claim(redis, `the end of ${taskId}`);
    await end.publish({ status: 'finished' });
    for await (const { change } of readChanges(redis, '0', stop.signal)) {
      if (change.taskId === taskId) changes.push(change);
      if (change.taskId === end.taskId) break;
    }
    return changes;
  }

  test('passes the state of its last owner to the next one', async () => {
    const first = await OwnedTask.claim(redis, 'task_1');
    expect(first).toMatchObject({ ordinal: 0, update: undefined });
    await first.publish({ status: 'created' });
    await first.publish({ status: 'running' });
    const second = await OwnedTask.claim(redis, 'task_1');
    expect(second).toMatchObject({ ordinal: 2, update: { status: 'running' } });
    await second.publish({ error: 'not-found' });
    expect(await OwnedTask.claim(redis, 'task_1')).toMatchObject({
      ordinal: 3,
      update: { error: 'not-found' },
    });
    expect(await changesOf('task_1')).toEqual([
      { key: 'task_1:1', taskId: 'task_1', ordinal: 1, status: 'created' },
      { key: 'task_1:2', taskId: 'task_1', ordinal: 2, status: 'running' },
      { key: 'task_1:3', taskId: 'task_1', ordinal: 3, error: 'not-found' },
    ]);
  });

  test('cannot be changed by a former owner that does not know the new one', async () => {
    const former = await OwnedTask.claim(redis, 'task_2');
    await former.publish({ status: 'running' });
    const current = await OwnedTask.claim(redis, 'task_2');
    await current.publish({ status: 'paused' });
    expect(await former.publish({ status: 'finished' })).toBe(false);
    expect(await OwnedTask.claim(redis, 'task_2')).toMatchObject({
      ordinal: 2,
      update: { status: 'paused' },
    });
    expect((await changesOf('task_2')).map(({ status }) => status)).toEqual(['running', 'paused']);
  });
});
