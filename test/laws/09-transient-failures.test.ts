import { EMPTY, NEVER, throwError, VirtualTimeScheduler } from 'rxjs';
import { describe, expect } from 'vitest';
import { isTaskStatusError, type StatusTransport, taskStatus$ } from '../../src/index.js';
import { history } from '../support/arbitraries.js';
import { type Answer, historyWith, http, status } from '../support/history.js';
import { fc, test } from '../support/property.js';
import { runs } from '../support/runs.js';
import { endIn, type Entry, pollsIn, requestsIn } from '../support/trace.js';
import { runHistory } from '../support/run-history.js';

const transient: fc.Arbitrary<Answer> = fc.oneof(
  fc
    .oneof(fc.constantFrom(408, 425, 429), fc.integer({ min: 500, max: 599 }))
    .map((status) => http(status)),
  fc
    .constantFrom('', '<html></html>', '"runn', 'running', '{', '5 5')
    .map((body): Answer => ({ kind: 'not JSON', body, latency: 0 })),
  fc.constantFrom<Answer>(
    { kind: 'transport throws' },
    { kind: 'transport errors', latency: 0 },
    { kind: 'transport errors', latency: 10 },
    { kind: 'transport completes', latency: 0 },
    { kind: 'no answer' },
  ),
);

const times = (n: number, answer: Answer) => Array.from({ length: n }, () => answer);
const maxRetries = fc.oneof(fc.nat({ max: 12 }), fc.constant(Infinity));

describe('law 9: transient failures are retried', () => {
  test.prop([transient, maxRetries, fc.nat({ max: 14 })], runs(200))(
    'at most maxRetries in a row, then the last failure is the error',
    (answer, maxRetries, failures) => {
      const { trace } = runHistory(
        historyWith({
          answers: [status('running'), ...times(failures, answer)],
          options: { retry: { maxRetries } },
        }),
        'taskPolls$',
      );
      const survives = failures <= maxRetries;
      expect(requestsIn(trace)).toHaveLength(survives ? failures + 2 : maxRetries + 2);
      const end = endIn(trace)?.how;
      if (survives) expect(end).toBe('complete');
      else expect(end).toEqual({ ...pollsIn(trace).at(-1)?.error, fromPoll: maxRetries + 2 });
    },
  );

  test.prop([fc.array(fc.nat({ max: 3 }), { minLength: 1, maxLength: 6 }), transient], runs(300))(
    'any valid status resets the count and does not restart the poll backoff',
    (failures, answer) => {
      const answers = failures.flatMap((n) => [...times(n, answer), status('running')]);
      const options = { retry: { maxRetries: 3 } };
      const polls = pollsIn(runHistory(historyWith({ answers, options }), 'taskPolls$').trace);
      const delays = polls
        .filter(({ status }) => status === 'running')
        .map(({ nextDelay }) => nextDelay);
      expect(delays).toEqual(failures.map((_, index) => Math.min(5_000, 1_000 * 1.5 ** index)));
    },
  );

  test.prop([history()], runs(200))(
    'shouldRetry is called for each failure, with the number of retries in a row before it',
    (history) => {
      const shouldRetry = { decisions: {}, otherwise: 'retry' as const, upToRetries: Infinity };
      const { trace, shouldRetryCalls } = runHistory(
        {
          ...history,
          options: {
            ...history.options,
            retry: { ...history.options.retry, shouldRetry },
            unknownStatus: 'error',
            notFoundGrace: 0,
          },
          events: history.events.filter(({ act }) => act !== 'resume'),
          inside: history.inside.filter(({ act }) => act !== 'resume'),
        },
        'taskPolls$',
      );
      let retries = 0;
      const expected = trace.flatMap(([ms, what, details]: Entry) => {
        if (what !== 'poll') return [];
        if (details.error === undefined) {
          retries = 0;
          return [];
        }
        retries += 1;
        return [[ms, details.error.code, retries - 1]];
      });
      expect(shouldRetryCalls.map(([ms, code, retries]) => [ms, code, retries])).toEqual(expected);
    },
  );

  test('shouldRetry replaces the decision, and maxRetries still applies', () => {
    const always = { decisions: {}, otherwise: 'retry' as const, upToRetries: Infinity };
    const never = { decisions: {}, otherwise: 'give up' as const, upToRetries: Infinity };
    const requests = (shouldRetry: typeof always | typeof never, answer: Answer) => {
      const options = { retry: { maxRetries: 2, shouldRetry } };
      return requestsIn(
        runHistory(historyWith({ answers: times(9, answer), options }), 'taskStatus$').trace,
      );
    };
    expect(requests(always, http(404))).toEqual([0, 500, 1_500]);
    expect(requests(never, http(503))).toEqual([0]);
  });

  test.each<[string, Answer, boolean]>([
    ['a 503', http(503), true],
    ['a 404', http(404), false],
    ['a lost connection', { kind: 'transport throws' }, true],
    ['a request timeout', { kind: 'no answer' }, true],
    ['a body that is not JSON', { kind: 'not JSON', body: '', latency: 0 }, true],
    ['JSON that is not a string', { kind: 'not a string', json: '5', latency: 0 }, false],
  ])('shouldRetry gets the default decision for %s, and may return it', (_, answer, transient) => {
    const shouldRetry = { decisions: {}, otherwise: 'default' as const, upToRetries: Infinity };
    const { trace, shouldRetryCalls } = runHistory(
      historyWith({ answers: [answer], options: { retry: { shouldRetry } } }),
      'taskStatus$',
    );
    expect(shouldRetryCalls.map(([, , , given]) => given)).toEqual([transient]);
    expect(requestsIn(trace)).toHaveLength(transient ? 2 : 1);
  });

  test('an exception in shouldRetry is the error of the stream, after the poll', () => {
    const shouldRetry = { decisions: {}, otherwise: 'throws' as const, upToRetries: Infinity };
    const { trace } = runHistory(
      historyWith({ answers: [http(503)], options: { retry: { shouldRetry } } }),
      'taskPolls$',
    );
    expect(trace.map(([, what]) => what)).toEqual(['request', 'poll', 'end']);
    expect(endIn(trace)).toEqual({ at: 0, how: { thrown: 'shouldRetry threw' } });
  });

  test('retry: false is maxRetries: 0', () => {
    const answers = times(1, http(503));
    const off = historyWith({ answers, options: { retry: false } });
    const none = historyWith({ answers, options: { retry: { maxRetries: 0 } } });
    expect(runHistory(off, 'taskPolls$')).toEqual(runHistory(none, 'taskPolls$'));
    expect(requestsIn(runHistory(off, 'taskPolls$').trace)).toEqual([0]);
  });

  test('by default there are ten retries, with delays from 0.5 s that double up to 30 s', () => {
    const answers = times(12, { kind: 'transport throws' });
    const requests = requestsIn(runHistory(historyWith({ answers }), 'taskStatus$').trace);
    const delays = requests.map((ms, index) => ms - (requests[index - 1] ?? 0)).slice(1);
    expect(delays).toEqual([
      500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000,
    ]);
  });

  const nothing: unknown = undefined;

  test.each<[string, StatusTransport, string]>([
    ['an error', () => throwError(() => new Error('reset')), 'failed: reset'],
    ['an error without a reason', () => throwError(() => nothing), 'failed'],
    ['completion', () => EMPTY, 'failed: the transport completed without an answer'],
    ['no answer', () => NEVER, 'got no answer within 900 ms (requestTimeout)'],
  ])(
    'the message for a transport that ends with %s describes the failure',
    (_, transport, what) => {
      const scheduler = new VirtualTimeScheduler();
      const messages: unknown[] = [];
      taskStatus$('task_1', { scheduler, transport, requestTimeout: 900, retry: false }).subscribe({
        error: (error: unknown) => messages.push(isTaskStatusError(error) && error.message),
      });
      scheduler.flush();
      expect(messages).toEqual([`The request for task "task_1" ${what}`]);
    },
  );
});
