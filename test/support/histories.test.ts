import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { history } from './arbitraries.js';
import { predict } from './model.js';

// The situations that the laws are about, by the model's names for them. A property proves nothing
// about a situation that random histories never reach.
const SITUATIONS = {
  'every end': [
    'end: complete',
    'end: unsubscribed',
    'end: none',
    'end: with a request in flight',
    'end: aborted',
    'end: pauseWhile failed',
    'end: pollNow failed',
    'end: shouldRetry threw',
    'end: delay threw',
    'end: random threw',
    'end: details threw',
    'end: retryAfter threw',
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
  'retries and their limits': [
    'maxRetries used up',
    'beyond maxRetryAfter',
    'retry delay raised to the poll delay',
    'shouldRetry: retries a permanent failure',
    'shouldRetry: gives up a transient failure',
  ],
  'delays by the options': ['delay by elapsed', 'maxDelay by initialDelay'],
  'details, POST, operation URLs and answers without a body': [
    'details',
    'request: POST',
    'request: a body',
    'request: headers',
    'request: a header of the options instead',
    'request: an operation URL',
    'empty body: status',
    'empty body: ignored',
    'empty body: failure',
  ],
  'delays in the way of the API': [
    'own delay: alone',
    'own delay: longer than Retry-After',
    'own delay: shorter than Retry-After',
    'own delay: before the deadline',
    'own delay: in a final poll',
    'own delay: on a failure',
    'own delay: on an ignored answer',
    'own delay: on a status',
    'own delay: no delay',
    'own delay: beyond maxRetryAfter',
  ],
  'floors, grace periods and ignored words': [
    'floor',
    'floor limited to maxRetryAfter',
    'ignored: not-found',
    'ignored: unexpected-response',
  ],
  'the deadline, with a final poll and without': [
    'final poll: ends a poll delay',
    'final poll: ends a retry delay',
    'final poll: in flight at the deadline',
    'final poll: request timeout shortened',
    'final poll: status',
    'final poll: failure',
    'final poll: ignored',
    'no final poll: paused',
    'no final poll: floor',
    'TaskTimeoutError with a cause',
    'final poll repeated',
  ],
  pauses: [
    'pause: in a poll delay',
    'pause: in a retry delay',
    'pause: with a request in flight',
    'answer handled in a pause',
    'resume: polls at once',
    'resume: delayed by the floor',
    'resume: with a request in flight',
  ],
  'poll now': [
    'poll now: ends a delay',
    'poll now: shortens a delay to the gap',
    'poll now: shortens a delay to the floor',
    'poll now: in a retry delay',
    'poll now: in a pause',
    'poll now: during subscribe',
    'poll now: during a request',
    'poll now: remembered before a poll delay',
    'poll now: remembered before a retry delay',
  ],
  'reentrant events': [
    'inside next: abort',
    'inside next: unsubscribe',
    'inside transport: abort',
    'inside transport: unsubscribe',
    'postponed: pause',
    'postponed: resume',
    'postponed: pollNow',
    'postponed: pauseWhile errors',
    'postponed: pollNow errors',
  ],
  'events at the same instant': [
    'same instant: answer and deadline',
    'same instant: answer and pollNow',
    'same instant: answer and pause',
    'same instant: answer and resume',
    'same instant: deadline and request timeout',
    'same instant: deadline and pollNow',
    'same instant: deadline and pause',
    'same instant: deadline and resume',
    'same instant: pollNow and request timeout',
    'same instant: request timeout and resume',
    'same instant: poll delay and pollNow',
    'same instant: pollNow and retry delay',
    'same instant: pause and poll delay',
    'same instant: poll delay and resume',
    'same instant: resume and retry delay',
  ],
};

describe('6,000 random histories reach every situation that the laws are about', () => {
  const counts = new Map<string, number>();
  for (const it of fc.sample(history(), { numRuns: 6_000, seed: 1 })) {
    for (const situation of predict(it, 'taskPolls$').situations) {
      counts.set(situation, (counts.get(situation) ?? 0) + 1);
    }
  }

  test.each(Object.entries(SITUATIONS))('%s', (_, situations) => {
    const rare = situations.filter((situation) => (counts.get(situation) ?? 0) < 5);
    expect(rare).toEqual([]);
  });
});
