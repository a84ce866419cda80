import { describe, expect } from 'vitest';
import { taskStatus$ } from '../../src/index.js';
import { history } from '../support/arbitraries.js';
import { historyWith, TASK_ID } from '../support/history.js';
import { test } from '../support/property.js';
import { runs } from '../support/runs.js';
import { requestsIn } from '../support/trace.js';
import { runHistory } from '../support/run-history.js';

describe('law 2: immediate', () => {
  test.prop([history()], runs(300))(
    'the first request is sent at the instant of the subscription, before anything else',
    (history) => {
      const withoutPause = {
        ...history,
        aborted: false,
        onSubscribe: { pauseWhile: [], pollNow: [] },
      };
      const { trace } = runHistory(withoutPause, 'taskStatus$');
      expect(trace[0]).toEqual([history.start, 'request', 1]);
    },
  );

  test('the first request is sent before subscribe returns', () => {
    const urls: string[] = [];
    const fetch = (url: string) => {
      urls.push(url);
      return new Promise<never>(() => undefined);
    };
    const subscription = taskStatus$(TASK_ID, {
      fetch,
      apiKey: 'key',
      baseUrl: 'http://test',
    }).subscribe();
    expect(urls).toEqual([`http://test/task/${TASK_ID}/status`]);
    subscription.unsubscribe();
  });

  test('paused from the start, it is sent at the instant at which the pause ends', () => {
    const { trace } = runHistory(
      historyWith({
        onSubscribe: { pauseWhile: ['pause'], pollNow: [] },
        events: [{ at: 1_234, act: 'resume' }],
      }),
      'taskStatus$',
    );
    expect(requestsIn(trace)).toEqual([1_234]);
  });
});
