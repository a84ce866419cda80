import { VirtualTimeScheduler } from 'rxjs';
import type { TaskStatusOptions } from 'rxjs-task-status';
import { fakeTaskApi, type FakeTimeline } from 'rxjs-task-status/testing';

/** Tasks in memory and in virtual time, to try a recipe with. */
export function inMemory(tasks: Record<string, FakeTimeline>) {
  const scheduler = new VirtualTimeScheduler();
  const { transport, requests } = fakeTaskApi(tasks, { scheduler });
  // without jitter, so that every run prints the same
  const options: TaskStatusOptions = { transport, scheduler, backoff: { jitter: 0 } };
  const print = (...values: unknown[]) => {
    console.log(`${(scheduler.now() / 1_000).toFixed(1).padStart(5)} s `, ...values);
  };
  return { options, requests, scheduler, transport, print };
}
