import fc from 'fast-check';
import { asyncScheduler, firstValueFrom } from 'rxjs';
import type { FleetDuration } from 'rxjs-task-status/fleet';
import { describe, expect, test } from 'vitest';
import { fleetKeys } from '../../src/fleet/keys.js';
import { LearnedCounts } from '../../src/fleet/learned-counts.js';
import { ThrottledLogger } from '../../src/fleet/logger.js';
import { OwnedTask, type TaskStore } from '../../src/fleet/owned-task.js';
import { RedisRetry } from '../../src/fleet/redis-retry.js';
import { ADD, ADMIT } from '../../src/fleet/scripts.js';
import { hasRedis } from '../support/redis-server.js';
import { memoryLogger, useFleet, wordsOf } from './fixture.js';
import { learnedStub } from './learned-stub.js';

const TASK = 'task_1';
const WORKERS = ['a', 'b', 'c'] as const;
type WorkerName = (typeof WORKERS)[number];

/** What the protocol must do, in a few lines: the newest owner writes, and nobody else. */
class Model {
  generation = 0;
  ended = true;
  ordinal = 0;
  word: string | undefined;
  newest: WorkerName | undefined;
  /** The owner, and those that believe that they are. */
  readonly believers = new Set<WorkerName>();
  readonly published: string[] = [];
  /** How many durations of each status were counted. */
  readonly durations = new Map<string, number>();
  /** The status that the running task is counted for, if it is. */
  marked: string | undefined;
  /** When the last change was written: after the first and before the second time. */
  changedAt: readonly [number, number] | undefined;

  owns(worker: WorkerName): boolean {
    return this.newest === worker;
  }
}

/** The real workers: what each of them holds in its memory. */
interface Real {
  readonly store: TaskStore;
  readonly tasks: Map<WorkerName, OwnedTask>;
  readonly counts: LearnedCounts;
  generation: string;
}

/** Durations are counted in one bin. */
function durationOf(status: string, censored: boolean): FleetDuration {
  return { taskId: TASK, status, from: 0, to: 0, censored };
}

type Command = fc.AsyncCommand<Model, Real>;

/** How many changes of former owners were refused. */
let refused = 0;

/** How often a running task was counted. */
let marked = 0;

/** `addTasks`. */
class Add implements Command {
  check = () => true;
  async run(model: Model, real: Real): Promise<void> {
    const { redis, keys } = real.store;
    const [generation] = await ADD.list(redis, [keys.task(TASK)]);
    if (model.ended) {
      model.generation += 1;
      model.ended = false;
      model.word = undefined;
      model.changedAt = undefined;
      expect(generation).not.toBe(real.generation);
    } else expect(generation).toBe(real.generation);
    real.generation = String(generation);
  }
  toString = () => 'add';
}

/** A worker gets the job: the first time, after a crash, or because the lock of another has expired. */
class Claim implements Command {
  constructor(readonly worker: WorkerName) {}
  check = (model: Model) => model.generation > 0;
  async run(model: Model, real: Real): Promise<void> {
    const before = Date.now();
    const task = await OwnedTask.claim(real.store, () => 0, TASK, real.generation);
    const after = Date.now();
    expect(task).toBeDefined();
    const [earliest, latest] = model.changedAt ?? [];
    if (earliest === undefined || latest === undefined) expect(task?.elapsed).toBeUndefined();
    else {
      // a millisecond for the rounding of each reading
      expect(task?.elapsed).toBeGreaterThanOrEqual(before - latest - 2);
      expect(task?.elapsed).toBeLessThanOrEqual(after - earliest + 2);
      expect(task?.lastSeen).toBeLessThanOrEqual(task?.elapsed ?? NaN);
    }
    expect(task?.marked).toBe(model.marked === undefined ? 0 : 5_000);
    expect(task?.ended).toBe(model.ended);
    expect(task?.status).toBe(model.ended ? task?.status : model.word);
    model.newest = this.worker;
    model.believers.add(this.worker);
    real.tasks.set(this.worker, task!);
  }
  toString = () => `${this.worker} claims`;
}

/** A worker publishes a change. It may have lost the task and not know it. */
class Publish implements Command {
  constructor(
    readonly worker: WorkerName,
    readonly word: string,
    readonly isEnd: boolean,
  ) {}
  check = (model: Model) => model.believers.has(this.worker) && !model.ended;
  async run(model: Model, real: Real): Promise<void> {
    // what the owner knows: the status before
    const ended = model.word;
    const counts = ended === undefined ? [] : real.counts.valuesOf(durationOf(ended, false));
    const before = Date.now();
    const isOwner = await real.tasks
      .get(this.worker)!
      .publish({ status: this.word }, this.isEnd, 0, counts);
    const after = Date.now();
    expect(isOwner).toBe(model.owns(this.worker));
    if (!isOwner) {
      model.believers.delete(this.worker);
      refused += 1;
      return;
    }
    model.ordinal += 1;
    if (ended !== undefined) model.durations.set(ended, (model.durations.get(ended) ?? 0) + 1);
    model.marked = undefined;
    model.changedAt = [before, after];
    model.word = this.word;
    model.ended = this.isEnd;
    model.published.push(this.word);
    if (this.isEnd) model.believers.clear();
  }
  toString = () => `${this.worker} publishes ${this.word}${this.isEnd ? ' (end)' : ''}`;
}

/** A worker counts the task as running. It may have lost the task and not know it. */
class Mark implements Command {
  constructor(readonly worker: WorkerName) {}
  check = (model: Model) =>
    model.believers.has(this.worker) && model.word !== undefined && !model.ended;
  async run(model: Model, real: Real): Promise<void> {
    const word = model.word!;
    const counts = real.counts.valuesOf(durationOf(word, true), true);
    await real.tasks.get(this.worker)!.mark(5_000, counts);
    if (!model.owns(this.worker)) return;
    model.marked = word;
    marked += 1;
  }
  toString = () => `${this.worker} marks`;
}

/** A worker asks whether it may send a request. */
class Renew implements Command {
  constructor(readonly worker: WorkerName) {}
  check = (model: Model) => model.believers.has(this.worker);
  async run(model: Model, real: Real): Promise<void> {
    const { redis, keys } = real.store;
    const { owner } = real.tasks.get(this.worker)!;
    const answer = await ADMIT.list(
      redis,
      [keys.gate, keys.slot, keys.task(TASK)],
      [0, 0, owner, 1_000, 1_000],
    );
    expect(answer[0]).toBe(model.owns(this.worker) ? 1 : 0);
    expect(answer[3]).toEqual(model.owns(this.worker) ? [] : [0]);
  }
  toString = () => `${this.worker} asks`;
}

/** A worker gives the task back, and says when it is due. */
class HandOver implements Command {
  constructor(readonly worker: WorkerName) {}
  check = (model: Model) => model.believers.has(this.worker);
  async run(model: Model, real: Real): Promise<void> {
    const saved = await real.tasks
      .get(this.worker)!
      .saveRest({ due: 0, seen: 1, failures: 0, seenAgo: 0 });
    expect(saved).toBe(model.owns(this.worker));
    model.believers.delete(this.worker);
  }
  toString = () => `${this.worker} hands over`;
}

/** A worker is killed: it forgets everything. */
class Crash implements Command {
  constructor(readonly worker: WorkerName) {}
  check = (model: Model) => model.believers.has(this.worker);
  run(model: Model, real: Real): Promise<void> {
    model.believers.delete(this.worker);
    real.tasks.delete(this.worker);
    return Promise.resolve();
  }
  toString = () => `${this.worker} is killed`;
}

/** The state of the ended task expires. */
class Expire implements Command {
  check = (model: Model) => model.ended && model.generation > 0;
  async run(model: Model, real: Real): Promise<void> {
    const { redis, keys } = real.store;
    const key = keys.task(TASK);
    if (model.ordinal > 0) expect(await redis.pttl(key)).toBeGreaterThan(0);
    await redis.del(key);
    model.ordinal = 0;
    model.newest = undefined;
    model.believers.clear();
    model.generation = 0;
    model.changedAt = undefined;
  }
  toString = () => 'the state expires';
}

const worker = fc.constantFrom(...WORKERS);
const word = fc.constantFrom('created', 'running', 'paused');
const commands = fc.commands(
  [
    fc.constant(new Add()),
    // more of these, so that most runs have several owners
    worker.map((name) => new Claim(name)),
    worker.map((name) => new Claim(name)),
    fc.tuple(worker, word).map(([name, status]) => new Publish(name, status, false)),
    fc.tuple(worker, word).map(([name, status]) => new Publish(name, status, false)),
    fc.tuple(worker, word).map(([name, status]) => new Publish(name, status, false)),
    worker.map((name) => new Publish(name, 'finished', true)),
    worker.map((name) => new Mark(name)),
    worker.map((name) => new Mark(name)),
    worker.map((name) => new Renew(name)),
    worker.map((name) => new HandOver(name)),
    worker.map((name) => new Crash(name)),
    fc.constant(new Expire()),
  ],
  { maxCommands: 40, size: 'max' },
);

describe.skipIf(!hasRedis)('the ownership of a task', () => {
  const fleet = useFleet();

  function storeOf(): TaskStore {
    const log = new ThrottledLogger(memoryLogger(), asyncScheduler);
    const retry = new RedisRetry(asyncScheduler, log);
    return { redis: fleet.redis, keys: fleetKeys('{fleet}'), retry };
  }

  test('holds for claims, requests, changes, handovers, expiry, and a crash between any two of them', async () => {
    refused = 0;
    marked = 0;
    await fc.assert(
      fc.asyncProperty(commands, async (sequence) => {
        await fleet.redis.flushall();
        const model = new Model();
        const store = storeOf();
        const stub = learnedStub();
        const log = new ThrottledLogger(memoryLogger(), asyncScheduler);
        const counts = new LearnedCounts(stub.learned, store, log);
        const real: Real = { store, counts, tasks: new Map(), generation: '0' };
        await fc.asyncModelRun(() => ({ model, real }), sequence);
        const entries = await fleet.redis.xrange('{fleet}:changes', '-', '+');
        const words = entries.map(([, fields]) => fields[fields.indexOf('word') + 1]);
        expect(words).toEqual(model.published);
        const keys = entries.map(([, fields]) =>
          ['owner', 'ordinal'].map((name) => fields[fields.indexOf(name) + 1]).join(),
        );
        expect(new Set(keys).size).toBe(keys.length);
        await counts.read();
        for (const status of ['created', 'running', 'paused', 'finished']) {
          expect(stub.count(status)).toBe(model.durations.get(status) ?? 0);
          expect(stub.count(status, true)).toBe(model.marked === status ? 1 : 0);
        }
      }),
      { numRuns: 100 },
    );
    expect(refused).toBeGreaterThan(0);
    expect(marked).toBeGreaterThan(0);
  });

  test('a repeated write of the same change is not written twice', async () => {
    const store = storeOf();
    const task = (await OwnedTask.claim(store, () => 0, TASK, '1'))!;
    await task.publish({ status: 'running' }, false, 0);
    // the answer was lost, so the command is sent again
    await fleet.redis.hincrby('{fleet}:task:task_1', 'ordinal', 1);
    expect(await task.publish({ status: 'paused' }, false, 0)).toBe(true);
    expect(await fleet.redis.xlen('{fleet}:changes')).toBe(1);
  });

  test('owner numbers are not used twice, even if Redis forgets them', async () => {
    const store = storeOf();
    const owners: number[] = [];
    for (let n = 0; n < 5; n += 1) {
      await fleet.redis.del('{fleet}:task:task_1');
      owners.push(Number((await OwnedTask.claim(store, () => 0, TASK, '1'))?.owner));
    }
    expect(owners).toEqual([...new Set(owners)].sort((a, b) => a - b));
  });

  test('a job of an earlier generation is obsolete', async () => {
    const store = storeOf();
    await OwnedTask.claim(store, () => 0, TASK, '2');
    expect(await OwnedTask.claim(store, () => 0, TASK, '1')).toBeUndefined();
  });

  test('a change says when it was read, not when it was written', async () => {
    const store = storeOf();
    let now = 0;
    const task = await OwnedTask.claim(store, () => now, TASK, '1');
    now = 60_000;
    await task?.publish({ status: 'running' }, false, 0);
    const change = await firstValueFrom(fleet.changes('one'));
    expect(wordsOf([change])).toEqual(['running']);
    expect(Date.now() - change.at).toBeGreaterThan(50_000);
  });
});
