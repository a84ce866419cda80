import { VirtualTimeScheduler } from 'rxjs';
import type { TaskStatusPool, TaskStatusPoolOptions } from 'rxjs-task-status';
import { fakeTaskApi, type FakeTimeline } from 'rxjs-task-status/testing';

/** The line above those of {@link measure}. */
export const HEAD = `${''.padEnd(24)}requests  mean lag`;

/**
 * Runs 50 tasks to their end in virtual time, and prints the requests for each task, and how long after its
 * end it was noticed.
 *
 * @param seed another seed gives tasks of other durations
 */
export function measure(
  name: string,
  seed: number,
  create: (options: TaskStatusPoolOptions) => TaskStatusPool,
): void {
  const scheduler = new VirtualTimeScheduler();
  const ends = new Map(durations(50, seed).map((end, n) => [`task_${n}`, end]));
  const tasks: Record<string, FakeTimeline> = {};
  for (const [taskId, end] of ends) {
    tasks[taskId] = [
      ['running', 0],
      ['finished', end],
    ];
  }
  const { transport, requests } = fakeTaskApi(tasks, { scheduler });
  const pool = create({ transport, scheduler, maxConcurrent: 50, backoff: { jitter: 0 } });
  let lag = 0;
  pool.statuses$(ends.keys()).subscribe({
    next: ({ taskId, status }) => {
      if (status === 'finished') lag += scheduler.now() - (ends.get(taskId) ?? 0);
    },
    complete: () => pool.close(),
  });
  scheduler.flush();
  const perTask = (requests.length / ends.size).toFixed(1).padStart(8);
  const seconds = (lag / ends.size / 1_000).toFixed(1).padStart(8);
  console.log(`${name.padEnd(24)}${perTask}${seconds} s`);
}

/** Durations of tasks, ms: half of them shorter than a minute, two thirds between 44 s and 81 s. */
export function durations(count: number, seed: number): readonly number[] {
  let state = seed;
  /** From 0 to 1, by the generator of Park and Miller: each run has the same durations. */
  const random = (): number => {
    state = (state * 48_271) % 2_147_483_647;
    return state / 2_147_483_647;
  };
  return Array.from({ length: count }, () => {
    // a normal distribution, by Box and Muller
    const normal = Math.sqrt(-2 * Math.log(random())) * Math.cos(2 * Math.PI * random());
    return Math.round(60_000 * Math.exp(0.3 * normal));
  });
}
