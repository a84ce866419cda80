import { getEventListeners } from 'node:events';
import {
  config,
  finalize,
  NEVER,
  Observable,
  of,
  Subject,
  takeUntil,
  VirtualTimeScheduler,
} from 'rxjs';
import { afterEach, describe, expect } from 'vitest';
import { type StatusRequest, type StatusResponse, taskStatus$ } from '../../src/index.js';
import { history } from '../support/arbitraries.js';
import { ABORTED, historyWith, status, TASK_ID } from '../support/history.js';
import { predict } from '../support/model.js';
import { fc, test } from '../support/property.js';
import { runs } from '../support/runs.js';
import { endIn } from '../support/trace.js';
import { runHistory } from '../support/run-history.js';

describe('law 7: silent after the end', () => {
  test.prop([history(), fc.constantFrom('taskPolls$' as const, 'taskStatus$' as const)], runs(300))(
    'no emission, request, timer or listener is left after it, and one listener on signal before it',
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
    'whoever leaves at any instant has seen what there was until then, and nothing follows',
    (history, nth, act) => {
      const { instants } = predict(history, 'taskStatus$');
      const at = instants[nth % instants.length] ?? 0;
      const whole = runHistory(history, 'taskStatus$').trace;
      // First in the list: it happens before everything else that is due at its instant.
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

  const saying = (body: string, status = 200) => ({ status, headers: { get: () => null }, body });

  test('who is told of the end finds nothing left by then', () => {
    for (const body of ['"finished"', '"no status"']) {
      const scheduler = new VirtualTimeScheduler();
      const { signal } = new AbortController();
      const pauseWhile = new Subject<boolean>();
      const pollNow = new Subject<void>();
      const left: unknown[] = [];
      const look = () => {
        left.push(getEventListeners(signal, 'abort').length, scheduler.actions.length);
        left.push(pauseWhile.observed, pollNow.observed);
      };
      taskStatus$(TASK_ID, {
        scheduler,
        signal,
        pauseWhile,
        pollNow,
        timeout: 1_000,
        transport: () => of(saying(body)),
      }).subscribe({ error: look, complete: look });
      expect(left).toEqual([0, 0, false, false]);
    }
  });

  test('an abort that comes while a finished watch lets go of its notifiers is too late', () => {
    const abort = new AbortController();
    const told: unknown[] = [];
    taskStatus$(TASK_ID, {
      signal: abort.signal,
      pauseWhile: new Observable<boolean>(() => () => abort.abort(ABORTED)),
      transport: () => of(saying('"finished"')),
    }).subscribe({
      next: (status) => told.push(status),
      error: (error: unknown) => told.push(error),
      complete: () => told.push('complete'),
    });
    expect(told).toEqual(['finished', 'complete']);
  });

  test('a notifier that speaks while another is let go of is not heard', () => {
    const pauseWhile = new Subject<boolean>();
    let requests = 0;
    const watched = taskStatus$(TASK_ID, {
      scheduler: new VirtualTimeScheduler(),
      pauseWhile,
      pollNow: new Observable(() => () => {
        pauseWhile.next(true);
        pauseWhile.next(false);
      }),
      transport: () => {
        requests += 1;
        return of(saying('"running"'));
      },
    }).subscribe();
    watched.unsubscribe();
    expect(requests).toBe(1);
  });

  test('where the transport itself brings the end, what it gives is not subscribed to', () => {
    const abort = new AbortController();
    const told: unknown[] = [];
    let subscriptions = 0;
    taskStatus$(TASK_ID, {
      signal: abort.signal,
      transport: () => {
        abort.abort(ABORTED);
        return new Observable(() => void (subscriptions += 1));
      },
    }).subscribe({ error: (error: unknown) => told.push(error) });
    expect(told).toEqual([ABORTED]);
    expect(subscriptions).toBe(0);
  });

  test('an answer whose transport leaves while it is let go of is not judged any more', () => {
    const left$ = new Subject<void>();
    const asked: unknown[] = [];
    const answer$ = new Subject<StatusResponse>();
    taskStatus$(TASK_ID, {
      retry: { shouldRetry: ({ code }) => asked.push(code) > 0 },
      transport: () => answer$.pipe(finalize(() => left$.next())),
    })
      .pipe(takeUntil(left$))
      .subscribe();
    answer$.next(saying('', 503));
    expect(asked).toEqual([]);
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
