import { describe, expect } from 'vitest';
import { browserUseV1, isTerminal, TASK_STATUSES } from '../../src/index.js';
import { history } from '../support/arbitraries.js';
import { historyWith, status } from '../support/history.js';
import { fc, test } from '../support/property.js';
import { runs } from '../support/runs.js';
import { emissionsIn, endIn, requestsIn } from '../support/trace.js';
import { runHistory } from '../support/run-history.js';

describe('law 5: terminal', () => {
  test.prop([history()], runs(300))(
    'a terminal status is emitted, then the stream completes at once',
    (history) => {
      const { terminal } = history.vocabulary;
      // without events inside `next`, which may end the stream first
      const { trace } = runHistory({ ...history, inside: [] }, 'taskPolls$');
      trace.forEach(([ms, what, details], index) => {
        if (what === 'poll' && terminal.some((word) => word === details.status)) {
          expect(trace.slice(index + 1)).toEqual([[ms, 'end', 'complete']]);
        }
      });
    },
  );

  test.prop([history()], runs(300))('only a terminal status completes the stream', (history) => {
    const { terminal } = history.vocabulary;
    const { trace } = runHistory(history, 'taskPolls$');
    const end = endIn(trace);
    if (end?.how !== 'complete') return;
    const last = trace.at(-2);
    expect(last?.[1] === 'poll' && terminal.some((word) => word === last[2].status)).toBe(true);
  });

  test.prop([fc.constantFrom(...TASK_STATUSES)])(
    'finished, stopped and failed are terminal; created, running and paused are not',
    (word) => {
      const { trace } = runHistory(historyWith({ answers: [status(word)] }), 'taskStatus$');
      const ends = ['finished', 'stopped', 'failed'].includes(word);
      expect(requestsIn(trace)).toEqual(ends ? [0] : [0, 1_000]);
      expect(emissionsIn(trace)).toEqual(ends ? [word] : [word, 'finished']);
      expect(isTerminal(word)).toBe(ends);
      expect(browserUseV1.terminal.some((it) => it === word)).toBe(ends);
    },
  );

  test.prop([fc.constantFrom('finished', 'stopped', 'failed')])(
    'a terminal knownStatus that is confirmed completes without emitting',
    (word) => {
      const history = historyWith({ answers: [status(word)], options: { knownStatus: word } });
      expect(runHistory(history, 'taskStatus$').trace).toEqual([
        [0, 'request', 1],
        [0, 'end', 'complete'],
      ]);
    },
  );
});
