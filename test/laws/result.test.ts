import { describe, expect } from 'vitest';
import { resultHistory } from '../support/arbitraries.js';
import { type History, historyWith, status } from '../support/history.js';
import { predict } from '../support/model.js';
import { fc, test } from '../support/property.js';
import { runHistory } from '../support/run-history.js';
import { runs } from '../support/runs.js';

// The laws hold for the request of a result, which is retried and limited like a poll.

describe('the request of a result', () => {
  test.prop([resultHistory()], runs(1_000))(
    'is sent, retried, limited and ended as the model predicts',
    (history) => {
      const { observed } = predict(history, 'taskResult$');
      const run = runHistory(history, 'taskResult$');
      expect(run).toStrictEqual({ ...observed, violations: [] });
    },
  );

  test.each(['abort', 'unsubscribe'] as const)('%s inside next', (act) => {
    const history: History = {
      ...historyWith({ answers: [status('x')], inside: [{ inside: 'next', nth: 1, act }] }),
      result: { word: 'finished', latency: 1, resultThrows: false },
    };
    const { trace } = predict(history, 'taskResult$').observed;
    expect(trace.map(([, name]) => name)).toEqual(['request', 'result', 'end']);
    expect(runHistory(history, 'taskResult$').trace).toStrictEqual(trace);
  });

  test('random histories reach every situation', () => {
    const counts = new Map<string, number>();
    for (const it of fc.sample(resultHistory(), { numRuns: 6_000, seed: 1 })) {
      for (const situation of predict(it, 'taskResult$').situations) {
        counts.set(situation, (counts.get(situation) ?? 0) + 1);
      }
    }
    const rare = SITUATIONS.filter((situation) => (counts.get(situation) ?? 0) < 5);
    expect(rare).toEqual([]);
  });
});

const SITUATIONS = [
  'end: complete',
  'end: unsubscribed',
  'end: aborted',
  'end: none',
  'end: with a request in flight',
  'end: result threw',
  'end: retryAfter threw',
  'end: delay threw',
  'end: pauseWhile failed',
  'end: TypeError',
  'end: TaskNotFoundError',
  'end: AuthenticationError',
  'end: HttpStatusError',
  'end: RateLimitError',
  'end: NetworkError',
  'end: RequestTimeoutError',
  'end: TaskTimeoutError',
  'TaskTimeoutError with a cause',
  'maxRetries used up',
  'beyond maxRetryAfter',
  'retry delay raised to the poll delay',
  'delay by elapsed',
  'floor',
  'own delay: longer than Retry-After',
  'own delay: on a failure',
  'final poll: status',
  'final poll: failure',
  'no final poll: paused',
  'pause: in a retry delay',
  'pause: with a request in flight',
  'resume: polls at once',
  'resume: delayed by the floor',
  'request: headers',
  'empty body: status',
  'inside transport: abort',
];
