import { getEventListeners } from 'node:events';
import { NEVER, Observable, repeat, retry, Subscription, VirtualTimeScheduler } from 'rxjs';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { describe, expect } from 'vitest';
import {
  createTaskStatus,
  taskPolls$,
  type TaskPoll,
  type TaskStatus,
  taskStatus$,
} from '../../src/index.js';
import { history } from '../support/arbitraries.js';
import { TASK_ID } from '../support/history.js';
import { fc, test } from '../support/property.js';
import { runs } from '../support/runs.js';
import { optionsOf } from '../support/run-history.js';
import { scriptedApi } from '../support/scripted-api.js';

describe('law 1: cold', () => {
  test.prop([history()], runs(200))(
    'there is no request, timer or listener before subscribe',
    (history) => {
      const used: string[] = [];
      const { signal } = new AbortController();
      const notifier = (what: string) => new Observable<never>(() => void used.push(what));
      const options = {
        ...optionsOf(history),
        knownStatus: undefined,
        transport: () => {
          used.push('transport');
          return NEVER;
        },
        scheduler: {
          now: () => 0,
          schedule: () => {
            used.push('timer');
            return Subscription.EMPTY;
          },
        },
        pauseWhile: notifier('pauseWhile'),
        pollNow: notifier('pollNow'),
        signal,
      };
      taskStatus$(TASK_ID, options);
      taskPolls$(TASK_ID, options);
      createTaskStatus(options)(TASK_ID);
      expect(used).toEqual([]);
      expect(getEventListeners(signal, 'abort')).toEqual([]);
    },
  );

  /** Status and latency depend on the clock alone, so a second watch changes nothing for the first. */
  const timeline = fc.record({
    words: fc.array(fc.constantFrom<TaskStatus>('created', 'running', 'paused'), { minLength: 1 }),
    step: fc.integer({ min: 1, max: 3_000 }),
    latencies: fc.array(fc.constantFrom(0, 0, 1, 250, 1_000), { minLength: 1, maxLength: 4 }),
  });

  test.prop([timeline, fc.nat({ max: 10_000 })], runs(300))(
    'every subscription is an independent watch, whatever other subscriptions do',
    ({ words, step, latencies }, later) => {
      const watchesFrom = (...starts: number[]): TaskPoll[][] => {
        const scheduler = new VirtualTimeScheduler();
        const { transport } = fakeTaskApi(
          {
            [TASK_ID]: [
              ...words.map((word, index) => [word, index * step] as const),
              ['finished', words.length * step],
            ],
          },
          {
            scheduler,
            latency: () => latencies[Math.floor(scheduler.frame) % latencies.length] ?? 0,
          },
        );
        const polls$ = taskPolls$(TASK_ID, { transport, scheduler, backoff: { jitter: 0 } });
        const watches = starts.map((start) => {
          const polls: TaskPoll[] = [];
          scheduler.schedule(() => polls$.subscribe((poll) => polls.push(poll)), start);
          return polls;
        });
        scheduler.flush();
        return watches;
      };
      expect(watchesFrom(0, later)).toEqual([...watchesFrom(0), ...watchesFrom(later)]);
    },
  );

  test('subscribing and unsubscribing repeatedly leaves one watch', () => {
    const scheduler = new VirtualTimeScheduler();
    scheduler.maxFrames = 1_000;
    const { transport, requests } = fakeTaskApi({ [TASK_ID]: [['running', 0]] }, { scheduler });
    const status$ = taskStatus$(TASK_ID, { transport, scheduler, backoff: { jitter: 0 } });
    for (let turn = 0; turn < 5; turn += 1) status$.subscribe().unsubscribe();
    const subscription = status$.subscribe();
    scheduler.flush();
    subscription.unsubscribe();
    expect(requests.map(({ at }) => at)).toEqual([0, 0, 0, 0, 0, 0, 1_000]);
  });

  test('it can be subscribed to again inside next, while the first watch continues', () => {
    const scheduler = new VirtualTimeScheduler();
    const script = ['created', 'running', 'finished'] as const;
    const { transport } = scriptedApi({ [TASK_ID]: script }, { scheduler });
    const status$ = taskStatus$(TASK_ID, { transport, scheduler, backoff: { jitter: 0 } });
    const seen: string[] = [];
    let again = true;
    status$.subscribe((status) => {
      seen.push(`outer ${status}`);
      if (again) {
        again = false;
        status$.subscribe((status) => seen.push(`inner ${status}`));
      }
    });
    scheduler.flush();
    // the outer delay starts when the outer status has been handled, after the inner delay
    expect(seen).toEqual(['outer created', 'inner running', 'inner finished', 'outer finished']);
  });

  test('it can be subscribed to again inside complete', () => {
    const seen: string[] = [];
    const { transport } = fakeTaskApi({ [TASK_ID]: [['finished', 0]] });
    taskStatus$(TASK_ID, { transport })
      .pipe(repeat(3))
      .subscribe((status) => seen.push(status));
    expect(seen).toEqual(['finished', 'finished', 'finished']);
  });

  test('it can be subscribed to again inside error', () => {
    const seen: string[] = [];
    const notFound = { status: 404 };
    const { transport } = scriptedApi({ [TASK_ID]: [notFound, notFound, 'finished'] });
    taskStatus$(TASK_ID, { transport })
      .pipe(retry(2))
      .subscribe((status) => seen.push(status));
    expect(seen).toEqual(['finished']);
  });
});
