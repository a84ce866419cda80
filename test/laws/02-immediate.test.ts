import { describe, expect } from 'vitest';
import { taskStatus$ } from '../../src/index.js';
import { history } from '../support/arbitraries.js';
import { historyWith, TASK_ID } from '../support/history.js';
import { test } from '../support/property.js';
import { runs } from '../support/runs.js';
import { requestsIn } from '../support/trace.js';
import { watch } from '../support/virtual.js';

describe('law 2: immediate', () => {
  test.prop([history()], runs(300))(
    'the first thing that happens is the first request, in the instant of the subscription',
    (history) => {
      const unhindered = {
        ...history,
        aborted: false,
        onSubscribe: { pauseWhile: [], pollNow: [] },
      };
      const { trace } = watch(unhindered, 'taskStatus$');
      expect(trace[0]).toEqual([history.start, 'request', 1]);
    },
  );

  test('the first request leaves before subscribe has returned', () => {
    const asked: string[] = [];
    const fetch = (url: string) => {
      asked.push(url);
      return new Promise<never>(() => undefined);
    };
    const subscription = taskStatus$(TASK_ID, {
      fetch,
      apiKey: 'key',
      baseUrl: 'http://test',
    }).subscribe();
    expect(asked).toEqual([`http://test/task/${TASK_ID}/status`]);
    subscription.unsubscribe();
  });

  test('held from the start, it leaves in the instant in which the hold ends', () => {
    const { trace } = watch(
      historyWith({
        onSubscribe: { pauseWhile: ['pause'], pollNow: [] },
        events: [{ at: 1_234, act: 'resume' }],
      }),
      'taskStatus$',
    );
    expect(requestsIn(trace)).toEqual([1_234]);
  });
});
