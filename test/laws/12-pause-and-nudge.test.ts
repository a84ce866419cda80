import { of, Subject } from 'rxjs';
import { describe, expect } from 'vitest';
import { taskStatus$ } from '../../src/index.js';
import { history, undisturbed } from '../support/arbitraries.js';
import { historyWith, http, status, TASK_ID, type TimedEvent } from '../support/history.js';
import { fc, test } from '../support/property.js';
import { runs } from '../support/runs.js';
import { endIn, pollsIn, requestsIn } from '../support/trace.js';
import { watch } from '../support/virtual.js';

const instant = fc.nat({ max: 40 }).map((n) => n * 125);

describe('law 12: pause and nudge', () => {
  test.prop([history(), instant, instant], runs(300))(
    'while pauseWhile is true no request starts',
    (history, from, length) => {
      const others = history.events.filter(({ act }) => act !== 'pause' && act !== 'resume');
      const events: TimedEvent[] = [
        { at: from, act: 'pause' },
        { at: from + length, act: 'resume' },
        ...others.filter(({ act }) => act !== 'pauseWhile completes'),
      ];
      // nothing else may say of pauseWhile that it has resumed, or has completed
      const onSubscribe = { pauseWhile: [], pollNow: [] };
      const { trace } = watch({ ...history, events, onSubscribe, inside: [] }, 'taskStatus$');
      const start = history.start + from;
      for (const ms of requestsIn(trace).slice(1)) {
        expect(ms >= start && ms < start + length).toBe(false);
      }
    },
  );

  test.prop([undisturbed(), instant], runs(300))(
    'a nudge never lengthens a wait',
    (history, at) => {
      const before = requestsIn(watch(history, 'taskStatus$').trace);
      const events: TimedEvent[] = [{ at, act: 'nudge' }];
      const after = requestsIn(watch({ ...history, events }, 'taskStatus$').trace);
      const next = before.findIndex((ms) => ms > history.start + at);
      expect(after.slice(0, Math.max(0, next))).toEqual(before.slice(0, Math.max(0, next)));
      if (next >= 0) expect(after[next]).toBeLessThanOrEqual(before[next] ?? 0);
    },
  );

  test.prop(
    [fc.array(instant, { minLength: 1, maxLength: 20 }), fc.constantFrom(0, 100, 400)],
    runs(200),
  )(
    'nudged requests leave 250 ms apart at least, however many nudges there are',
    (times, latency) => {
      const { trace } = watch(
        historyWith({
          answers: Array.from({ length: 20 }, () => status('running', latency)),
          options: { backoff: { initialDelay: 10_000, maxDelay: 10_000 } },
          events: times.map((at) => ({ at, act: 'nudge' })),
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
    requestsIn(watch(historyWith(history), 'taskStatus$').trace);
  const running = [status('running'), status('running'), status('running')];

  test('false polls at once, restarts the backoff and sets the failure count to 0', () => {
    const events: TimedEvent[] = [
      { at: 5_000, act: 'pause' },
      { at: 20_000, act: 'resume' },
    ];
    const { trace } = watch(
      historyWith({ answers: [...running, ...running, http(503)], events }),
      'taskPolls$',
    );
    expect(requestsIn(trace)).toEqual([0, 1_000, 2_500, 4_750, 20_000, 21_000, 22_500, 23_000]);

    const failures = Array.from({ length: 9 }, () => http(503));
    const retried = watch(
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

  test('a request in flight when it resumes is that poll: its answer counts as k = 1', () => {
    const answers = [status('running'), status('running', 1_000), status('running')];
    const events: TimedEvent[] = [
      { at: 1_100, act: 'pause' },
      { at: 1_200, act: 'resume' },
    ];
    const polls = pollsIn(watch(historyWith({ answers, events }), 'taskPolls$').trace);
    expect(polls.map(({ nextDelay }) => nextDelay)).toEqual([1_000, 1_000, 1_500, undefined]);
  });

  test('a request in flight is finished in a pause, and its status emitted', () => {
    const { trace } = watch(
      historyWith({ answers: [status('running', 500)], events: [{ at: 100, act: 'pause' }] }),
      'taskStatus$',
    );
    expect(trace).toEqual([
      [0, 'request', 1],
      [500, 'emission', 'running'],
    ]);
  });

  test('pollNow ends a poll wait at once, but not a retry wait', () => {
    const events: TimedEvent[] = [{ at: 400, act: 'nudge' }];
    expect(requestsWith({ answers: running.slice(0, 1), events })).toEqual([0, 400]);
    expect(requestsWith({ answers: [http(503)], events })).toEqual([0, 500]);
  });

  test('during a request it is remembered, once, and spent by an answer as by a failure', () => {
    const events: TimedEvent[] = [
      { at: 100, act: 'nudge' },
      { at: 200, act: 'nudge' },
    ];
    const slow = status('running', 600);
    expect(requestsWith({ answers: [slow, ...running.slice(0, 1)], events })).toEqual([
      0, 600, 2_100,
    ]);
    expect(requestsWith({ answers: [http(503, 600), ...running.slice(0, 1)], events })).toEqual([
      0, 1_100, 2_100,
    ]);
  });

  test('a nudge within a wait that ends before its gap would leaves the wait as it is', () => {
    const options = { backoff: { initialDelay: 240 } };
    const events: TimedEvent[] = [{ at: 200, act: 'nudge' }];
    expect(requestsWith({ answers: running.slice(0, 1), options, events })).toEqual([0, 240]);
    // nor is it put off within its instant
    const pause: TimedEvent = { at: 250, booked: 100, act: 'pause' };
    const gap = { backoff: { initialDelay: 250 } };
    expect(
      requestsWith({ answers: running.slice(0, 1), options: gap, events: [...events, pause] }),
    ).toEqual([0, 250]);
  });

  test('in a pause, and during subscribe, it counts for nothing', () => {
    const onSubscribe = { pauseWhile: [], pollNow: ['nudge' as const] };
    expect(requestsWith({ answers: running.slice(0, 1), onSubscribe })).toEqual([0, 1_000]);
    const inside = [{ inside: 'next' as const, nth: 1, act: 'nudge' as const }];
    expect(requestsWith({ answers: running.slice(0, 1), inside })).toEqual([0, 1_000]);
    const paused: TimedEvent[] = [
      { at: 100, act: 'pause' },
      { at: 200, act: 'nudge' },
    ];
    expect(requestsWith({ answers: [status('running', 500)], events: paused })).toEqual([0]);
  });

  test('completion of either leaves the last state; an error of either is the stream’s', () => {
    const held: TimedEvent[] = [
      { at: 100, act: 'pause' },
      { at: 200, act: 'pauseWhile completes' },
      { at: 300, act: 'resume' },
    ];
    expect(requestsWith({ answers: running, events: held })).toEqual([0]);
    const go: TimedEvent[] = [
      { at: 100, act: 'pauseWhile completes' },
      { at: 200, act: 'pollNow completes' },
    ];
    expect(requestsWith({ answers: running.slice(0, 1), events: go })).toEqual([0, 1_000]);
    for (const act of ['pauseWhile errors', 'pollNow errors'] as const) {
      const { trace } = watch(
        historyWith({ answers: running, events: [{ at: 100, act }] }),
        'taskStatus$',
      );
      expect(endIn(trace)).toEqual({ at: 100, how: { thrown: act.replace('errors', 'erred') } });
    }
  });

  test('what comes while an answer is being handled takes effect after it, without recursion', () => {
    // A subscriber that makes the watch poll at once inside every next, 20,000 times.
    const pauseWhile = new Subject<boolean>();
    let asked = 0;
    let handling = false;
    const early: number[] = [];
    taskStatus$(TASK_ID, {
      pauseWhile,
      transport: () => {
        asked += 1;
        if (handling) early.push(asked);
        const word = asked > 20_000 ? 'finished' : asked % 2 === 0 ? 'running' : 'paused';
        return of({ status: 200, headers: { get: () => null }, body: JSON.stringify(word) });
      },
    }).subscribe(() => {
      handling = true;
      pauseWhile.next(true);
      pauseWhile.next(false);
      handling = false;
    });
    expect(asked).toBe(20_001);
    expect(early).toEqual([]);
  });
});
