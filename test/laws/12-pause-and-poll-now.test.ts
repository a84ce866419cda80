import { defer, delay, finalize, of, Subject, VirtualTimeScheduler } from 'rxjs';
import { describe, expect } from 'vitest';
import { taskStatus$ } from '../../src/index.js';
import { history, undisturbed } from '../support/arbitraries.js';
import { historyWith, http, status, TASK_ID, type TimedEvent } from '../support/history.js';
import { fc, test } from '../support/property.js';
import { runs } from '../support/runs.js';
import { endIn, pollsIn, requestsIn } from '../support/trace.js';
import { runHistory } from '../support/run-history.js';

const instant = fc.nat({ max: 40 }).map((n) => n * 125);

describe('law 12: pause and poll now', () => {
  test.prop([history(), instant, instant], runs(300))(
    'while pauseWhile is true no request starts',
    (history, from, length) => {
      const others = history.events.filter(({ act }) => act !== 'pause' && act !== 'resume');
      const events: TimedEvent[] = [
        { at: from, act: 'pause' },
        { at: from + length, act: 'resume' },
        ...others.filter(({ act }) => act !== 'pauseWhile completes'),
      ];
      // no other event of pauseWhile
      const onSubscribe = { pauseWhile: [], pollNow: [] };
      const { trace } = runHistory({ ...history, events, onSubscribe, inside: [] }, 'taskStatus$');
      const start = history.start + from;
      for (const ms of requestsIn(trace).slice(1)) {
        expect(ms >= start && ms < start + length).toBe(false);
      }
    },
  );

  test.prop([undisturbed(), instant], runs(300))(
    'pollNow never lengthens a delay',
    (history, at) => {
      const before = requestsIn(runHistory(history, 'taskStatus$').trace);
      const events: TimedEvent[] = [{ at, act: 'pollNow' }];
      const after = requestsIn(runHistory({ ...history, events }, 'taskStatus$').trace);
      const next = before.findIndex((ms) => ms > history.start + at);
      expect(after.slice(0, Math.max(0, next))).toEqual(before.slice(0, Math.max(0, next)));
      if (next >= 0) expect(after[next]).toBeLessThanOrEqual(before[next] ?? 0);
    },
  );

  test.prop(
    [fc.array(instant, { minLength: 1, maxLength: 20 }), fc.constantFrom(0, 100, 400)],
    runs(200),
  )(
    'a request caused by pollNow is sent at least 250 ms after the previous one',
    (times, latency) => {
      const { trace } = runHistory(
        historyWith({
          answers: Array.from({ length: 20 }, () => status('running', latency)),
          options: { backoff: { initialDelay: 10_000, maxDelay: 10_000 } },
          events: times.map((at) => ({ at, act: 'pollNow' })),
        }),
        'taskStatus$',
      );
      const requests = requestsIn(trace);
      requests.forEach((ms, index) => {
        if (index > 0) expect(ms - (requests[index - 1] ?? 0)).toBeGreaterThanOrEqual(250);
      });
    },
  );

  const requestsWith = (history: Parameters<typeof historyWith>[0]) =>
    requestsIn(runHistory(historyWith(history), 'taskStatus$').trace);
  const running = [status('running'), status('running'), status('running')];

  test('false polls at once, restarts the backoff and resets the failure count', () => {
    const events: TimedEvent[] = [
      { at: 5_000, act: 'pause' },
      { at: 20_000, act: 'resume' },
    ];
    const { trace } = runHistory(
      historyWith({ answers: [...running, ...running, http(503)], events }),
      'taskPolls$',
    );
    expect(requestsIn(trace)).toEqual([0, 1_000, 2_500, 4_750, 20_000, 21_000, 22_500, 23_000]);

    const failures = Array.from({ length: 9 }, () => http(503));
    const retried = runHistory(
      historyWith({
        answers: failures,
        options: { retry: { maxRetries: 2 } },
        events: [
          { at: 600, act: 'pause' },
          { at: 700, act: 'resume' },
        ],
      }),
      'taskStatus$',
    ).trace;
    expect(requestsIn(retried)).toEqual([0, 500, 700, 1_200, 2_200]);
  });

  test('a request in flight at the end of a pause serves as that poll, and its answer counts as k = 1', () => {
    const answers = [status('running'), status('running', 1_000), status('running')];
    const events: TimedEvent[] = [
      { at: 1_100, act: 'pause' },
      { at: 1_200, act: 'resume' },
    ];
    const polls = pollsIn(runHistory(historyWith({ answers, events }), 'taskPolls$').trace);
    expect(polls.map(({ nextDelay }) => nextDelay)).toEqual([1_000, 1_000, 1_500, undefined]);
  });

  test('a request in flight finishes in a pause, and its status is emitted', () => {
    const { trace } = runHistory(
      historyWith({ answers: [status('running', 500)], events: [{ at: 100, act: 'pause' }] }),
      'taskStatus$',
    );
    expect(trace).toEqual([
      [0, 'request', 1],
      [500, 'emission', 'running'],
    ]);
  });

  test('pollNow ends a poll delay at once, but not a retry delay', () => {
    const events: TimedEvent[] = [{ at: 400, act: 'pollNow' }];
    expect(requestsWith({ answers: running.slice(0, 1), events })).toEqual([0, 400]);
    expect(requestsWith({ answers: [http(503)], events })).toEqual([0, 500]);
  });

  test('during a request pollNow is remembered once, and consumed by success and failure', () => {
    const events: TimedEvent[] = [
      { at: 100, act: 'pollNow' },
      { at: 200, act: 'pollNow' },
    ];
    const slow = status('running', 600);
    expect(requestsWith({ answers: [slow, ...running.slice(0, 1)], events })).toEqual([
      0, 600, 2_100,
    ]);
    expect(requestsWith({ answers: [http(503, 600), ...running.slice(0, 1)], events })).toEqual([
      0, 1_100, 2_100,
    ]);
  });

  test('pollNow does not change a delay that ends within the gap', () => {
    const options = { backoff: { initialDelay: 240 } };
    const events: TimedEvent[] = [{ at: 200, act: 'pollNow' }];
    expect(requestsWith({ answers: running.slice(0, 1), options, events })).toEqual([0, 240]);
    // nor is the request deferred within its instant
    const pause: TimedEvent = { at: 250, scheduledAt: 100, act: 'pause' };
    const gap = { backoff: { initialDelay: 250 } };
    expect(
      requestsWith({ answers: running.slice(0, 1), options: gap, events: [...events, pause] }),
    ).toEqual([0, 250]);
  });

  test('in a pause, and during subscribe, pollNow has no effect', () => {
    const onSubscribe = { pauseWhile: [], pollNow: ['pollNow' as const] };
    expect(requestsWith({ answers: running.slice(0, 1), onSubscribe })).toEqual([0, 1_000]);
    const inside = [{ inside: 'next' as const, nth: 1, act: 'pollNow' as const }];
    expect(requestsWith({ answers: running.slice(0, 1), inside })).toEqual([0, 1_000]);
    const paused: TimedEvent[] = [
      { at: 100, act: 'pause' },
      { at: 200, act: 'pollNow' },
    ];
    expect(requestsWith({ answers: [status('running', 500)], events: paused })).toEqual([0]);
  });

  test('completion of either notifier keeps the last state, and its error is the error of the stream', () => {
    const whilePaused: TimedEvent[] = [
      { at: 100, act: 'pause' },
      { at: 200, act: 'pauseWhile completes' },
      { at: 300, act: 'resume' },
    ];
    expect(requestsWith({ answers: running, events: whilePaused })).toEqual([0]);
    const whilePolling: TimedEvent[] = [
      { at: 100, act: 'pauseWhile completes' },
      { at: 200, act: 'pollNow completes' },
    ];
    expect(requestsWith({ answers: running.slice(0, 1), events: whilePolling })).toEqual([
      0, 1_000,
    ]);
    for (const act of ['pauseWhile errors', 'pollNow errors'] as const) {
      const { trace } = runHistory(
        historyWith({ answers: running, events: [{ at: 100, act }] }),
        'taskStatus$',
      );
      expect(endIn(trace)).toEqual({ at: 100, how: { thrown: act.replace('errors', 'failed') } });
    }
  });

  test('events during the handling of an answer take effect after it, without recursion', () => {
    // the subscriber makes the watch poll at once inside every next, 20,000 times
    const pauseWhile = new Subject<boolean>();
    let requests = 0;
    let handling = false;
    const early: number[] = [];
    taskStatus$(TASK_ID, {
      pauseWhile,
      transport: () => {
        requests += 1;
        if (handling) early.push(requests);
        const word = requests > 20_000 ? 'finished' : requests % 2 === 0 ? 'running' : 'paused';
        return of({ status: 200, headers: { get: () => null }, body: JSON.stringify(word) });
      },
    }).subscribe(() => {
      handling = true;
      pauseWhile.next(true);
      pauseWhile.next(false);
      handling = false;
    });
    expect(requests).toBe(20_001);
    expect(early).toEqual([]);
  });

  test('events during the teardown of the transport take effect after the answer', () => {
    const scheduler = new VirtualTimeScheduler();
    scheduler.maxFrames = 12_000;
    const pauseWhile = new Subject<boolean>();
    const log: string[] = [];
    let live = 0;
    let most = 0;
    const subscription = taskStatus$(TASK_ID, {
      scheduler,
      pauseWhile,
      backoff: { jitter: 0 },
      transport: () =>
        defer(() => {
          log.push(`request at ${String(scheduler.now())}`);
          most = Math.max(most, ++live);
          return of({ status: 200, headers: { get: () => null }, body: '"running"' }).pipe(
            delay(log.length === 1 ? 500 : 5_000, scheduler),
            finalize(() => {
              live--;
              pauseWhile.next(false);
            }),
          );
        }),
    }).subscribe((status) => log.push(status));
    scheduler.schedule(() => pauseWhile.next(true), 100);
    scheduler.flush();
    subscription.unsubscribe();
    expect(log.slice(0, 3)).toEqual(['request at 0', 'running', 'request at 500']);
    expect(most).toBe(1);
    expect(live).toBe(0);
  });
});
