import { NEVER, Observable, type SchedulerLike, Subscription } from 'rxjs';
import { describe, expect } from 'vitest';
import { taskStatus$ } from '../../src/index.js';
import { history } from '../support/arbitraries.js';
import { historyWith, status, TASK_ID, type TimedEvent } from '../support/history.js';
import { predict } from '../support/model.js';
import { fc, test } from '../support/property.js';
import { runs } from '../support/runs.js';
import { endIn, requestsIn } from '../support/trace.js';
import { runHistory } from '../support/run-history.js';

const PARTS = ['signal', 'pauseWhile', 'pollNow', 'timeout'] as const;

describe('law 15: order', () => {
  test.prop([fc.subarray([...PARTS])])(
    'on subscribe: signal, pauseWhile, pollNow, deadline, first request, and then its request timer',
    (given) => {
      const log: string[] = [];
      const notifier = (what: string) => new Observable<never>(() => void log.push(what));
      const { signal } = new AbortController();
      const listen = signal.addEventListener.bind(signal);
      signal.addEventListener = (...args: Parameters<typeof listen>) => {
        log.push('signal');
        listen(...args);
      };
      const scheduler: SchedulerLike = {
        now: () => 0,
        schedule: (_: unknown, delay?: number) => {
          log.push(
            delay === 7_777 ? 'timeout' : delay === 3_333 ? 'request timer' : 'another timer',
          );
          return Subscription.EMPTY;
        },
      };
      const has = (part: (typeof PARTS)[number]) => given.includes(part);
      taskStatus$(TASK_ID, {
        scheduler,
        signal: has('signal') ? signal : undefined,
        pauseWhile: has('pauseWhile') ? notifier('pauseWhile') : undefined,
        pollNow: has('pollNow') ? notifier('pollNow') : undefined,
        timeout: has('timeout') ? 7_777 : undefined,
        requestTimeout: 3_333,
        transport: () => {
          log.push('request');
          return NEVER;
        },
      }).subscribe();
      expect(log).toEqual([...given, 'request', 'request timer']);
    },
  );

  test.prop([history(), fc.integer({ min: 1, max: 4 })], runs(300))(
    'after an abort inside next the stream errors at once, and does not complete',
    (history, nth) => {
      const inside = [{ inside: 'next' as const, nth, act: 'abort' as const }];
      const { trace, violations } = runHistory({ ...history, inside }, 'taskStatus$');
      expect(violations).toEqual([]);
      const emitted = trace.findIndex((_, index) => {
        const emissions = trace.slice(0, index + 1).filter(([, what]) => what === 'emission');
        return emissions.length === nth;
      });
      if (emitted < 0) return;
      const ms = trace[emitted]?.[0];
      expect(trace.slice(emitted + 1)).toEqual([[ms, 'end', { thrown: 'aborted' }]]);
    },
  );

  test.prop([history(), fc.nat()], runs(300))(
    'events due at one instant are handled one after the other, in the order of scheduling',
    (drawn, nth) => {
      const { instants } = predict(drawn, 'taskPolls$');
      const at = instants[nth % instants.length] ?? 0;
      const events: TimedEvent[] = [
        { at, act: 'pause' },
        ...drawn.events,
        { at, act: 'resume' },
        { at, scheduledAt: Math.max(0, at - 250), act: 'pollNow' },
      ];
      const history = { ...drawn, events };
      const { observed } = predict(history, 'taskPolls$');
      expect(runHistory(history, 'taskPolls$')).toStrictEqual({ ...observed, violations: [] });
    },
  );

  test('an answer due at the instant of its request timeout is handled first', () => {
    const { trace } = runHistory(
      historyWith({ answers: [status('finished', 500)], options: { requestTimeout: 500 } }),
      'taskStatus$',
    );
    expect(endIn(trace)).toEqual({ at: 500, how: 'complete' });
  });

  test('an answer due at the deadline is that of the final poll', () => {
    const { trace } = runHistory(
      historyWith({ answers: [status('running', 500)], options: { timeout: 500 } }),
      'taskStatus$',
    );
    expect(requestsIn(trace)).toEqual([0]);
    expect(endIn(trace)).toMatchObject({
      at: 500,
      how: { code: 'timeout', lastStatus: 'running' },
    });
  });

  test('a deadline at the end of a delay makes that request the final poll', () => {
    const { trace } = runHistory(
      historyWith({ answers: [status('running'), status('running')], options: { timeout: 1_000 } }),
      'taskStatus$',
    );
    expect(requestsIn(trace)).toEqual([0, 1_000]);
    expect(endIn(trace)).toMatchObject({ at: 1_000, how: { code: 'timeout' } });
  });

  test('a pause at the end of a delay prevents the request only if it was scheduled before the delay', () => {
    const requests = (scheduledAt?: number) =>
      requestsIn(
        runHistory(
          historyWith({
            answers: [status('running')],
            events: [{ at: 1_000, scheduledAt, act: 'pause' }],
          }),
          'taskStatus$',
        ).trace,
      );
    expect(requests()).toEqual([0]);
    expect(requests(500)).toEqual([0, 1_000]);
  });

  test('with an aborted signal there is no request and no subscription: the stream errors at once', () => {
    expect(runHistory(historyWith({ aborted: true }), 'taskStatus$').trace).toEqual([
      [0, 'end', { thrown: 'aborted' }],
    ]);
  });
});
