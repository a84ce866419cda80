import { describe, expect } from 'vitest';
import { history } from '../support/arbitraries.js';
import { type History, historyWith, http, seconds, status } from '../support/history.js';
import { predict } from '../support/model.js';
import { test } from '../support/property.js';
import { runs } from '../support/runs.js';
import type { StreamName } from '../support/trace.js';
import { runHistory } from '../support/run-history.js';

function expectPrediction(history: History, stream: StreamName): void {
  const { observed } = predict(history, stream);
  expect(runHistory(history, stream)).toStrictEqual({ ...observed, violations: [] });
}

describe('everything that can be seen of a watch is what the model predicts', () => {
  test.prop([history()], runs(1_000))('taskPolls$', (history) =>
    expectPrediction(history, 'taskPolls$'),
  );
  test.prop([history()], runs(1_000))('taskStatus$', (history) =>
    expectPrediction(history, 'taskStatus$'),
  );
});

/** Counterexamples that a property has found, in the library or in the model. */
const COUNTEREXAMPLES: Readonly<Record<string, History>> = {
  'a pause and its end inside next, with a synchronous answer': historyWith({
    answers: [status('running'), status('created')],
    inside: [
      { inside: 'next', nth: 1, act: 'pause' },
      { inside: 'next', nth: 1, act: 'resume' },
    ],
  }),
  'pollNow at the instant at which a delay ends, then a pause': historyWith({
    answers: [status('running', 1)],
    events: [
      { at: 1_001, act: 'pollNow' },
      { at: 1_001, scheduledAt: 0, act: 'pause' },
    ],
  }),
  'pollNow at the instant at which a delay above a floor ends, then a pause': historyWith({
    options: { backoff: { jitter: 0.5 } },
    answers: [status('running', 0, seconds(2))],
    events: [
      { at: 2_500, act: 'pollNow' },
      { at: 2_500, act: 'pause' },
    ],
  }),
  'pollNow at the instant at which a delay ends that pollNow has shortened': historyWith({
    options: { unknownStatus: 'ignore' },
    answers: [
      status('running', 125),
      { kind: 'unknown word', word: 'archiving', latency: 0 },
      status('running'),
    ],
    events: [
      { at: 0, act: 'pollNow' },
      { at: 250, scheduledAt: 50, act: 'pollNow' },
      { at: 250, scheduledAt: 50, act: 'pollNow' },
    ],
  }),
  'pollNow just before the deadline, at the instant at which a delay ends': historyWith({
    options: { timeout: 1_000 },
    answers: [status('running'), status('running'), status('created')],
    events: [{ at: 1_000, act: 'pollNow' }],
  }),
  'a remembered pollNow with no gap left, and a pause inside next': historyWith({
    answers: [status('running', 400)],
    events: [{ at: 100, act: 'pollNow' }],
    inside: [{ inside: 'next', nth: 1, act: 'pause' }],
  }),
  'a request timeout at the deadline, and an abort scheduled before both': historyWith({
    options: { timeout: 40_000, requestTimeout: 40_000 },
    answers: [{ kind: 'no answer' }],
    events: [{ at: 40_000, act: 'abort' }],
  }),
  'a deadline in the delay for a floor after a pause': historyWith({
    options: { timeout: 2_000 },
    answers: [http(503, 0, seconds(2))],
    events: [
      { at: 500, act: 'pause' },
      { at: 1_000, act: 'resume' },
    ],
  }),
  'a final poll in flight whose remaining limit is an inexact fraction': historyWith({
    options: {
      backoff: { jitter: 0.1, delay: { bySeen: [0], slowStatus: undefined, slowDelay: 250 } },
      retry: { maxDelay: 0, maxRetryAfter: 500 },
      timeout: 1_001.1,
      requestTimeout: 250,
    },
    answers: [
      status('running', 0, { form: 'ms', ms: 1_500 }),
      status('running', 2_000),
      http(404, 29_999),
      status('running', 1_500),
    ],
  }),
};

describe('counterexamples that a property has found', () => {
  test.each(Object.entries(COUNTEREXAMPLES))('%s', (_, history) => {
    for (const stream of ['taskPolls$', 'taskStatus$'] as const) {
      expectPrediction(history, stream);
    }
  });
});
