import { getEventListeners } from 'node:events';
import {
  config,
  delay,
  finalize,
  NEVER,
  of,
  Observable,
  Subject,
  type Subscription,
  take,
  takeUntil,
  tap,
  VirtualTimeScheduler,
} from 'rxjs';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { afterEach, describe, expect } from 'vitest';
import {
  type StatusRequest,
  type StatusResponse,
  taskPolls$,
  taskStatus$,
  toStatus,
} from '../../src/index.js';
import { history } from '../support/arbitraries.js';
import { ABORTED, historyWith, status, TASK_ID } from '../support/history.js';
import { predict } from '../support/model.js';
import { fc, test } from '../support/property.js';
import { runs } from '../support/runs.js';
import { endIn } from '../support/trace.js';
import { runHistory } from '../support/run-history.js';

describe('law 7: silent after the end', () => {
  test.prop([history(), fc.constantFrom('taskPolls$' as const, 'taskStatus$' as const)], runs(300))(
    'there is one listener on signal, and after the end no emission, request, timer or listener',
    (history, stream) => {
      const { trace, violations } = runHistory(history, stream);
      expect(violations).toEqual([]);
      const end = trace.findIndex(([, what]) => what === 'end');
      if (end >= 0) expect(trace.slice(end + 1)).toEqual([]);
    },
  );

  test.prop(
    [history(), fc.nat(), fc.constantFrom('abort' as const, 'unsubscribe' as const)],
    runs(300),
  )(
    'abort and unsubscribe at any instant change nothing before it, and nothing follows',
    (history, nth, act) => {
      const { instants } = predict(history, 'taskStatus$');
      const at = instants[nth % instants.length] ?? 0;
      const whole = runHistory(history, 'taskStatus$').trace;
      // first in the list, so that it comes before everything else that is due at its instant
      const events = [{ at, act }, ...history.events];
      const { trace, violations } = runHistory({ ...history, events }, 'taskStatus$');
      expect(violations).toEqual([]);
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
    expect(runHistory(history, 'taskStatus$').trace).toEqual([
      [0, 'request', 1],
      [0, 'emission', 'running'],
      [0, 'end', 'unsubscribed'],
    ]);
  });

  test('when error or complete is called, everything is released', () => {
    for (const answer of ['finished', { status: 404 }] as const) {
      const scheduler = new VirtualTimeScheduler();
      const { transport } = fakeTaskApi({ [TASK_ID]: [[answer, 0]] }, { scheduler });
      const { signal } = new AbortController();
      const pauseWhile = new Subject<boolean>();
      const pollNow = new Subject<void>();
      const remaining: unknown[] = [];
      const record = () => {
        remaining.push(getEventListeners(signal, 'abort').length, scheduler.actions.length);
        remaining.push(pauseWhile.observed, pollNow.observed);
      };
      const options = { transport, scheduler, signal, pauseWhile, pollNow, timeout: 1_000 };
      taskStatus$(TASK_ID, options).subscribe({ error: record, complete: record });
      expect(remaining).toEqual([0, 0, false, false]);
    }
  });

  test('an abort while a finished watch unsubscribes from its notifiers has no effect', () => {
    const abort = new AbortController();
    const events: unknown[] = [];
    taskStatus$(TASK_ID, {
      signal: abort.signal,
      pauseWhile: new Observable<boolean>(() => () => abort.abort(ABORTED)),
      transport: fakeTaskApi({ [TASK_ID]: [['finished', 0]] }).transport,
    }).subscribe({
      next: (status) => events.push(status),
      error: (error: unknown) => events.push(error),
      complete: () => events.push('complete'),
    });
    expect(events).toEqual(['finished', 'complete']);
  });

  test('a notifier that emits while the watch unsubscribes from another has no effect', () => {
    const scheduler = new VirtualTimeScheduler();
    const { transport, requests } = fakeTaskApi({ [TASK_ID]: [['running', 0]] }, { scheduler });
    const pauseWhile = new Subject<boolean>();
    const subscription = taskStatus$(TASK_ID, {
      transport,
      scheduler,
      pauseWhile,
      pollNow: new Observable(() => () => {
        pauseWhile.next(true);
        pauseWhile.next(false);
      }),
    }).subscribe();
    subscription.unsubscribe();
    expect(requests).toHaveLength(1);
  });

  test('if the transport ends the watch, its Observable is not subscribed to', () => {
    const abort = new AbortController();
    const events: unknown[] = [];
    let subscriptions = 0;
    taskStatus$(TASK_ID, {
      signal: abort.signal,
      transport: () => {
        abort.abort(ABORTED);
        return new Observable(() => void (subscriptions += 1));
      },
    }).subscribe({ error: (error: unknown) => events.push(error) });
    expect(events).toEqual([ABORTED]);
    expect(subscriptions).toBe(0);
  });

  test('an answer is ignored if the teardown of its transport unsubscribes', () => {
    const unsubscribe$ = new Subject<void>();
    const retried: unknown[] = [];
    const answer$ = new Subject<StatusResponse>();
    taskStatus$(TASK_ID, {
      retry: { shouldRetry: ({ code }) => retried.push(code) > 0 },
      transport: () => answer$.pipe(finalize(() => unsubscribe$.next())),
    })
      .pipe(takeUntil(unsubscribe$))
      .subscribe();
    answer$.next({ status: 503, headers: {}, body: '' });
    expect(retried).toEqual([]);
  });

  test.each([
    ['the deadline', 1, 0],
    ['a request', 2, 0],
    ['a delay', 3, 50],
  ])('a scheduler that ends the watch while it is given %s keeps no timer', (_, nth, at) => {
    for (const act of ['abort', 'unsubscribe'] as const) {
      const controller = new AbortController();
      const stop = new Subject<void>();
      const timers: Subscription[] = [];
      let endedAt: number | undefined;
      const scheduler = new VirtualTimeScheduler();
      const schedule: VirtualTimeScheduler['schedule'] = (work, ms, state) => {
        if (timers.length === nth - 1) {
          if (act === 'abort') controller.abort();
          else stop.next();
          endedAt = scheduler.now();
        }
        const timer = scheduler.schedule(work, ms, state);
        timers.push(timer);
        return timer;
      };
      const transport = () =>
        of({ status: 200, headers: {}, body: '"running"' }).pipe(delay(50, scheduler));
      taskStatus$(TASK_ID, {
        scheduler: { now: () => scheduler.now(), schedule },
        signal: controller.signal,
        timeout: 60_000,
        transport,
      })
        .pipe(takeUntil(stop))
        .subscribe({ error: () => undefined });
      scheduler.maxFrames = 50;
      scheduler.flush();
      expect(endedAt).toBe(at);
      expect(timers).toHaveLength(nth);
      expect(timers.every(({ closed }) => closed)).toBe(true);
    }
  });

  test('a promise that rejects after the end is not an unhandled rejection', async () => {
    const failures: unknown[] = [];
    const onUnhandled = (reason: unknown) => failures.push(reason);
    process.on('unhandledRejection', onUnhandled);
    let fail: (reason: Error) => void = () => undefined;
    const transport = () => new Promise<never>((_, reject) => (fail = reject));
    taskStatus$(TASK_ID, { transport }).subscribe().unsubscribe();
    fail(new Error('too late'));
    await new Promise((resolve) => setImmediate(resolve));
    process.off('unhandledRejection', onUnhandled);
    expect(failures).toEqual([]);
  });

  test('take(1) after toStatus() ends a watch that must poll at once inside next', () => {
    const scheduler = new VirtualTimeScheduler();
    const { transport, requests } = fakeTaskApi({ [TASK_ID]: [['running', 0]] }, { scheduler });
    const pauseWhile = new Subject<boolean>();
    const toggle = (): void => {
      pauseWhile.next(true);
      pauseWhile.next(false);
    };
    taskPolls$(TASK_ID, { scheduler, transport, pauseWhile })
      .pipe(toStatus(), tap(toggle), take(1))
      .subscribe();
    expect(requests).toHaveLength(1);
  });

  afterEach(() => {
    config.onUnhandledError = null;
  });

  test('an exception in a callback of the subscriber is reported as RxJS does, and changes nothing', async () => {
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
