import { Redis, type RedisOptions } from 'ioredis';
import { addTasks, createFleetWorker } from 'rxjs-task-status/fleet';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { openConnection } from '../../src/fleet/connection.js';
import { ignore } from '../../src/fleet/ignore.js';
import { resolveWorkerOptions } from '../../src/fleet/worker-options.js';
import { memoryLogger } from './fixture.js';
import { learnedStub } from './learned-stub.js';

const valid = { connection: { lazyConnect: true }, watch: {} };
const { learned } = learnedStub();
const instance = new Redis({ lazyConnect: true, keyPrefix: 'mine:' });
afterEach(() => vi.restoreAllMocks());

describe('the options of a worker', () => {
  test.for<[options: object | undefined, message: string]>([
    [undefined, 'options must be a plain object, got undefined'],
    [{ connection: 'redis://redis' }, 'connection must be ioredis options or an ioredis instance'],
    [{ connection: null }, 'connection must be ioredis options'],
    [{ connection: ['redis'] }, 'connection must be ioredis options'],
    [{ connection: { keyPrefix: 'mine:' } }, 'connection has a keyPrefix'],
    [{ connection: instance }, 'connection has a keyPrefix'],
    [{ watch: undefined }, 'watch is missing'],
    [{ watch: { apiKey: 'a\nb' } }, 'apiKey has a line break inside'],
    [{ watch: { apiKey: ' ' } }, 'apiKey is empty'],
    [{ watch: { requestTimeout: 0 } }, 'requestTimeout must be'],
    [{ concurrency: 0 }, 'concurrency must be an integer of at least 1, got 0'],
    [{ concurrency: 1.5 }, 'concurrency must be an integer of at least 1, got 1.5'],
    [{ concurrency: '5' }, 'concurrency must be an integer of at least 1, got 5'],
    [{ maxAge: 0 }, 'maxAge must be a number of at least 1, got 0'],
    [{ lockDuration: 10 }, 'lockDuration must be a number of at least 1000, got 10'],
    [{ lockDuration: Infinity }, 'lockDuration must be'],
    [{ limit: 20 }, 'limit must be a plain object, got number'],
    [{ limit: null }, 'limit must be a plain object, got null'],
    [{ limit: {} }, 'limit.requestsPerSecond must be a number above 0, got undefined'],
    [
      { limit: { requestsPerSecond: 0 } },
      'limit.requestsPerSecond must be a number above 0, got 0',
    ],
    [{ limit: { requestsPerSecond: Infinity } }, 'limit.requestsPerSecond must be'],
    [{ prefix: '' }, 'prefix must be a string that is not empty, got ""'],
    [{ queue: 'a:b' }, 'queue must not contain a colon, got "a:b"'],
    [{ learned: null }, 'learned must be a plain object, got null'],
    [{ learned: {} }, 'learned must be the result of learnedDelay(); delay is missing'],
    [
      { learned: { ...learned, observe: 5 } },
      'learned must be the result of learnedDelay(); observe is missing',
    ],
    [
      { learned, watch: { backoff: { delay: () => 1 } } },
      'watch.backoff.delay and learned are two schedules; pass one of them',
    ],
    [{ logger: null }, 'logger must be a plain object, got null'],
    [{ logger: { info: () => undefined } }, 'logger must have the methods info, warn and error'],
  ])('throw for %j', ([options, message]) => {
    const given = options && { ...valid, ...options };
    expect(() => createFleetWorker(given as never)).toThrow(message);
  });

  test('are trimmed at the ends of the key', () => {
    const { watch } = resolveWorkerOptions({ ...valid, watch: { apiKey: 'key\n' } });
    expect(watch.apiKey).toBe('key\n');
    expect(resolveWorkerOptions(valid)).toMatchObject({ concurrency: 500, lockDuration: 30_000 });
  });

  test('a schedule that learns is the delay of the watches', () => {
    const { delay } = learned;
    const watch = { backoff: { maxDelay: 60_000 } };
    const backoff = { maxDelay: 60_000, delay };
    expect(resolveWorkerOptions({ ...valid, watch, learned }).watch.backoff).toEqual(backoff);
    const same = { ...valid, watch: { backoff: { delay } }, learned };
    expect(resolveWorkerOptions(same).watch.backoff).toEqual({ delay });
    expect(resolveWorkerOptions({ ...valid, learned }).watch.backoff).toEqual({ delay });
    expect(resolveWorkerOptions(valid).watch.backoff).toBeUndefined();
  });

  test('maxAge is the timeout of the watch, else infinite', () => {
    expect(resolveWorkerOptions(valid).maxAge).toBe(Infinity);
    expect(resolveWorkerOptions({ ...valid, watch: { timeout: 5 } }).maxAge).toBe(5);
    expect(resolveWorkerOptions({ ...valid, watch: { timeout: 5 }, maxAge: 6 }).maxAge).toBe(6);
  });

  test('the logger may be a function with the methods', () => {
    const logger = Object.assign(() => undefined, memoryLogger());
    expect(resolveWorkerOptions({ ...valid, logger }).logger).toBe(logger);
  });

  test('the logger is the console without its debug level', () => {
    const { logger } = resolveWorkerOptions(valid);
    const lines: unknown[] = [];
    for (const level of ['info', 'warn', 'error'] as const) {
      vi.spyOn(console, level).mockImplementation((line) => lines.push([level, line]));
      logger[level]('hello');
    }
    expect(lines).toEqual([
      ['info', 'hello'],
      ['warn', 'hello'],
      ['error', 'hello'],
    ]);
    expect(logger).not.toHaveProperty('debug');
  });
});

describe('a connection', () => {
  test('is opened again after 30 s without a reply, unless the user says otherwise', () => {
    const of = (options: RedisOptions) => {
      const opened = openConnection({ lazyConnect: true, ...options }, 'worker', ignore);
      opened.close();
      return opened.redis.options.socketTimeout;
    };
    expect(of({})).toBe(30_000);
    expect(of({ socketTimeout: 60_000 })).toBe(60_000);
  });
});

describe('addTasks', () => {
  test.for<[ids: unknown, message: string]>([
    ['task_1', 'ids must be an array of task ids or another iterable, got a string'],
    [undefined, 'ids must be an array of task ids or another iterable, got undefined'],
    [5, 'ids must be an array of task ids or another iterable, got number'],
    [null, 'ids must be an array of task ids or another iterable, got null'],
    [['..'], 'taskId must be'],
    [['\ud800'], 'taskId must be a string without lone surrogates'],
    [[1], 'taskId must be'],
  ])('throws at the call for %j', ([ids, message]) => {
    expect(() => addTasks({ lazyConnect: true }, ids as string[])).toThrow(message);
  });

  test('throws for a connection that cannot work', () => {
    expect(() => addTasks(instance, ['task_1'])).toThrow('keyPrefix');
  });
});
