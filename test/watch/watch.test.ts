import { type Observer, type SchedulerLike, Subscription, VirtualTimeScheduler } from 'rxjs';
import {
  browserUseV1,
  type StatusTransport,
  type TaskPoll,
  type TaskStatusOptions,
} from 'rxjs-task-status';
import { describe, expect, test } from 'vitest';
import type { Limiter } from '../../src/watch/limiter.js';
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

/** A watch without RxJS, and what it tells. `heard` is called with each of it. */
function bare(
  options: TaskStatusOptions<string>,
  clock: SchedulerLike = new VirtualTimeScheduler(),
  { limiter, heard }: { limiter?: Limiter; heard?: (what: unknown) => void } = {},
) {
  const told: unknown[] = [];
  const tell = (what: unknown): void => {
    told.push(what);
    heard?.(what);
  };
  const observer = {
    next: ({ status, error }: TaskPoll<string>) => tell(status ?? error),
    error: tell,
    complete: () => tell('complete'),
  };
  const watch = new Watch('task_1', resolveOptions(options, clock, limiter), observer);
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

test('law 7: a function of the API that ends the watch is the last that is heard of it', () => {
  const api = {
    ...browserUseV1,
    status: () => {
      watch.unsubscribe();
      return 'no status';
    },
  };
  const { watch, told } = bare({ api, transport: giving(answer('"running"')) });
  watch.start();
  expect(told).toEqual([]);
});

test('law 7: a limiter that ends the watch when it gets the answer is the last that is heard of it', () => {
  const limiter: Limiter = {
    acquire: (permit) => permit.grant?.(),
    release: (_, response) => {
      if (response) watch.unsubscribe();
      return false;
    },
  };
  const { watch, told } = bare(
    { transport: giving(answer('', 503)), retry: { shouldRetry: () => told.push('a retry') > 0 } },
    undefined,
    { limiter },
  );
  watch.start();
  expect(told).toEqual([]);
});

test('law 7: a signal that keeps its listeners ends a watch once', () => {
  const controller = new AbortController();
  controller.signal.removeEventListener = () => undefined;
  const { watch, told } = bare({
    signal: controller.signal,
    transport: giving(answer('"finished"')),
  });
  watch.start();
  controller.abort('enough');
  expect(told).toEqual(['finished', 'complete']);
});

describe('an exception of the observer', () => {
  const broken = new Error('broken');

  /** Throws when it hears this. */
  const throwsAt = (last: string) => ({
    heard: (what: unknown) => {
      if (what === last) throw broken;
    },
  });

  test('at an answer ends the watch with it', () => {
    const { watch, told } = bare(
      { transport: giving(answer('"running"')) },
      undefined,
      throwsAt('running'),
    );
    watch.start();
    expect(told).toEqual(['running', broken]);
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
    const { watch, told } = bare({ transport }, undefined, throwsAt('complete'));
    watch.start();
    expect(caught).toBe(broken);
    expect(told).toEqual(['finished', 'complete']);
  });

  test('at the error reaches the caller, and is no second error', () => {
    const { watch, told } = bare(
      { signal: AbortSignal.abort('enough'), transport: giving(answer('"running"')) },
      undefined,
      throwsAt('enough'),
    );
    expect(() => watch.start()).toThrow(broken);
    expect(told).toEqual(['enough']);
  });
});
