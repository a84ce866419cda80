import { VirtualTimeScheduler } from 'rxjs';
import type { TaskStatusPoolOptions } from 'rxjs-task-status';
import { fakeTaskApi, type FakeTimeline } from 'rxjs-task-status/testing';

/** Tasks in memory and in virtual time, to try a pool with. An answer takes 200 ms. */
export function inMemory(tasks: Record<string, FakeTimeline>) {
  const scheduler = new VirtualTimeScheduler();
  const { transport, requests } = fakeTaskApi(tasks, { scheduler, latency: 200 });
  const options: TaskStatusPoolOptions = {
    transport,
    scheduler,
    // without jitter, so that every run prints the same
    backoff: { jitter: 0 },
    retry: { jitter: 0 },
  };
  const print = (...values: unknown[]) => {
    console.log(`${(scheduler.now() / 1_000).toFixed(1).padStart(5)} s `, ...values);
  };
  return { options, requests, scheduler, print };
}
