import { describe, expect } from 'vitest';
import { type Answer, historyWith, http, status } from '../support/history.js';
import { fc, test } from '../support/property.js';
import { runs } from '../support/runs.js';
import { endIn, pollsIn, requestsIn } from '../support/trace.js';
import { runHistory } from '../support/run-history.js';

describe('law 16: not-found grace', () => {
  const grace = fc.oneof(fc.integer({ min: 0, max: 20_000 }), fc.constant(Infinity));

  test.prop([grace, fc.nat({ max: 8 }), fc.constantFrom(0, 1, 500)], runs(200))(
    'while no status was seen, a 404 handled within the grace period does not end the watch',
    (notFoundGrace, missing, latency) => {
      const answers = Array.from({ length: missing }, () => http(404, latency));
      const history = historyWith({
        answers,
        options: { notFoundGrace, retry: { maxRetries: 0 } },
      });
      const { trace } = runHistory(history, 'taskPolls$');
      const polls = pollsIn(trace).filter(({ error }) => error !== undefined);
      polls.forEach(({ at, duration, error, nextDelay, changed }, index) => {
        expect(error).toMatchObject({ name: 'TaskNotFoundError', status: 404 });
        expect(changed).toBe(false);
        const withinGrace = at + duration < notFoundGrace;
        // the poll backoff, as for a repeated status
        expect(nextDelay).toBe(withinGrace ? Math.min(5_000, 1_000 * 1.5 ** index) : undefined);
        if (!withinGrace) expect(endIn(trace)?.how).toEqual({ ...error, fromPoll: index + 1 });
      });
      if (polls.every(({ nextDelay }) => nextDelay !== undefined)) {
        expect(endIn(trace)?.how).toBe('complete');
      }
    },
  );

  test('the first 404 after any status is the error, also within the grace period', () => {
    const { trace } = runHistory(
      historyWith({
        answers: [http(404), status('created'), http(404)],
        options: { notFoundGrace: Infinity },
      }),
      'taskStatus$',
    );
    expect(requestsIn(trace)).toEqual([0, 1_000, 2_000]);
    expect(endIn(trace)?.how).toMatchObject({ name: 'TaskNotFoundError', lastStatus: 'created' });
  });

  test('an ignored word is not a status: a 404 after it is still within the grace period', () => {
    const archiving: Answer = { kind: 'unknown word', word: 'archiving', latency: 0 };
    const { trace } = runHistory(
      historyWith({
        answers: [archiving, http(404)],
        options: { notFoundGrace: Infinity, unknownStatus: 'ignore' },
      }),
      'taskStatus$',
    );
    expect(endIn(trace)?.how).toBe('complete');
  });

  test('it is independent of maxRetries and shouldRetry, and resets the failure count', () => {
    const shouldRetry = {
      decisions: { http: 'retry' as const },
      otherwise: 'give up' as const,
      upToRetries: 9,
    };
    const { trace, shouldRetryCalls } = runHistory(
      historyWith({
        answers: [http(503), http(404), http(503)],
        options: { notFoundGrace: Infinity, retry: { maxRetries: 1, shouldRetry } },
      }),
      'taskStatus$',
    );
    expect(endIn(trace)?.how).toBe('complete');
    expect(shouldRetryCalls.map(([, code, retries]) => [code, retries])).toEqual([
      ['http', 0],
      ['http', 0],
    ]);
  });

  test('by default there is no grace period: the first 404 is the error', () => {
    const { trace } = runHistory(historyWith({ answers: [http(404)] }), 'taskStatus$');
    expect(endIn(trace)).toMatchObject({ at: 0, how: { name: 'TaskNotFoundError', attempts: 1 } });
  });
});
