import { type Observer, type SchedulerLike, Subscription, VirtualTimeScheduler } from 'rxjs';
import {
  browserUseV1,
  type StatusTransport,
  type TaskPoll,
  type TaskStatusOptions,
} from 'rxjs-task-status';
import { describe, expect, onTestFinished, test, vi } from 'vitest';
import type { Limiter } from '../../src/watch/limiter.js';
import { resolveOptions } from '../../src/watch/resolve-options.js';
import { Watch } from '../../src/watch/watch.js';

// The engine without an Observable: RxJS would hide a notification after the end.

const answer = (body: string, status = 200) => ({ status, headers: { get: () => null }, body });

/** A transport that answers during `subscribe`. */
const answering =
  (response: ReturnType<typeof answer>): StatusTransport =>
  () => ({
    subscribe: ({ next }: Partial<Observer<ReturnType<typeof answer>>>) => {
      next?.(response);
      return { unsubscribe: () => undefined };
    },
  });

/** A watch without RxJS, and its notifications. `onNotification` is called with each. */
function createWatch(
  options: TaskStatusOptions<string>,
  clock: SchedulerLike = new VirtualTimeScheduler(),
  {
    limiter,
    onNotification,
  }: { limiter?: Limiter; onNotification?: (notification: unknown) => void } = {},
) {
  const notifications: unknown[] = [];
  const add = (notification: unknown): void => {
    notifications.push(notification);
    onNotification?.(notification);
  };
  const observer = {
    next: ({ status, error }: TaskPoll<string>) => add(status ?? error),
    error: add,
    complete: () => add('complete'),
  };
  const watch = new Watch('task_1', resolveOptions(options, clock, limiter), observer);
  return { watch, notifications };
}

test('law 7: no notification follows a shouldRetry that ends the watch', () => {
  const { watch, notifications } = createWatch({
    transport: answering(answer('', 503)),
    retry: {
      shouldRetry: () => {
        watch.unsubscribe();
        return true;
      },
    },
  });
  watch.start();
  expect(notifications).toEqual([]);
});

test('a notifier gets no signal in a runtime without AbortController', () => {
  vi.stubGlobal('AbortController', undefined);
  onTestFinished(() => void vi.unstubAllGlobals());
  const given: unknown[] = [];
  const pollNow = {
    subscribe: (_: unknown, options?: { signal: AbortSignal }) => {
      given.push(options);
    },
  };
  const { watch, notifications } = createWatch({
    transport: answering(answer('"finished"')),
    pollNow,
  });
  watch.start();
  expect(notifications).toEqual(['finished', 'complete']);
  expect(given).toEqual([undefined]);
});

test('law 7: every resource of a watch is released once, also if unsubscribe() is called again', () => {
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
  const { watch, notifications } = createWatch(
    { timeout: 9_000, pollNow, transport: answering(answer('"finished"')) },
    clock,
  );
  watch.start();
  watch.unsubscribe();
  watch.unsubscribe();
  expect(notifications).toEqual(['finished', 'complete']);
  expect(released).toEqual([9_000, 'pollNow']);
});

test('law 7: no notification follows a function of the API that ends the watch', () => {
  const api = {
    ...browserUseV1,
    status: () => {
      watch.unsubscribe();
      return 'no status';
    },
  };
  const { watch, notifications } = createWatch({ api, transport: answering(answer('"running"')) });
  watch.start();
  expect(notifications).toEqual([]);
});

test('law 7: no notification follows a limiter that ends the watch when it gets the answer', () => {
  const limiter: Limiter = {
    acquire: (permit) => permit.grant?.(),
    release: (_, response) => {
      if (response) watch.unsubscribe();
      return false;
    },
  };
  const { watch, notifications } = createWatch(
    {
      transport: answering(answer('', 503)),
      retry: { shouldRetry: () => notifications.push('a retry') > 0 },
    },
    undefined,
    { limiter },
  );
  watch.start();
  expect(notifications).toEqual([]);
});

test('law 7: a signal that keeps its listeners ends a watch once', () => {
  const controller = new AbortController();
  controller.signal.removeEventListener = () => undefined;
  const { watch, notifications } = createWatch({
    signal: controller.signal,
    transport: answering(answer('"finished"')),
  });
  watch.start();
  controller.abort('enough');
  expect(notifications).toEqual(['finished', 'complete']);
});

describe('an exception of the observer', () => {
  const broken = new Error('broken');

  /** Throws at this notification. */
  const throwsAt = (last: string) => ({
    onNotification: (notification: unknown) => {
      if (notification === last) throw broken;
    },
  });

  test('at an answer ends the watch with it', () => {
    const { watch, notifications } = createWatch(
      { transport: answering(answer('"running"')) },
      undefined,
      throwsAt('running'),
    );
    watch.start();
    expect(notifications).toEqual(['running', broken]);
  });

  test('at the completion reaches the caller, and is no error of the watch', () => {
    let caught: unknown;
    const transport: StatusTransport = () => ({
      subscribe: ({ next }: Partial<Observer<ReturnType<typeof answer>>>) => {
        try {
          next?.(answer('"finished"'));
        } catch (error) {
          caught = error;
        }
        return { unsubscribe: () => undefined };
      },
    });
    const { watch, notifications } = createWatch({ transport }, undefined, throwsAt('complete'));
    watch.start();
    expect(caught).toBe(broken);
    expect(notifications).toEqual(['finished', 'complete']);
  });

  test('at the error reaches the caller, and is no second error', () => {
    const { watch, notifications } = createWatch(
      { signal: AbortSignal.abort('enough'), transport: answering(answer('"running"')) },
      undefined,
      throwsAt('enough'),
    );
    expect(() => watch.start()).toThrow(broken);
    expect(notifications).toEqual(['enough']);
  });
});
