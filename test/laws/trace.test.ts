import { describe, expect } from 'vitest';
import { history } from '../support/arbitraries.js';
import { type History, historyWith, http, seconds, status } from '../support/history.js';
import { predict } from '../support/model.js';
import { test } from '../support/property.js';
import { runs } from '../support/runs.js';
import type { StreamName } from '../support/trace.js';
import { watch } from '../support/virtual.js';

function agree(history: History, stream: StreamName): void {
  const { trace, cut, asked } = predict(history, stream);
  expect(watch(history, stream)).toStrictEqual({ trace, cut, asked, breaches: [] });
}

describe('everything that can be seen of a watch is what the contract foretells', () => {
  test.prop([history()], runs(1_000))('taskPolls$', (history) => agree(history, 'taskPolls$'));
  test.prop([history()], runs(1_000))('taskStatus$', (history) => agree(history, 'taskStatus$'));
});

/** What a property once found, in the library or in the model, and what would be found again. */
const KEPT: Readonly<Record<string, History>> = {
  'a pause and its end inside next, with an answer that came at once': historyWith({
    answers: [status('running'), status('created')],
    inside: [
      { inside: 'next', nth: 1, act: 'pause' },
      { inside: 'next', nth: 1, act: 'resume' },
    ],
  }),
  'a nudge at the instant at which a wait ends, then a pause': historyWith({
    answers: [status('running', 1)],
    events: [
      { at: 1_001, act: 'nudge' },
      { at: 1_001, booked: 0, act: 'pause' },
    ],
  }),
  'a nudge at the instant at which a wait above a floor ends, then a pause': historyWith({
    options: { backoff: { jitter: 0.5 } },
    answers: [status('running', 0, seconds(2))],
    events: [
      { at: 2_500, act: 'nudge' },
      { at: 2_500, act: 'pause' },
    ],
  }),
  'nudges at the instant at which a nudged wait ends': historyWith({
    options: { unknownStatus: 'ignore' },
    answers: [
      status('running', 125),
      { kind: 'unknown word', word: 'archiving', latency: 0 },
      status('running'),
    ],
    events: [
      { at: 0, act: 'nudge' },
      { at: 250, booked: 50, act: 'nudge' },
      { at: 250, booked: 50, act: 'nudge' },
    ],
  }),
  'a nudge at the deadline, before it, where the wait ends too': historyWith({
    options: { timeout: 1_000 },
    answers: [status('running'), status('running'), status('created')],
    events: [{ at: 1_000, act: 'nudge' }],
  }),
  'a remembered nudge with no gap left, and a pause inside next': historyWith({
    answers: [status('running', 400)],
    events: [{ at: 100, act: 'nudge' }],
    inside: [{ inside: 'next', nth: 1, act: 'pause' }],
  }),
  'a limit that comes at the deadline, and an abort booked before both': historyWith({
    options: { timeout: 40_000, requestTimeout: 40_000 },
    answers: [{ kind: 'silence' }],
    events: [{ at: 40_000, act: 'abort' }],
  }),
  'a deadline in the wait for a floor after a pause': historyWith({
    options: { timeout: 2_000 },
    answers: [http(503, 0, seconds(2))],
    events: [
      { at: 500, act: 'pause' },
      { at: 1_000, act: 'resume' },
    ],
  }),
  'a look in flight whose own limit is an inexact fraction away': historyWith({
    options: {
      backoff: { jitter: 0.1, delay: { bySeen: [0], slowWhile: undefined, slow: 250 } },
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

describe('what a property once found', () => {
  test.each(Object.entries(KEPT))('%s', (_, history) => {
    for (const stream of ['taskPolls$', 'taskStatus$'] as const) {
      const { trace, cut, asked } = predict(history, stream);
      expect(watch(history, stream)).toStrictEqual({ trace, cut, asked, breaches: [] });
    }
  });
});
