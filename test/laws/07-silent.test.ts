import { config, NEVER, VirtualTimeScheduler } from 'rxjs';
import { afterEach, describe, expect } from 'vitest';
import { type StatusRequest, taskStatus$ } from '../../src/index.js';
import { history } from '../support/arbitraries.js';
import { historyWith, status, TASK_ID } from '../support/history.js';
import { predict } from '../support/model.js';
import { fc, test } from '../support/property.js';
import { runs } from '../support/runs.js';
import { endIn } from '../support/trace.js';
import { watch } from '../support/virtual.js';

describe('law 7: silent after the end', () => {
  test.prop([history(), fc.constantFrom('taskPolls$' as const, 'taskStatus$' as const)], runs(300))(
    'no emission, request, timer or listener is left after it, and one listener on signal before it',
    (history, stream) => {
      const { trace, breaches } = watch(history, stream);
      expect(breaches).toEqual([]);
      const end = trace.findIndex(([, what]) => what === 'end');
      if (end >= 0) expect(trace.slice(end + 1)).toEqual([]);
    },
  );

  test.prop(
    [history(), fc.nat(), fc.constantFrom('abort' as const, 'unsubscribe' as const)],
    runs(300),
  )(
    'whoever leaves at any instant has seen what there was until then, and nothing follows',
    (history, nth, act) => {
      const { instants } = predict(history, 'taskStatus$');
      const at = instants[nth % instants.length] ?? 0;
      const whole = watch(history, 'taskStatus$').trace;
      // First in the list: it happens before everything else that is due at its instant.
      const events = [{ at, act }, ...history.events];
      const { trace, breaches } = watch({ ...history, events }, 'taskStatus$');
      expect(breaches).toEqual([]);
      const end = endIn(trace);
      expect(trace.slice(0, -1)).toEqual(
        whole.slice(0, end === undefined ? whole.length : trace.length - 1),
      );
      expect(end?.at ?? Infinity).toBeLessThanOrEqual(endIn(whole)?.at ?? Infinity);
    },
  );

  test('unsubscribing aborts the request in flight, synchronously', () => {
    let request: StatusRequest | undefined;
    const transport = (it: StatusRequest) => {
      request = it;
      return NEVER;
    };
    const subscription = taskStatus$(TASK_ID, { transport }).subscribe();
    expect(request?.signal.aborted).toBe(false);
    subscription.unsubscribe();
    expect(request?.signal.aborted).toBe(true);
  });

  test('unsubscribing inside next, before subscribe has returned, stops it', () => {
    const history = historyWith({
      answers: [status('running')],
      inside: [{ inside: 'next', nth: 1, act: 'unsubscribe' }],
    });
    expect(watch(history, 'taskStatus$').trace).toEqual([
      [0, 'request', 1],
      [0, 'emission', 'running'],
      [0, 'end', 'unsubscribed'],
    ]);
  });

  test('a promise that fails after the end is no unhandled rejection', async () => {
    const failures: unknown[] = [];
    const note = (reason: unknown) => failures.push(reason);
    process.on('unhandledRejection', note);
    let fail: (reason: Error) => void = () => undefined;
    const transport = () => new Promise<never>((_, reject) => (fail = reject));
    taskStatus$(TASK_ID, { transport }).subscribe().unsubscribe();
    fail(new Error('too late'));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', note);
    expect(failures).toEqual([]);
  });

  afterEach(() => {
    config.onUnhandledError = null;
  });

  test('a throw in a callback of the subscriber is reported as RxJS does, and changes nothing', async () => {
    const reported: unknown[] = [];
    config.onUnhandledError = (error) => reported.push(error);
    const scheduler = new VirtualTimeScheduler();
    const words = ['created', 'running', 'finished'];
    const seen: string[] = [];
    const thrown = new Error('thrown by the subscriber');
    taskStatus$(TASK_ID, {
      scheduler,
      transport: () => ({
        subscribe: (observer) => {
          const body = JSON.stringify(words.shift());
          observer.next?.({ status: 200, headers: { get: () => null }, body });
          return { unsubscribe: () => undefined };
        },
      }),
    }).subscribe({
      next: (status) => {
        seen.push(status);
        throw thrown;
      },
      complete: () => {
        seen.push('complete');
        throw thrown;
      },
    });
    scheduler.flush();
    expect(seen).toEqual(['created', 'running', 'finished', 'complete']);
    await new Promise((resolve) => setTimeout(resolve));
    expect(reported).toEqual([thrown, thrown, thrown, thrown]);
  });
});
