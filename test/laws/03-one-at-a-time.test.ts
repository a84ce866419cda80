import { describe, expect } from 'vitest';
import { history, undisturbed } from '../support/arbitraries.js';
import { historyWith, http, status } from '../support/history.js';
import { test } from '../support/property.js';
import { runs } from '../support/runs.js';
import { requestsIn } from '../support/trace.js';
import { runHistory } from '../support/run-history.js';

describe('law 3: one at a time', () => {
  test.prop([history()], runs(300))('there are never two requests in flight', (history) => {
    const { trace, violations } = runHistory(history, 'taskPolls$');
    expect(violations).toEqual([]);
    // the poll of a request comes before the next request
    const steps = trace.flatMap(([, what]) => (what === 'end' ? [] : [what]));
    steps.forEach((what, index) => expect(what).toBe(index % 2 === 0 ? 'request' : 'poll'));
  });

  test.prop([undisturbed()], runs(300))(
    'the next delay starts when an answer has been handled',
    (history) => {
      const { trace } = runHistory(
        { ...history, options: { ...history.options, timeout: Infinity } },
        'taskPolls$',
      );
      let due: number | undefined;
      for (const [ms, what, details] of trace) {
        if (what === 'request' && due !== undefined) expect(ms).toBe(due);
        if (what === 'poll')
          due = details.nextDelay === undefined ? undefined : ms + details.nextDelay;
      }
    },
  );

  test('a request that takes longer than the delay defers the next one, and no requests pile up', () => {
    const slow = status('running', 4_000);
    const { trace } = runHistory(
      historyWith({ answers: [slow, slow, http(503, 4_000)] }),
      'taskStatus$',
    );
    expect(requestsIn(trace)).toEqual([0, 5_000, 10_500, 15_000]);
  });
});
