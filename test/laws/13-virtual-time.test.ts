import {
  asapScheduler,
  asyncScheduler,
  delay,
  type Observable,
  of,
  queueScheduler,
  type SchedulerLike,
  VirtualTimeScheduler,
} from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { afterEach, describe, expect, vi } from 'vitest';
import { type StatusResponse, taskStatus$ } from '../../src/index.js';
import { history } from '../support/arbitraries.js';
import { historyWith, status, TASK_ID } from '../support/history.js';
import { fc, test } from '../support/property.js';
import { runs } from '../support/runs.js';
import { runHistory } from '../support/run-history.js';

const backoff = { jitter: 0 };

/** Answers at once with the next of these words, and then always with the last one. */
function answerWith(...words: readonly string[]): () => Observable<StatusResponse> {
  let turn = 0;
  return () => {
    const body = JSON.stringify(words[Math.min(turn, words.length - 1)]);
    turn += 1;
    return of({ status: 200, headers: { get: () => null }, body });
  };
}

describe('law 13: virtual time', () => {
  test.prop(
    [fc.array(fc.constantFrom('created', 'running', 'paused'), { maxLength: 10 })],
    runs(200),
  )(
    'in TestScheduler.run() a watch without a scheduler option takes the same virtual time',
    (words) => {
      const seen: [number, string, string][] = [];
      const scheduler = new TestScheduler(() => undefined);
      scheduler.run(() => {
        const transport = answerWith(...words, 'finished');
        taskStatus$(TASK_ID, { transport, backoff }).subscribe((status) =>
          seen.push([scheduler.now(), 'emission', status]),
        );
      });
      const { trace } = runHistory(
        historyWith({ answers: words.map((it) => status(it)) }),
        'taskStatus$',
      );
      expect(seen).toEqual(trace.filter(([, what]) => what === 'emission'));
    },
  );

  test('a watch can be tested with a marble diagram', () => {
    new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(
      ({ expectObservable }) => {
        const transport = answerWith('created', 'running', 'running', 'finished');
        expectObservable(taskStatus$(TASK_ID, { transport, backoff })).toBe(
          'c 999ms r 2499ms (f|)',
          { c: 'created', r: 'running', f: 'finished' },
        );
      },
    );
  });

  test.prop([history()], runs(200))(
    'there is at most one scheduled action each for delay, request and deadline',
    (history) => {
      expect(runHistory(history, 'taskPolls$').violations).toEqual([]);
    },
  );

  test.prop([fc.integer({ min: 2, max: 9 }), fc.integer({ min: 1, max: 9 })], runs(100))(
    'during a delay nothing else is scheduled: a request timer ends with its request',
    (requestTimeout, initialDelay) => {
      const scheduler = new VirtualTimeScheduler();
      const subscription = taskStatus$(TASK_ID, {
        scheduler,
        requestTimeout,
        backoff: { initialDelay, factor: 1, jitter: 0 },
        transport: () => answerWith('running')().pipe(delay(1, scheduler)),
      }).subscribe();
      let scheduled = 0;
      scheduler.schedule(() => {
        scheduled = scheduler.actions.length;
        subscription.unsubscribe();
      }, 1.5);
      scheduler.flush();
      expect(scheduled).toBe(1);
    },
  );

  test('a watch of 100,000 polls can be unsubscribed, and the stack does not grow', () => {
    const scheduler = new VirtualTimeScheduler();
    let polls = 0;
    const next = answerWith('running');
    const subscription = taskStatus$(TASK_ID, {
      scheduler,
      backoff: { initialDelay: 0 },
      transport: () => {
        polls += 1;
        if (polls === 100_000) scheduler.schedule(() => subscription.unsubscribe());
        return next();
      },
    }).subscribe();
    scheduler.flush();
    expect(polls).toBe(100_000);
    expect(scheduler.actions).toEqual([]);
  });

  afterEach(() => {
    vi.useRealTimers();
  });

  test.each<[string, SchedulerLike]>([
    ['asyncScheduler', asyncScheduler],
    ['asapScheduler', asapScheduler],
    ['queueScheduler', queueScheduler],
  ])('at a zero delay %s neither stalls nor starves other timers', (_, scheduler) => {
    vi.useFakeTimers();
    const log: string[] = [];
    setTimeout(() => log.push('another timer'), 5);
    const words = Array.from({ length: 20 }, (_, index) =>
      index % 2 === 0 ? 'created' : 'running',
    );
    taskStatus$(TASK_ID, {
      scheduler,
      backoff: { initialDelay: 0 },
      transport: answerWith(...words, 'finished'),
    }).subscribe((status) => log.push(status));
    expect(log).toEqual(['created']);
    vi.advanceTimersByTime(1_000);
    expect(log.filter((it) => it !== 'another timer')).toEqual([...words, 'finished']);
    expect(log.indexOf('another timer')).toBeLessThan(log.length - 1);
  });
});
