import { fileURLToPath } from 'node:url';
import { Queue } from 'bullmq';
import { Redis } from 'ioredis';
import { describe, expect, test } from 'vitest';
import type { Change } from '../../docs/examples/fleet/changes.js';
import { PREFIX, QUEUE } from '../../docs/examples/fleet/settings.js';
import { serveTaskApi } from 'rxjs-task-status/testing/server';
import { hasRedis, RedisServer } from '../support/redis-server.js';
import { runProgram, startProgram } from '../support/run-program.js';
import { scriptedApi } from '../support/scripted-api.js';

const program = (name: string) =>
  fileURLToPath(new URL(`../../docs/examples/fleet/${name}.ts`, import.meta.url));

describe.skipIf(!hasRedis)('a job that has failed', () => {
  test('is watched again when it is retried', { timeout: 60_000 }, async () => {
    const refused = { status: 401, body: '{"detail": "Invalid API key"}' };
    const api = scriptedApi({ task_1: ['running', refused, 'running', 'finished'] });
    const [redis, server] = await Promise.all([RedisServer.start(), serveTaskApi(api)]);
    const env = { REDIS_URL: redis.url, BROWSER_USE_BASE_URL: server.baseUrl };
    const connection = new Redis(redis.url, { maxRetriesPerRequest: null });
    const queue = new Queue(QUEUE, { connection, prefix: PREFIX });
    const worker = startProgram(program('worker'), [], env);
    const reader = startProgram(program('reader'), [], env);

    await runProgram(program('add-tasks'), ['task_1'], env);
    await reader.line(/unauthorized/);
    await expect.poll(() => queue.getFailedCount(), { timeout: 10_000 }).toBe(1);
    await queue.retryJobs();
    await reader.line(/finished/);
    await expect.poll(() => queue.getCompletedCount(), { timeout: 10_000 }).toBe(1);

    await queue.close();
    await connection.quit();
    for (const { child } of [worker, reader]) child.kill('SIGTERM');
    const { lines } = await reader.ended;
    await worker.ended;
    await Promise.all([server.close(), redis.stop()]);
    expect(
      lines
        .map((line) => JSON.parse(line) as Change)
        .map(({ key, status, error }) => [key, status ?? error]),
    ).toEqual([
      ['task_1:1', 'running'],
      ['task_1:2', 'unauthorized'],
      ['task_1:3', 'running'],
      ['task_1:4', 'finished'],
    ]);
  });
});
