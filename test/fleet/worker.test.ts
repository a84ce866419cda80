import { setTimeout as sleep } from 'node:timers/promises';
import { Redis } from 'ioredis';
import { firstValueFrom, NEVER, of, Observable, take, toArray, filter } from 'rxjs';
import { browserUseV2, browserUseV4, type StatusRequest } from 'rxjs-task-status';
import { addTasks, type FleetChange } from 'rxjs-task-status/fleet';
import { describe, expect, test, vi } from 'vitest';
import { hasRedis } from '../support/redis-server.js';
import { countingApi, FAST, memoryLogger, responseOf, useFleet, wordsOf } from './fixture.js';

const rejected = { status: 401, body: '{"detail": "Invalid API key"}' };

describe.skipIf(!hasRedis)('a worker of a fleet', () => {
  const fleet = useFleet();
  const add = (...ids: string[]) => addTasks(fleet.connection(), ids);
  const next = (count: number, consumer?: string): Promise<FleetChange[]> =>
    firstValueFrom(fleet.changes(consumer).pipe(take(count), toArray()));

  test('publishes each change of each task in order', async () => {
    const api = countingApi({
      task_1: ['created', 'running', 'running', 'finished'],
      task_2: ['running', 'failed'],
    });
    fleet.worker({ watch: { transport: api.transport, ...FAST } });
    await add('task_1', 'task_2');
    const changes = await next(5);
    const of = (taskId: string) => changes.filter((change) => change.taskId === taskId);
    expect(wordsOf(of('task_1'))).toEqual(['created', 'running', 'finished']);
    expect(wordsOf(of('task_2'))).toEqual(['running', 'failed']);
    expect(of('task_1').map(({ ordinal }) => ordinal)).toEqual([1, 2, 3]);
    expect(new Set(changes.map(({ key }) => key)).size).toBe(5);
    expect(api.requests.filter((taskId) => taskId === 'task_1')).toHaveLength(4);
  });

  test('has two connections', async () => {
    fleet.worker({ watch: { transport: () => NEVER, ...FAST } });
    const list = async () =>
      String(await fleet.redis.client('LIST'))
        .trim()
        .split('\n').length - 1;
    await expect.poll(list).toBe(2);
  });

  test('uses an instance that waits for Redis, and does not close it', async () => {
    const connection = new Redis(fleet.server.url, { maxRetriesPerRequest: null });
    const api = countingApi({ task_1: ['finished'] });
    const worker = fleet.worker({ connection, watch: { transport: api.transport } });
    await addTasks(connection, ['task_1']);
    expect(wordsOf(await next(1))).toEqual(['finished']);
    await worker.stop();
    expect(await connection.ping()).toBe('PONG');
    connection.disconnect();
  });

  test('duplicates another instance', async () => {
    const api = countingApi({ task_1: ['finished'] });
    fleet.worker({ connection: fleet.redis, watch: { transport: api.transport } });
    await addTasks(fleet.redis, ['task_1']);
    expect(wordsOf(await next(1))).toEqual(['finished']);
  });

  test('ends a task after 404 and 422, and publishes the code', async () => {
    const api = countingApi({ task_1: [{ status: 404 }], task_2: ['running', { status: 422 }] });
    const logger = memoryLogger();
    fleet.worker({ watch: { transport: api.transport, ...FAST }, logger });
    await add('task_1', 'task_2');
    expect(wordsOf(await next(3)).sort()).toEqual(['invalid', 'not-found', 'running']);
    expect(logger.lines.join()).not.toContain('polled again');
  });

  test('polls past a 404 in its grace period, and past an unknown word, which it logs', async () => {
    const api = countingApi({ task_1: [{ status: 404 }, 'archiving', 'archiving', 'finished'] });
    const logger = memoryLogger();
    const watch = { transport: api.transport, notFoundGrace: 60_000, ...FAST };
    fleet.worker({ watch, logger });
    await add('task_1');
    expect(wordsOf(await next(1))).toEqual(['finished']);
    expect(logger.lines.filter((line) => line.includes('archiving'))).toHaveLength(1);
  });

  test('ends no task after a failure that passes', async () => {
    const failures = [400, 408, 409, 500, 503, 301, 204].map((status) => ({ status }));
    const api = countingApi({ task_1: ['running', ...failures, 'finished'] });
    fleet.worker({ watch: { transport: api.transport, ...FAST } });
    await add('task_1');
    expect(wordsOf(await next(2))).toEqual(['running', 'finished']);
  });

  test('retries also with retry: false', async () => {
    const api = countingApi({ task_1: [{ status: 500 }, 'finished'] });
    fleet.worker({ watch: { transport: api.transport, retry: false } });
    await add('task_1');
    expect(wordsOf(await next(1))).toEqual(['finished']);
  });

  test('ends no task after an exception of a function of the user', async () => {
    const apiKey = vi.fn(() => 'key').mockRejectedValueOnce(new Error('no key'));
    const logger = memoryLogger();
    const api = countingApi({ task_1: ['finished'] });
    fleet.worker({ watch: { transport: api.transport, apiKey, ...FAST }, logger });
    await add('task_1');
    expect(wordsOf(await next(1))).toEqual(['finished']);
    expect(logger.lines.join()).toContain('no key');
  });

  test('pauses the fleet after a 401, says so once, tries again, and goes on', async () => {
    let isRejected = true;
    let requests = 0;
    const transport = () => {
      requests += 1;
      return Promise.resolve(responseOf(isRejected ? rejected : 'finished'));
    };
    const logger = memoryLogger();
    const ids = Array.from({ length: 20 }, (_, index) => `task_${index}`);
    const worker = fleet.worker({ watch: { transport, ...FAST }, logger });
    await add(...ids);
    await firstValueFrom(worker.stats$.pipe(filter(({ paused }) => paused)));
    await expect.poll(() => worker.stats().queued).toBe(20);
    const before = requests;
    await expect.poll(() => requests, { timeout: 10_000 }).toBe(before + 1);
    isRejected = false;
    expect(wordsOf(await next(20))).toEqual(ids.map(() => 'finished'));
    expect(logger.lines.filter((line) => line.includes('paused'))).toEqual([
      'error rxjs-task-status: The API key was rejected (401) for task "task_0": Invalid API key. The fleet is paused; one request is tried from time to time',
    ]);
    expect(logger.lines.filter((line) => line.includes('accepted again'))).toHaveLength(1);
    expect(logger.lines.join()).not.toContain('unauthorized');
    expect(worker.stats().paused).toBe(false);
  });

  test('asks a function for a new key after a long pause', async () => {
    let key = 'old key';
    const keys: string[] = [];
    await fleet.redis.hset('{fleet}:gate', 'heldUntil', Date.now() + 6_000);
    const watch = {
      apiKey: () => key,
      transport: ({ headers }: { headers: Readonly<Record<string, string>> }) => {
        keys.push(String(headers['Authorization']));
        return of(responseOf('finished'));
      },
      ...FAST,
    };
    const worker = fleet.worker({ watch });
    await add('task_1');
    await expect.poll(() => worker.stats().queued).toBe(1);
    expect(worker.stats().heldUntil).toBeGreaterThan(Date.now());
    key = 'new key';
    expect(wordsOf(await next(1))).toEqual(['finished']);
    expect(keys).toEqual(['Bearer new key']);
  });

  test('holds the whole fleet for a Retry-After, by the date of the answer', async () => {
    const now = Date.now() - 600_000;
    const headers = {
      date: new Date(now).toUTCString(),
      'retry-after': new Date(now + 3_600_000).toUTCString(),
    };
    const api = countingApi({ task_1: [{ status: 429, headers }] });
    const first = fleet.worker({ watch: { transport: api.transport, ...FAST } });
    const second = fleet.worker({ watch: { transport: api.transport, ...FAST }, concurrency: 1 });
    await add('task_1');
    const held = async () => Number(await fleet.redis.hget('{fleet}:gate', 'heldUntil'));
    await expect.poll(held).toBeGreaterThan(0);
    expect((await held()) - Date.now()).toBeGreaterThan(3_500_000);
    expect((await held()) - Date.now()).toBeLessThanOrEqual(3_600_000);
    await add('task_2', 'task_3');
    await expect.poll(() => first.stats().queued + second.stats().queued).toBe(2);
    expect(api.requests).toEqual(['task_1']);
    const stopped = Promise.all([first.stop(), second.stop()]);
    await stopped;
    expect(api.requests).toEqual(['task_1']);
  });

  test('reads retry-after-ms, and goes on after it', async () => {
    const limited = { status: 429, headers: { 'retry-after-ms': '300' } };
    const api = countingApi({ task_1: [limited, limited, 'finished'] });
    fleet.worker({ watch: { transport: api.transport, ...FAST } });
    await add('task_1');
    expect(wordsOf(await next(1))).toEqual(['finished']);
  });

  test('gives up a request after requestTimeout and aborts it', async () => {
    const aborted: string[] = [];
    let requests = 0;
    const watch = {
      transport: ({ signal }: { signal: AbortSignal }) => {
        requests += 1;
        if (requests > 1) return of(responseOf('finished'));
        return new Observable<never>(() => {
          signal.addEventListener('abort', () => aborted.push('first'));
        });
      },
      requestTimeout: 50,
      ...FAST,
    };
    const logger = memoryLogger();
    fleet.worker({ watch, logger });
    await add('task_1');
    expect(wordsOf(await next(1))).toEqual(['finished']);
    expect(aborted).toEqual(['first']);
    expect(logger.lines.join()).toContain('no answer within 50 ms (requestTimeout)');
  });

  test('publishes a task that does not end with the error timeout', async () => {
    const api = countingApi({ task_1: ['running'], task_2: ['running'] });
    fleet.worker({ watch: { transport: api.transport, ...FAST }, maxAge: 300, concurrency: 1 });
    await add('task_1', 'task_2');
    const changes = await next(4);
    expect(wordsOf(changes).sort()).toEqual(['running', 'running', 'timeout', 'timeout']);
  });

  test('watches an id again after its end, and once if it is still watched', async () => {
    const api = countingApi({ task_1: ['running', 'finished'], task_2: ['running'] });
    fleet.worker({ watch: { transport: api.transport, ...FAST } });
    await add('task_1', 'task_2');
    await next(3);
    await add('task_1', 'task_2', 'task_2');
    const changes = await next(4, 'other');
    expect(changes.map(({ taskId, ordinal }) => `${taskId} ${ordinal}`).sort()).toEqual([
      'task_1 1',
      'task_1 2',
      'task_1 3',
      'task_2 1',
    ]);
    expect(new Set(changes.map(({ key }) => key)).size).toBe(4);
    expect(await fleet.redis.llen('{fleet}:tasks:active')).toBe(1);
  });

  test('lets the state of ended tasks expire, and no other', async () => {
    const api = countingApi({ task_1: ['finished'], task_2: ['running'] });
    fleet.worker({ watch: { transport: api.transport, ...FAST } });
    await add('task_1', 'task_2');
    await next(2);
    expect(await fleet.redis.pttl('{fleet}:task:task_1')).toBeGreaterThan(0);
    expect(await fleet.redis.pttl('{fleet}:task:task_2')).toBe(-1);
    await expect.poll(() => fleet.redis.keys('{fleet}:tasks:task-task_1*')).toEqual([]);
  });

  test('polls more tasks than it has slots in turn', async () => {
    const scripts: Record<string, string[]> = {};
    for (let n = 0; n < 5; n += 1) scripts[`endless_${n}`] = ['running'];
    for (let n = 0; n < 10; n += 1) scripts[`short_${n}`] = ['running', 'running', 'finished'];
    const api = countingApi(scripts);
    const backoff = { initialDelay: 300, jitter: 0 };
    fleet.worker({ watch: { transport: api.transport, backoff }, concurrency: 5 });
    await add(...Object.keys(scripts));
    const changes = await next(25);
    expect(changes.filter(({ status }) => status === 'finished')).toHaveLength(10);
  });

  test('takes the slot of a task that waits for long', async () => {
    const api = countingApi({ task_1: ['running'], task_2: ['running', 'finished'] });
    const backoff = { initialDelay: 20_000 };
    const worker = fleet.worker({ watch: { transport: api.transport, backoff }, concurrency: 1 });
    await add('task_1');
    await next(1);
    await add('task_2');
    await expect.poll(() => worker.stats().waiting, { timeout: 5_000 }).toBe(1);
    await expect.poll(() => api.requests, { timeout: 5_000 }).toEqual(['task_1', 'task_2']);
  });

  test('continues the schedule after a change with resetOnChange: false', async () => {
    let requests = 0;
    const transport = ({ taskId }: StatusRequest) => {
      if (taskId === 'task_1') requests += 1;
      return Promise.resolve(responseOf(requests % 2 ? 'running' : 'paused'));
    };
    const backoff = { ...FAST.backoff, resetOnChange: false };
    fleet.worker({ watch: { transport, backoff }, concurrency: 1 });
    await add('task_1', 'task_2');
    const seen = async () => Number(await fleet.redis.hget('{fleet}:task:task_1', 'seen'));
    await expect.poll(seen, { timeout: 30_000, interval: 5 }).toBeGreaterThan(2);
  });

  test('shares the limit of requests with the other workers', async () => {
    const times: number[] = [];
    const transport = () => {
      times.push(performance.now());
      return Promise.resolve(responseOf('running'));
    };
    const options = { watch: { transport, ...FAST }, limit: { requestsPerSecond: 20 } };
    fleet.worker(options);
    fleet.worker(options);
    await add(...Array.from({ length: 10 }, (_, index) => `task_${index}`));
    await expect.poll(() => times.length, { timeout: 10_000 }).toBeGreaterThan(40);
    const elapsed = times[40]! - times[0]!;
    // 40 requests after the first one, a slot may be missed by a second
    expect(elapsed).toBeGreaterThan(1_000);
  });

  test('hands its tasks over when it stops, also if it is stopped twice', async () => {
    const api = countingApi({ task_1: ['running'] });
    const first = fleet.worker({ watch: { transport: api.transport, ...FAST } });
    await add('task_1');
    await next(1);
    const stats = firstValueFrom(first.stats$.pipe(toArray()));
    await Promise.all([first.stop(), first.stop()]);
    expect((await stats).at(-1)).toMatchObject({ watching: 0, published: 1, unpublished: 0 });
    expect(await fleet.redis.llen('{fleet}:tasks:wait')).toBe(1);
    const { length } = api.requests;
    await sleep(100);
    expect(api.requests).toHaveLength(length);
    api.scripts['task_1'] = ['finished'];
    fleet.worker({ watch: { transport: api.transport, ...FAST } });
    expect(wordsOf(await next(1))).toEqual(['finished']);
  });

  test('stops when its signal is aborted', async () => {
    const controller = new AbortController();
    const { signal } = controller;
    const worker = fleet.worker({ watch: { transport: () => NEVER, signal } });
    await add('task_1');
    await expect.poll(() => worker.stats().inFlight).toBe(1);
    controller.abort();
    await firstValueFrom(worker.stats$.pipe(toArray()));
    expect(worker.stats()).toMatchObject({ watching: 0, inFlight: 0 });
    const late = fleet.worker({ watch: { transport: () => NEVER, signal } });
    await firstValueFrom(late.stats$.pipe(toArray()));
  });

  test('sends no request for a task that has another owner', async () => {
    const api = countingApi({ task_1: ['running'] });
    const worker = fleet.worker({ watch: { transport: api.transport, ...FAST } });
    await add('task_1');
    await next(1);
    await fleet.redis.hset('{fleet}:task:task_1', 'owner', '9000000000000000');
    await expect.poll(() => worker.stats().lost).toBe(1);
    const { length } = api.requests;
    await sleep(100);
    expect(api.requests).toHaveLength(length);
  });

  test('publishes nothing of a task that has another owner', async () => {
    let answer: (word: string) => void = () => undefined;
    const transport = () =>
      new Promise<ReturnType<typeof responseOf>>((resolve) => {
        answer = (word) => resolve(responseOf(word));
      });
    const worker = fleet.worker({ watch: { transport, ...FAST } });
    await add('task_1');
    await expect.poll(() => worker.stats().inFlight).toBe(1);
    await fleet.redis.hset('{fleet}:task:task_1', 'owner', '9000000000000000');
    answer('running');
    await expect.poll(() => worker.stats().lost).toBe(1);
    expect(await fleet.redis.exists('{fleet}:changes')).toBe(0);
  });

  test('gives up the watch of a job that it gets a second time', async () => {
    const api = countingApi({ task_1: ['running'] });
    const backoff = { initialDelay: 600_000 };
    const worker = fleet.worker({ watch: { transport: api.transport, backoff } });
    await add('task_1');
    await next(1);
    // as after a freeze: the lock has expired, and the job waits again
    const [jobId = ''] = await fleet.redis.lrange('{fleet}:tasks:active', 0, -1);
    await fleet.redis
      .multi()
      .del(`{fleet}:tasks:${jobId}:lock`)
      .lrem('{fleet}:tasks:active', 0, jobId)
      .rpush('{fleet}:tasks:wait', jobId)
      .zadd('{fleet}:tasks:marker', 0, '0')
      .exec();
    await expect
      .poll(() => worker.stats(), { timeout: 20_000 })
      .toMatchObject({ lost: 1, watching: 1 });
    await expect.poll(() => api.requests.length).toBe(2);
    await worker.stop();
    expect(worker.stats().watching).toBe(0);
  });

  test('watches a task whose stored status the API does not have', async () => {
    const v1 = countingApi({ task_1: ['running'] });
    const worker = fleet.worker({ watch: { transport: v1.transport, ...FAST } });
    await add('task_1');
    expect(wordsOf(await next(1))).toEqual(['running']);
    await worker.stop();
    const transport = () => of({ status: 200, headers: {}, body: '{"status":"finished"}' });
    fleet.worker({ watch: { api: browserUseV2, transport } as never });
    expect(wordsOf(await next(1))).toEqual(['finished']);
  });

  test('watches the tasks of another API', async () => {
    const transport = () => of({ status: 200, headers: {}, body: '{"status":"completed"}' });
    const worker = fleet.worker({ watch: { api: browserUseV4, transport } as never });
    await add('run_1');
    expect(wordsOf(await next(1))).toEqual(['completed']);
    expect(worker.stats()).toMatchObject({ requests: 1, errors: 0, published: 1 });
  });
});
