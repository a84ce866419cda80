import { VirtualTimeScheduler } from 'rxjs';
import type { TaskStatusOptions } from 'rxjs-task-status';
import { fakeTaskApi, type FakeTimeline } from 'rxjs-task-status/testing';

/** Tasks to try a recipe on: in memory, by a clock that does not wait. */
export function inMemory(tasks: Record<string, FakeTimeline>) {
  const scheduler = new VirtualTimeScheduler();
  const { transport, requests } = fakeTaskApi(tasks, { scheduler });
  // without chance, so that every run prints the same
  const options: TaskStatusOptions = { transport, scheduler, backoff: { jitter: 0 } };
  const print = (...values: unknown[]) => {
    console.log(`${(scheduler.now() / 1_000).toFixed(1).padStart(5)} s `, ...values);
  };
  return { options, requests, scheduler, print };
}
