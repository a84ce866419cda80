import {
  asapScheduler,
  asyncScheduler,
  queueScheduler,
  type SchedulerLike,
  VirtualTimeScheduler,
} from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { afterEach, describe, expect, vi } from 'vitest';
import { type TaskStatus, taskStatus$ } from '../../src/index.js';
import { history } from '../support/arbitraries.js';
import { historyWith, status, TASK_ID } from '../support/history.js';
import { fc, test } from '../support/property.js';
import { runs } from '../support/runs.js';
import { runHistory } from '../support/run-history.js';
import { scriptedApi } from '../support/scripted-api.js';

const backoff = { jitter: 0 };

describe('law 13: virtual time', () => {
  test.prop(
    [fc.array(fc.constantFrom<TaskStatus>('created', 'running', 'paused'), { maxLength: 10 })],
    runs(200),
  )(
    'in TestScheduler.run() a watch without a scheduler option takes the same virtual time',
    (words) => {
      const seen: [number, string, string][] = [];
      const scheduler = new TestScheduler(() => undefined);
      scheduler.run(() => {
        const { transport } = scriptedApi({ [TASK_ID]: [...words, 'finished'] });
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
        const { transport } = fakeTaskApi({
          [TASK_ID]: [
            ['created', 0],
            ['running', 1_000],
            ['finished', 3_500],
          ],
        });
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
      const { transport } = fakeTaskApi({ [TASK_ID]: [['running', 0]] }, { scheduler, latency: 1 });
      const subscription = taskStatus$(TASK_ID, {
        transport,
        scheduler,
        requestTimeout,
        backoff: { initialDelay, factor: 1, jitter: 0 },
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
    const { transport, requests } = fakeTaskApi({ [TASK_ID]: [['running', 0]] }, { scheduler });
    const options = { transport, scheduler, backoff: { initialDelay: 0 } };
    const subscription = taskStatus$(TASK_ID, options).subscribe();
    // a delay of 0 is 1 ms
    scheduler.schedule(() => subscription.unsubscribe(), 99_999.5);
    scheduler.flush();
    expect(requests).toHaveLength(100_000);
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
    const { transport } = scriptedApi({ [TASK_ID]: [...words, 'finished'] });
    taskStatus$(TASK_ID, { transport, scheduler, backoff: { initialDelay: 0 } }).subscribe(
      (status) => log.push(status),
    );
    expect(log).toEqual(['created']);
    vi.advanceTimersByTime(1_000);
    expect(log.filter((it) => it !== 'another timer')).toEqual([...words, 'finished']);
    expect(log.indexOf('another timer')).toBeLessThan(log.length - 1);
  });
});
