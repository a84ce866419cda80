import { NEVER, Subject, VirtualTimeScheduler } from 'rxjs';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { describe, expect } from 'vitest';
import { createTaskStatusPool, taskStatus$ } from '../../src/index.js';
import { history } from '../support/arbitraries.js';
import {
  type Answer,
  historyWith,
  http,
  seconds,
  status,
  type TimedEvent,
} from '../support/history.js';
import { fc, test } from '../support/property.js';
import { runs } from '../support/runs.js';
import { emissionsIn, endIn, pollsIn, requestsIn } from '../support/trace.js';
import { runHistory } from '../support/run-history.js';

const bounded = fc
  .tuple(history(), fc.constantFrom(0, 1, 500, 1_000, 2_000, 5_000))
  .map(([history, timeout]) => ({ ...history, options: { ...history.options, timeout } }));

describe('law 11: deadline', () => {
  test.prop([bounded], runs(300))(
    'after the final poll only its repetition is sent, and each ends within its limit',
    (history) => {
      const { timeout, requestTimeout = 30_000 } = history.options;
      const deadline = history.start + timeout;
      const limit = Math.min(requestTimeout, 30_000);
      const { trace } = runHistory(history, 'taskPolls$');
      const late = requestsIn(trace).filter((ms) => ms > deadline);
      expect(late.length).toBeLessThanOrEqual(timeout > 0 ? 1 : 0);
      for (const ms of late) expect(ms).toBeLessThan(deadline + 1_001);
      // a pause may end the watch in the millisecond before the repetition
      expect(endIn(trace)?.at).toBeLessThanOrEqual((late[0] ?? deadline + 1) + limit);
    },
  );

  test('a pause when the repetition is due ends the watch, which is the latest end without it', () => {
    const { trace } = runHistory(
      historyWith({
        answers: [status('running'), status('paused', 1_000)],
        options: { timeout: 700, requestTimeout: 1 },
        events: [{ at: 702, scheduledAt: 0, act: 'pause' }],
      }),
      'taskStatus$',
    );
    expect(requestsIn(trace)).toEqual([0, 700]);
    expect(endIn(trace)).toMatchObject({ at: 702, how: { code: 'timeout' } });
  });

  test.prop([bounded], runs(300))(
    'the final poll emits, completes or errors like any poll, else it is a TaskTimeoutError',
    (history) => {
      const { trace } = runHistory({ ...history, inside: [] }, 'taskPolls$');
      const end = endIn(trace);
      const [, what, poll] = trace.at(-2) ?? [];
      if (typeof end?.how !== 'object' || !('name' in end.how) || end.how.code !== 'timeout')
        return;
      expect(end.at).toBeGreaterThanOrEqual(history.start + history.options.timeout);
      if (what === 'poll' && end.how.cause?.fromPoll === poll.attempt) {
        expect(end.how.cause).toEqual({ ...poll.error, fromPoll: poll.attempt });
      }
    },
  );

  const runFinalPoll = (answer: Answer, options = {}) =>
    runHistory(
      historyWith({
        answers: [status('running'), answer],
        options: { timeout: 700, ...options },
      }),
      'taskStatus$',
    ).trace;
  const timedOut = { name: 'TaskTimeoutError', code: 'timeout', timeout: 700 };

  test('the deadline ends a delay, and a changed status is emitted', () => {
    expect(runFinalPoll(status('finished'))).toEqual([
      [0, 'request', 1],
      [0, 'emission', 'running'],
      [700, 'request', 2],
      [700, 'emission', 'finished'],
      [700, 'end', 'complete'],
    ]);
    const paused = runFinalPoll(status('paused', 100));
    expect(emissionsIn(paused)).toEqual(['running', 'paused']);
    expect(endIn(paused)).toMatchObject({ at: 800, how: { ...timedOut, lastStatus: 'paused' } });
  });

  test('an unchanged status is a TaskTimeoutError without a cause', () => {
    const end = endIn(runFinalPoll(status('running')))?.how;
    expect(end).toMatchObject(timedOut);
    expect(end).not.toHaveProperty('cause');
  });

  test('a permanent failure is the error, a transient one the cause', () => {
    expect(endIn(runFinalPoll(http(410)))?.how).toMatchObject({
      name: 'HttpStatusError',
      status: 410,
    });
    expect(endIn(runFinalPoll(http(503, 0, seconds(9_999))))?.how).toMatchObject({
      ...timedOut,
      cause: { name: 'HttpStatusError', status: 503 },
    });
  });

  test.prop([fc.constantFrom(1_000, 30_000, 30_001, 120_000, Infinity)])(
    'the final poll ends by the sooner of requestTimeout and 30 s',
    (requestTimeout) => {
      const limit = Math.min(requestTimeout, 30_000);
      expect(endIn(runFinalPoll({ kind: 'no answer' }, { requestTimeout }))).toMatchObject({
        at: 700 + limit,
        how: { ...timedOut, cause: { code: 'request-timeout', timeout: limit } },
      });
    },
  );

  test('a request in flight at the deadline is the final poll, also in a pause', () => {
    for (const events of [[], [{ at: 100, act: 'pause' as const }]]) {
      const { trace } = runHistory(
        historyWith({ answers: [status('finished', 5_000)], options: { timeout: 700 }, events }),
        'taskStatus$',
      );
      expect(trace.slice(1)).toEqual([
        [5_000, 'emission', 'finished'],
        [5_000, 'end', 'complete'],
      ]);
    }
  });

  test('in a pause, and with a floor beyond the deadline, there is no final poll', () => {
    const failed = http(503, 0, seconds(1));
    for (const events of [[], [{ at: 100, act: 'pause' as const }]]) {
      const { trace } = runHistory(
        historyWith({ answers: [failed], options: { timeout: 700 }, events }),
        'taskStatus$',
      );
      expect(requestsIn(trace)).toEqual([0]);
      expect(endIn(trace)).toMatchObject({ at: 700, how: { ...timedOut, cause: { status: 503 } } });
    }
  });

  test('timeout: 0 makes the first request the final poll, and errors during subscribe when paused', () => {
    const options = { timeout: 0 };
    const answers = [status('running', 100)];
    expect(runHistory(historyWith({ answers, options }), 'taskStatus$').trace).toMatchObject([
      [0, 'request', 1],
      [100, 'emission', 'running'],
      [100, 'end', { name: 'TaskTimeoutError', attempts: 1 }],
    ]);
    const onSubscribe = { pauseWhile: ['pause' as const], pollNow: [] };
    expect(
      runHistory(historyWith({ answers, options, onSubscribe }), 'taskStatus$').trace,
    ).toMatchObject([[0, 'end', { name: 'TaskTimeoutError', attempts: 0 }]]);
  });

  test('the message has the timeout and the last status', () => {
    /** The error if the server answers only so many requests. */
    const errorAfter = (answered: number): unknown => {
      const scheduler = new VirtualTimeScheduler();
      const { transport } = fakeTaskApi(
        { task_1: [['running', 0]] },
        { scheduler, latency: (_, attempt) => (attempt <= answered ? 0 : Infinity) },
      );
      const errors: unknown[] = [];
      taskStatus$('task_1', {
        transport,
        scheduler,
        timeout: 700,
        requestTimeout: 100,
      }).subscribe({ error: (error: unknown) => errors.push(error) });
      scheduler.flush();
      return errors[0];
    };
    const message = 'Task "task_1" did not end within 700 ms (timeout), last status:';
    const without = errorAfter(0);
    expect(without).toHaveProperty('message', `${message} none`);
    // absent, not undefined
    expect(Object.keys(without as object)).not.toContain('lastStatus');
    expect(errorAfter(1)).toMatchObject({
      message: `${message} running`,
      lastStatus: 'running',
    });
  });

  /** Runs a watch whose request is in flight at the deadline and gets no answer. */
  const runUnanswered = (options: object, events: readonly TimedEvent[] = []) =>
    runHistory(historyWith({ answers: [{ kind: 'no answer' }], options, events }), 'taskStatus$');

  test.each([
    [20_000, 15_000, 20_000],
    [30_000, 10_000, 30_000],
    [40_000, 20_000, 40_000],
    [40_000, 10_000, 40_000],
    [40_000, 5_000, 35_000],
  ])(
    'with requestTimeout %i and timeout %i a request in flight at the deadline ends at %i ms',
    (requestTimeout, timeout, ends) => {
      expect(endIn(runUnanswered({ requestTimeout, timeout }).trace)).toMatchObject({
        at: ends,
        how: { code: 'timeout', cause: { code: 'request-timeout' } },
      });
    },
  );

  test.each([
    [40_000, 20_000],
    [40_000, 10_000],
  ])(
    'with requestTimeout %i and timeout %i the request timer is not rescheduled',
    (requestTimeout, timeout) => {
      const abort: TimedEvent = { at: requestTimeout, scheduledAt: timeout + 1_000, act: 'abort' };
      expect(endIn(runUnanswered({ requestTimeout, timeout }, [abort]).trace)).toMatchObject({
        at: requestTimeout,
        how: { code: 'timeout' },
      });
    },
  );

  test('a floor that ends at the deadline does not prevent the final poll', () => {
    const { trace } = runHistory(
      historyWith({
        answers: [status('running', 0, { form: 'ms', ms: 700 })],
        options: { timeout: 700 },
      }),
      'taskStatus$',
    );
    expect(requestsIn(trace)).toEqual([0, 700]);
    expect(endIn(trace)).toEqual({ at: 700, how: 'complete' });
  });

  test('a pause while the final poll is queued in a pool is the TaskTimeoutError', () => {
    const scheduler = new VirtualTimeScheduler();
    scheduler.maxFrames = 1_000;
    const pauseWhile = new Subject<boolean>();
    const errors: unknown[] = [];
    const pool = createTaskStatusPool({ scheduler, maxConcurrent: 1, transport: () => NEVER });
    pool.status$('task_1').subscribe();
    pool.status$('task_2', { timeout: 100, pauseWhile }).subscribe({
      error: (error: unknown) => errors.push(error),
    });
    scheduler.schedule(() => pauseWhile.next(true), 200);
    scheduler.flush();
    expect(errors).toMatchObject([{ code: 'timeout', attempts: 0 }]);
    pool.close();
  });

  describe('a final poll that fails within a second of the deadline is repeated once', () => {
    const reset: Answer = { kind: 'transport errors', latency: 100 };
    const repeat = (answers: readonly Answer[], options = {}, events: readonly TimedEvent[] = []) =>
      runHistory(
        historyWith({
          answers: [status('running'), ...answers],
          options: { timeout: 700, ...options },
          events,
        }),
        'taskPolls$',
      ).trace;

    test('1 ms later, because after a suspend its connection is dead', () => {
      const trace = repeat([reset, status('finished', 20)]);
      expect(requestsIn(trace)).toEqual([0, 700, 801]);
      expect(pollsIn(trace).map(({ nextDelay }) => nextDelay)).toEqual([1_000, 1, undefined]);
      expect(endIn(trace)).toEqual({ at: 821, how: 'complete' });
    });

    test('whatever maxRetries is', () => {
      expect(requestsIn(repeat([reset], { retry: false }))).toEqual([0, 700, 801]);
    });

    test('not twice: the second failure is the cause', () => {
      const trace = repeat([reset, http(503, 50)]);
      expect(requestsIn(trace)).toEqual([0, 700, 801]);
      expect(endIn(trace)).toMatchObject({
        at: 851,
        how: { ...timedOut, cause: { status: 503, fromPoll: 3 } },
      });
    });

    test('and a good answer to it removes the cause', () => {
      const end = endIn(repeat([reset, status('running', 50)]));
      expect(end).toMatchObject({ at: 851, how: timedOut });
      expect(end?.how).not.toHaveProperty('cause');
    });

    test.each([
      [999, [0, 700, 1_700]],
      [1_000, [0, 700]],
      [5_000, [0, 700]],
    ])('a failure after %i ms: requests at %j', (latency, requests) => {
      expect(requestsIn(repeat([{ ...reset, latency }]))).toEqual(requests);
    });

    test('also if it ended by its request timeout, or was in flight at the deadline', () => {
      expect(requestsIn(repeat([{ kind: 'no answer' }], { requestTimeout: 300 }))).toEqual([
        0, 700, 1_001,
      ]);
      const inFlight = runHistory(
        historyWith({
          answers: [{ kind: 'no answer' }, status('finished')],
          options: { requestTimeout: 40_000, timeout: 40_000 },
        }),
        'taskPolls$',
      ).trace;
      expect(requestsIn(inFlight)).toEqual([0, 40_001]);
      expect(endIn(inFlight)).toEqual({ at: 40_001, how: 'complete' });
    });

    test('with its own limit of min(requestTimeout, 30 s)', () => {
      const trace = repeat([reset, { kind: 'no answer' }], { requestTimeout: 120_000 });
      expect(endIn(trace)).toMatchObject({
        at: 801 + 30_000,
        how: { ...timedOut, cause: { code: 'request-timeout', timeout: 30_000 } },
      });
    });

    test('not if the answer has Retry-After', () => {
      const trace = repeat([http(503, 100, seconds(1))]);
      expect(requestsIn(trace)).toEqual([0, 700]);
      expect(endIn(trace)).toMatchObject({ at: 800, how: { ...timedOut, cause: { status: 503 } } });
    });

    test('not if the failure is permanent, by default or by shouldRetry', () => {
      expect(requestsIn(repeat([http(404, 100)]))).toEqual([0, 700]);
      const shouldRetry = { decisions: {}, otherwise: 'give up' as const, upToRetries: Infinity };
      const trace = repeat([reset], { retry: { shouldRetry } });
      expect(requestsIn(trace)).toEqual([0, 700]);
      expect(endIn(trace)?.how).toMatchObject({ name: 'NetworkError' });
    });

    test('not with timeout: 0', () => {
      const { trace } = runHistory(
        historyWith({ answers: [reset], options: { timeout: 0 } }),
        'taskPolls$',
      );
      expect(requestsIn(trace)).toEqual([0]);
    });

    test('not in a pause; a pause in the millisecond before it is the TaskTimeoutError', () => {
      const pausedAt = (at: number) =>
        repeat([reset, status('finished')], {}, [{ at, act: 'pause' }]);
      for (const at of [750, 800.5]) {
        const trace = pausedAt(at);
        expect(requestsIn(trace)).toEqual([0, 700]);
        expect(endIn(trace)).toMatchObject({
          at: Math.max(800, at),
          how: { ...timedOut, cause: { name: 'NetworkError', fromPoll: 2 } },
        });
      }
    });

    test('pollNow does not shorten that millisecond', () => {
      const trace = repeat([reset], {}, [{ at: 800.5, act: 'pollNow' }]);
      expect(requestsIn(trace)).toEqual([0, 700, 801]);
    });
  });
});
