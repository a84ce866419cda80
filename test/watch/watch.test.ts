import { type Observer, type SchedulerLike, Subscription, VirtualTimeScheduler } from 'rxjs';
import type { StatusTransport, TaskPoll, TaskStatusOptions } from 'rxjs-task-status';
import { expect, test } from 'vitest';
import { resolveOptions } from '../../src/watch/resolve-options.js';
import { Watch } from '../../src/watch/watch.js';

// What an Observable of RxJS would hide: its subscriber hears nothing after the end, whoever speaks.

const answer = (body: string, status = 200) => ({ status, headers: { get: () => null }, body });

/** Gives this answer within `subscribe`. */
const giving =
  (response: ReturnType<typeof answer>): StatusTransport =>
  () => ({
    subscribe: ({ next }: Partial<Observer<ReturnType<typeof answer>>>) => {
      next?.(response);
      return { unsubscribe: () => undefined };
    },
  });

/** A watch without RxJS, and what it tells. */
function bare(options: TaskStatusOptions, clock: SchedulerLike = new VirtualTimeScheduler()) {
  const told: unknown[] = [];
  const observer = {
    next: ({ status, error }: TaskPoll) => told.push(status ?? error),
    error: (error: unknown) => told.push(error),
    complete: () => told.push('complete'),
  };
  const watch = new Watch('task_1', resolveOptions(options, clock), observer);
  return { watch, told };
}

test('law 7: a shouldRetry that ends the watch is the last that is heard of it', () => {
  const { watch, told } = bare({
    transport: giving(answer('', 503)),
    retry: {
      shouldRetry: () => {
        watch.unsubscribe();
        return true;
      },
    },
  });
  watch.start();
  expect(told).toEqual([]);
});

test('law 7: what a watch holds is let go of once, however often it is unsubscribed', () => {
  const released: unknown[] = [];
  const clock: SchedulerLike = {
    now: () => 0,
    schedule: (_: unknown, delay?: number) => {
      const action = new Subscription();
      action.unsubscribe = () => released.push(delay);
      return action;
    },
  };
  const pollNow = {
    subscribe: () => ({ unsubscribe: () => released.push('pollNow') }),
  };
  const { watch, told } = bare(
    { timeout: 9_000, pollNow, transport: giving(answer('"finished"')) },
    clock,
  );
  watch.start();
  watch.unsubscribe();
  watch.unsubscribe();
  expect(told).toEqual(['finished', 'complete']);
  expect(released).toEqual([9_000, 'pollNow']);
});
