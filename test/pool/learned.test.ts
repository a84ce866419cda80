import { mkdtempSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { VirtualTimeScheduler } from 'rxjs';
import { createTaskStatusPool, type TaskStatusPoolOptions } from 'rxjs-task-status';
import { learnedDelay } from 'rxjs-task-status/learned';
import { fakeTaskApi, type FakeTimeline } from 'rxjs-task-status/testing';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { outputOf } from '../docs/embed.js';

/** Tasks in virtual time that run for so long, ms. */
function tasksOf(ends: readonly number[]) {
  const scheduler = new VirtualTimeScheduler();
  const tasks: Record<string, FakeTimeline> = {};
  ends.forEach((end, n) => {
    tasks[`task_${n}`] = [
      ['running', 0],
      ['finished', end],
    ];
  });
  const { transport, requests } = fakeTaskApi(tasks, { scheduler });
  const options: TaskStatusPoolOptions = { transport, scheduler, backoff: { jitter: 0 } };
  return { ids: Object.keys(tasks), scheduler, requests, options };
}

const ENDS = Array.from({ length: 40 }, (_, n) => 55_000 + 250 * n);

describe('a pool with a schedule that learns', () => {
  function run(schedule: Pick<ReturnType<typeof learnedDelay>, 'delay' | 'learn'> | undefined) {
    const { ids, scheduler, requests, options } = tasksOf(ENDS);
    const backoff = {
      ...options.backoff,
      ...(schedule && { delay: schedule.delay, maxDelay: 60_000 }),
    };
    const pool = createTaskStatusPool({ ...options, backoff });
    if (schedule) pool.allPolls$.pipe(schedule.learn()).subscribe();
    let lag = 0;
    pool.statuses$(ids).subscribe({
      next: ({ taskId, status }) => {
        if (status === 'finished') lag += scheduler.now() - ENDS[Number(taskId.slice(5))]!;
      },
      complete: () => pool.close(),
    });
    scheduler.flush();
    return { requests: requests.length, lag };
  }

  test('makes fewer requests than the default schedule for the same tasks, and notices their end sooner', () => {
    const learned = learnedDelay();
    const usual = run(undefined);
    const first = run(learned);
    const later = run(learned);
    expect(first.requests).toBeLessThan(1.1 * usual.requests);
    expect(later.requests).toBeLessThan(0.6 * usual.requests);
    expect(later.lag).toBeLessThan(usual.lag);
  });

  test('continues with what it has learned after a restart', () => {
    const learned = learnedDelay();
    run(learned);
    const history: unknown = JSON.parse(JSON.stringify(learned));
    expect(run(learnedDelay({ history })).requests).toBeLessThan(0.6 * run(undefined).requests);
  });

  test('makes fewer requests, and the lag grows, the higher the price of a request is', () => {
    const of = (requestCost: number) => {
      const learned = learnedDelay({ requestCost });
      for (const end of ENDS) learned.record('running', end);
      return run({ delay: learned.delay, learn: () => (polls$) => polls$ });
    };
    const [cheap, usual, dear] = [of(50), of(200), of(800)];
    expect(usual.requests).toBeLessThan(cheap.requests);
    expect(dear.requests).toBeLessThan(usual.requests);
    expect(usual.lag).toBeGreaterThan(cheap.lag);
    expect(dear.lag).toBeGreaterThan(usual.lag);
  });
});

describe('the example of a pool that learns', () => {
  let folder = '';
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'learned-'));
  });
  afterAll(() => rmSync(folder, { recursive: true }));

  /** Requests for each task, and seconds of lag, of each line of the output. */
  async function figures(): Promise<number[][]> {
    const output = await outputOf('docs/examples/learned/pool.ts');
    const lines = output.split('\n').slice(1);
    return lines.map((line) => [...line.matchAll(/\d+\.\d/g)].map(([figure]) => Number(figure)));
  }

  test('makes fewer requests after a restart than the default schedule, with less lag', async () => {
    const [first, second, third, usual] = await figures();
    expect(first![0]).toBeGreaterThan(second![0]!);
    expect(third![0]).toBeLessThan(0.65 * usual![0]!);
    expect(third![1]).toBeLessThan(usual![1]!);
  });

  test('keeps what it has learned in a file, also if the program does not close the pool', async () => {
    await figures();
    const { learnedPool } = await import('../../docs/examples/learned/pool.js');
    const file = join(folder, 'history.json');
    const { ids, scheduler, options } = tasksOf(ENDS);
    learnedPool(file, options).statuses$(ids).subscribe();
    scheduler.maxFrames = 59_000;
    scheduler.flush();
    expect(readdirSync(folder)).toEqual([]);
    scheduler.maxFrames = 61_000;
    scheduler.flush();
    // it is not closed: the program has crashed
    expect(readdirSync(folder)).toEqual(['history.json']);
    const history: unknown = JSON.parse(readFileSync(file, 'utf8'));
    expect(history).toHaveProperty('overall.running');
    const next = tasksOf(ENDS);
    const pool = learnedPool(file, next.options);
    pool.statuses$(next.ids).subscribe({ complete: () => pool.close() });
    next.scheduler.flush();
    const usual = tasksOf(ENDS);
    createTaskStatusPool(usual.options).statuses$(usual.ids).subscribe();
    usual.scheduler.flush();
    expect(next.requests.length).toBeLessThan(0.7 * usual.requests.length);
  });

  test('does not start with a file that is not a history', async () => {
    await figures();
    const { learnedPool } = await import('../../docs/examples/learned/pool.js');
    const file = join(folder, 'broken.json');
    writeFileSync(file, '{"some":"thing"}');
    expect(() => learnedPool(file, {})).toThrow(TypeError);
  });
});
