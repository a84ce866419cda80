import fc from 'fast-check';
import { asyncScheduler } from 'rxjs';
import type { FleetObservation } from 'rxjs-task-status/fleet';
import { learnedDelay } from 'rxjs-task-status/learned';
import { describe, expect, test } from 'vitest';
import { fleetKeys } from '../../src/fleet/keys.js';
import { LearnedCounts, MAX_KEYS, parseCounts } from '../../src/fleet/learned-counts.js';
import { ThrottledLogger } from '../../src/fleet/logger.js';
import { OwnedTask, type TaskStore } from '../../src/fleet/owned-task.js';
import { RedisRetry } from '../../src/fleet/redis-retry.js';
import { hasRedis } from '../support/redis-server.js';
import { memoryLogger, useFleet } from './fixture.js';
import { learnedStub } from './learned-stub.js';

/** The hash of the key `''`, and what the others start with. */
const HASH = '{fleet}:learned-counts:';
const INDEX = '{fleet}:learned-keys';

describe('the counts in Redis', () => {
  test('are parsed by kind, bin and status, and running tasks are censored', () => {
    const fields = ['e5:running', '2', 'c5:running', '1', 'r5:running', '0.5', 'e7:a:b\nc', '3'];
    expect(parseCounts('k', [...fields, 'n:running', '9', 'unknown', '9'])).toEqual([
      { key: 'k', status: 'running', bin: 5, weight: 2, censored: false },
      { key: 'k', status: 'running', bin: 5, weight: 1.5, censored: true },
      { key: 'k', status: 'a:b\nc', bin: 7, weight: 3, censored: false },
    ]);
  });
});

describe.skipIf(!hasRedis)('the counts of a fleet', () => {
  const fleet = useFleet();
  let tasks = 0;

  function storeOf(): TaskStore {
    const log = new ThrottledLogger(memoryLogger(), asyncScheduler);
    const retry = new RedisRetry(asyncScheduler, log);
    return { redis: fleet.redis, keys: fleetKeys('{fleet}'), retry };
  }

  /** A worker whose schedule counts what the test says. */
  function setUp(halfLife = Infinity) {
    const store = storeOf();
    let observations: readonly FleetObservation[] = [];
    const stub = learnedStub({ halfLife, observe: () => observations });
    const log = new ThrottledLogger(memoryLogger(), asyncScheduler);
    const counts = new LearnedCounts(stub.learned, store, log);
    const duration = { taskId: '', status: '', from: 0, to: 0, censored: false };
    const valuesOf = (isRunning: boolean, ...next: readonly FleetObservation[]) => {
      observations = next;
      return counts.valuesOf(duration, isRunning);
    };
    const claim = async () => (await OwnedTask.claim(store, () => 0, `task_${tasks++}`, '1'))!;
    const publish = async (...next: readonly FleetObservation[]) => {
      const task = await claim();
      await task.publish({ status: 'finished' }, true, 0, valuesOf(false, ...next));
    };
    return { ...stub, counts, claim, publish, valuesOf };
  }

  const bin = fc.integer({ min: 0, max: 219 });
  const observation = fc.record({
    key: fc.constantFrom('', 'search', 'käse:1\n2'),
    status: fc.constantFrom('created', 'running', 'a:b'),
    bin,
    weight: fc.integer({ min: 1, max: 3 }),
    censored: fc.boolean(),
  });

  test('add up exactly, whoever counts, for all keys, statuses, bins and kinds', async () => {
    const worker = fc.constantFrom(0, 1, 2);
    await fc.assert(
      fc.asyncProperty(fc.array(fc.tuple(worker, observation), { minLength: 1 }), async (all) => {
        await fleet.redis.flushall();
        const workers = [setUp(), setUp(), setUp()];
        await Promise.all(all.map(([index, one]) => workers[index]!.publish(one)));
        const expected = new Map<string, number>();
        for (const [, { weight, ...place }] of all) {
          const name = JSON.stringify(place);
          expected.set(name, (expected.get(name) ?? 0) + weight);
        }
        const reader = setUp();
        await reader.counts.read();
        const read = [...reader.shared.values()].flat().map(({ weight, ...place }) => [
          JSON.stringify({
            key: place.key,
            status: place.status,
            bin: place.bin,
            censored: place.censored,
          }),
          weight,
        ]);
        expect(new Map(read as [string, number][])).toEqual(expected);
      }),
      { numRuns: 30 },
    );
  });

  test('give each worker the delays of a single schedule that has seen every task', async () => {
    const store = storeOf();
    const log = new ThrottledLogger(memoryLogger(), asyncScheduler);
    const options = { halfLife: Infinity, key: (taskId: string) => taskId.slice(0, 1) };
    const single = learnedDelay(options);
    const workers = [learnedDelay(options), learnedDelay(options), learnedDelay(options)];
    for (let n = 0; n < 60; n += 1) {
      const kind = n % 3 === 0 ? 'a' : 'b';
      const ms = (kind === 'a' ? 20_000 : 300_000) + 500 * n;
      const taskId = `${kind}_${n}`;
      single.record('running', ms, taskId);
      const counts = new LearnedCounts(workers[n % 2]!, store, log);
      const duration = { taskId, status: 'running', from: ms, to: ms, censored: false };
      const task = (await OwnedTask.claim(store, () => 0, taskId, '1'))!;
      await task.publish({ status: 'finished' }, true, 0, counts.valuesOf(duration));
    }
    // the third one has seen no task
    for (const worker of workers) {
      await new LearnedCounts(worker, store, log).read();
      for (const taskId of ['a_new', 'b_new', 'c_new']) {
        for (const elapsed of [0, 15_000, 40_000, 250_000]) {
          const delay = worker.delay(1, 'running', { taskId, elapsed });
          expect(delay).toBeCloseTo(single.delay(1, 'running', { taskId, elapsed }), 3);
          expect(delay).not.toBeCloseTo(1_000, 0);
        }
      }
    }
  });

  test('are reduced once for the fleet, not once for each worker', async () => {
    const halfLife = 16;
    const one = { key: '', status: 'running', bin: 3, weight: 1, censored: false };
    const other = { ...one, status: 'created' };
    const workers = [setUp(halfLife), setUp(halfLife), setUp(halfLife)];
    await workers[0]!.publish(other);
    for (let n = 0; n < 96; n += 1) await workers[n % 3]!.publish(one);
    await workers[0]!.counts.read();
    // reduced after each second one: w -> (w + 2) * 2 ** (-2 / 16)
    let expected = 0;
    for (let n = 0; n < 96; n += 2) expected = (expected + 2) * 0.5 ** (2 / halfLife);
    expect(workers[0]!.count('running')).toBeCloseTo(expected, 9);
    // the durations of another status forget nothing
    expect(workers[0]!.count('created')).toBe(1);
  });

  test('are not reduced for durations that have not ended', async () => {
    const { publish, counts, count } = setUp(16);
    const one = { key: '', status: 'running', bin: 3, weight: 1, censored: false };
    await publish(one);
    for (let n = 0; n < 20; n += 1) await publish({ ...one, censored: true });
    await counts.read();
    expect(count('running')).toBe(1);
  });

  test('a small count that is reduced disappears', async () => {
    const { publish, counts, shared } = setUp(8);
    const one = { key: '', status: 'running', bin: 3, weight: 1, censored: false };
    await publish(one);
    for (let n = 0; n < 90; n += 1) await publish({ ...one, bin: 4 });
    await counts.read();
    expect(shared.get('')?.map((observation) => observation.bin)).toEqual([4]);
  });

  test('the marks of a running task replace each other, and its end removes the last one', async () => {
    await fc.assert(
      fc.asyncProperty(fc.array(fc.array(observation, { maxLength: 3 })), async (marks) => {
        await fleet.redis.flushall();
        const { claim, counts, shared, valuesOf } = setUp();
        const task = await claim();
        await task.publish({ status: 'running' }, false, 0);
        for (const mark of marks) await task.mark(1, valuesOf(true, ...mark));
        await counts.read();
        const sum = [...shared.values()].flat().reduce((total, { weight }) => total + weight, 0);
        const expected = (marks.at(-1) ?? []).reduce((total, { weight }) => total + weight, 0);
        expect(sum).toBeCloseTo(expected, 9);
        await task.publish({ status: 'finished' }, true, 0);
        for (const key of await fleet.redis.keys(`${HASH}*`)) {
          const fields = Object.keys(await fleet.redis.hgetall(key));
          expect(fields.filter((field) => field.startsWith('r'))).toEqual([]);
        }
      }),
      { numRuns: 30 },
    );
  });

  test('a former owner marks nothing, and neither does one that has not published the change', async () => {
    const store = storeOf();
    const { valuesOf } = setUp();
    const values = valuesOf(true, { key: '', status: 's', bin: 1, weight: 1, censored: true });
    const former = (await OwnedTask.claim(store, () => 0, 'task', '1'))!;
    await former.publish({ status: 'running' }, false, 0);
    const owner = (await OwnedTask.claim(store, () => 0, 'task', '1'))!;
    await former.mark(5_000, values);
    expect(await fleet.redis.exists(HASH)).toBe(0);
    await owner.mark(5_000, values);
    expect(await fleet.redis.hget(HASH, 'r1:s')).toBe('1');
    expect((await OwnedTask.claim(store, () => 0, 'task', '1'))?.marked).toBe(5_000);
    await owner.publish({ status: 'paused' }, false, 0);
    // the new owner has published it
    expect(await fleet.redis.hget(HASH, 'r1:s')).toBe('1');
  });

  test('keep the keys that were counted last, in Redis and in each worker, and expire', async () => {
    const { counts, publish, shared } = setUp();
    const one = { status: 'running', bin: 3, weight: 1, censored: false };
    const keys = Array.from({ length: MAX_KEYS + 50 }, (_, n) => `key ${n}`);
    for (const [n, key] of keys.entries()) {
      await publish({ ...one, key });
      if (n === MAX_KEYS / 2) {
        await publish({ ...one, key: 'key 0' });
        await counts.read();
      }
    }
    await counts.read();
    const kept = ['key 0', ...keys.slice(51)].sort();
    expect([...shared.keys()].sort()).toEqual(kept);
    expect((await fleet.redis.zrange(INDEX, '0', '-1')).sort()).toEqual(kept);
    const hashes = await fleet.redis.keys(`${HASH}*`);
    expect(hashes).toHaveLength(MAX_KEYS);
    const day = 86_400_000;
    for (const hash of [hashes[0]!, hashes[1]!, INDEX]) {
      expect(await fleet.redis.pttl(hash)).toBeGreaterThan(89 * day);
    }
  });

  test('a key that was not counted for long is removed by the next count', async () => {
    const { publish } = setUp();
    const one = { status: 'running', bin: 3, weight: 1, censored: false };
    await publish({ ...one, key: 'old' });
    // 91 days ago, in microseconds
    await fleet.redis.zincrby(INDEX, String(-91 * 86_400_000_000), 'old');
    await publish({ ...one, key: 'new' });
    expect(await fleet.redis.zrange(INDEX, '0', '-1')).toEqual(['new']);
    expect(await fleet.redis.keys(`${HASH}*`)).toEqual([`${HASH}new`]);
  });

  test('a key needs a bounded space in Redis, also with every bin of six statuses', async () => {
    const { publish } = setUp(1_000);
    const bins = Array.from({ length: 220 }, (_, index) => index);
    for (let n = 0; n < 6; n += 1) {
      const one = { key: '', status: `status_${n}`, weight: 1 };
      const both = bins.map((place) => ({ ...one, bin: place, censored: false }));
      await publish(...both, ...both.map((other) => ({ ...other, censored: true })));
    }
    const bytes = Number(await fleet.redis.memory('USAGE', HASH, 'SAMPLES', 0));
    const fields = await fleet.redis.hlen(HASH);
    expect(fields).toBeLessThanOrEqual(6 * (2 * 220 + 1));
    expect(bytes / fields).toBeLessThan(150);
  });

  test('only what has changed is read again, and everything after Redis has lost the counts', async () => {
    const { counts, publish, learned } = setUp();
    const replaced: string[] = [];
    const { replaceShared } = learned;
    Object.assign(learned, {
      replaceShared: (key: string, observations: readonly FleetObservation[]) => {
        replaced.push(key);
        replaceShared(key, observations);
      },
    });
    const one = { status: 'running', bin: 3, weight: 1, censored: false };
    for (let n = 0; n < 45; n += 1) await publish({ ...one, key: `key ${n}` });
    await counts.read();
    expect(replaced).toHaveLength(45);
    await publish({ ...one, key: 'key 7' });
    await counts.read();
    await counts.read();
    expect(replaced.slice(45)).toEqual(['key 7']);
    await fleet.redis.flushall();
    // its clock was late before
    await fleet.redis.zadd(INDEX, 5, 'key 8');
    await fleet.redis.hset(`${HASH}key 8`, 'e1:running', 1);
    await counts.read();
    expect(replaced.slice(46)).toEqual(['key 8']);
  });
});
