import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { history } from './arbitraries.js';
import { predict } from './model.js';

// What the laws speak of, by the model's own names. A generator that no longer comes to one of
// these proves nothing about it, however often it runs.
const SITUATIONS = {
  'every end': [
    'end: complete',
    'end: unsubscribed',
    'end: none',
    'end: with a request in flight',
    'end: aborted',
    'end: pauseWhile erred',
    'end: pollNow erred',
    'end: shouldRetry threw',
    'end: delay threw',
    'end: random threw',
    'end: TypeError',
    'end: TaskNotFoundError',
    'end: TaskValidationError',
    'end: AuthenticationError',
    'end: RateLimitError',
    'end: HttpStatusError',
    'end: UnexpectedResponseError',
    'end: NetworkError',
    'end: RequestTimeoutError',
    'end: TaskTimeoutError',
  ],
  'every error in a poll': [
    'poll: TaskNotFoundError',
    'poll: TaskValidationError',
    'poll: AuthenticationError',
    'poll: RateLimitError',
    'poll: HttpStatusError',
    'poll: UnexpectedResponseError',
    'poll: NetworkError',
    'poll: RequestTimeoutError',
  ],
  'retries and their bounds': [
    'maxRetries used up',
    'beyond maxRetryAfter',
    'retry wait held up to the poll wait',
  ],
  'floors, graces and ignored words': [
    'floor',
    'floor held to maxRetryAfter',
    'ignored: not-found',
    'ignored: unexpected-response',
  ],
  'the deadline, with a look and without': [
    'look: cuts a poll wait',
    'look: cuts a retry wait',
    'look: in flight at the deadline',
    'look: its limit drawn in',
    'look: status',
    'look: failure',
    'look: ignored',
    'no look: paused',
    'no look: floor',
    'TaskTimeoutError with a cause',
    'final poll repeated',
  ],
  pauses: [
    'pause: in a poll wait',
    'pause: in a retry wait',
    'pause: with a request in flight',
    'answer handled in a pause',
    'resume: polls at once',
    'resume: bound by the floor',
    'resume: with a request in flight',
  ],
  nudges: [
    'nudge: cuts a wait to nothing',
    'nudge: cuts a wait to the gap',
    'nudge: cuts a wait to the floor',
    'nudge: in a retry wait',
    'nudge: in a pause',
    'nudge: during subscribe',
    'nudge: during a request',
    'nudge remembered before a poll wait',
    'nudge remembered before a retry wait',
  ],
  're-entrance': [
    'inside next: abort',
    'inside next: unsubscribe',
    'inside transport: abort',
    'inside transport: unsubscribe',
    'postponed: pause',
    'postponed: resume',
    'postponed: nudge',
    'postponed: pauseWhile errors',
    'postponed: pollNow errors',
  ],
  coincidences: [
    'coincidence: answer and deadline',
    'coincidence: answer and nudge',
    'coincidence: answer and pause',
    'coincidence: answer and resume',
    'coincidence: deadline and limit',
    'coincidence: deadline and nudge',
    'coincidence: deadline and pause',
    'coincidence: deadline and resume',
    'coincidence: limit and nudge',
    'coincidence: limit and resume',
    'coincidence: nudge and poll wait',
    'coincidence: nudge and retry wait',
    'coincidence: pause and poll wait',
    'coincidence: poll wait and resume',
    'coincidence: resume and retry wait',
  ],
};

describe('6,000 random histories come to everything that the laws speak of', () => {
  const often = new Map<string, number>();
  for (const it of fc.sample(history(), { numRuns: 6_000, seed: 1 })) {
    const prediction = predict(it, 'taskPolls$');
    for (const what of prediction.tally.keys()) often.set(what, (often.get(what) ?? 0) + 1);
  }

  test.each(Object.entries(SITUATIONS))('%s', (_, situations) => {
    const seldom = situations.filter((what) => (often.get(what) ?? 0) < 5);
    expect(seldom).toEqual([]);
  });
});
