import { EMPTY, NEVER, throwError, VirtualTimeScheduler } from 'rxjs';
import { describe, expect } from 'vitest';
import { isTaskStatusError, type StatusTransport, taskStatus$ } from '../../src/index.js';
import { history } from '../support/arbitraries.js';
import { type Answer, historyWith, http, status } from '../support/history.js';
import { fc, test } from '../support/property.js';
import { runs } from '../support/runs.js';
import { endIn, type Entry, pollsIn, requestsIn } from '../support/trace.js';
import { watch } from '../support/virtual.js';

const transient: fc.Arbitrary<Answer> = fc.oneof(
  fc
    .oneof(fc.constantFrom(408, 425, 429), fc.integer({ min: 500, max: 599 }))
    .map((it) => http(it)),
  fc
    .constantFrom('', '<html></html>', '"runn', 'running', '{', '5 5')
    .map((body): Answer => ({ kind: 'not JSON', body, latency: 0 })),
  fc.constantFrom<Answer>(
    { kind: 'transport throws' },
    { kind: 'transport errors', latency: 0 },
    { kind: 'transport errors', latency: 10 },
    { kind: 'transport completes', latency: 0 },
    { kind: 'silence' },
  ),
);

const times = (n: number, answer: Answer) => Array.from({ length: n }, () => answer);
const maxRetries = fc.oneof(fc.nat({ max: 12 }), fc.constant(Infinity));

describe('law 9: transient failures are retried', () => {
  test.prop([transient, maxRetries, fc.nat({ max: 14 })], runs(200))(
    'maxRetries in a row at most, then the last one is the error',
    (answer, maxRetries, failures) => {
      const { trace } = watch(
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
      const polls = pollsIn(watch(historyWith({ answers, options }), 'taskPolls$').trace);
      const waits = polls
        .filter(({ status }) => status === 'running')
        .map(({ nextDelay }) => nextDelay);
      expect(waits).toEqual(failures.map((_, index) => Math.min(5_000, 1_000 * 1.5 ** index)));
    },
  );

  test.prop([history()], runs(200))(
    'shouldRetry is asked for each failure, with how many retries were made in a row before it',
    (history) => {
      const shouldRetry = { verdicts: {}, otherwise: 'retry' as const, patience: Infinity };
      const { trace, asked } = watch(
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
      expect(asked).toEqual(expected);
    },
  );

  test('shouldRetry replaces the choice, and maxRetries still binds', () => {
    const always = { verdicts: {}, otherwise: 'retry' as const, patience: Infinity };
    const never = { verdicts: {}, otherwise: 'give up' as const, patience: Infinity };
    const requests = (shouldRetry: typeof always | typeof never, answer: Answer) => {
      const options = { retry: { maxRetries: 2, shouldRetry } };
      return requestsIn(
        watch(historyWith({ answers: times(9, answer), options }), 'taskStatus$').trace,
      );
    };
    expect(requests(always, http(404))).toEqual([0, 500, 1_500]);
    expect(requests(never, http(503))).toEqual([0]);
  });

  test('what shouldRetry throws is the error of the stream, after the poll', () => {
    const shouldRetry = { verdicts: {}, otherwise: 'throws' as const, patience: Infinity };
    const { trace } = watch(
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
    expect(watch(off, 'taskPolls$')).toEqual(watch(none, 'taskPolls$'));
    expect(requestsIn(watch(off, 'taskPolls$').trace)).toEqual([0]);
  });

  test('the defaults: ten retries, from 0.5 s, doubling, at most 30 s', () => {
    const answers = times(12, { kind: 'transport throws' });
    const requests = requestsIn(watch(historyWith({ answers }), 'taskStatus$').trace);
    const waits = requests.map((ms, index) => ms - (requests[index - 1] ?? 0)).slice(1);
    expect(waits).toEqual([
      500, 1_000, 2_000, 4_000, 8_000, 16_000, 30_000, 30_000, 30_000, 30_000,
    ]);
  });

  const nothing: unknown = undefined;

  test.each<[string, StatusTransport, string]>([
    ['an error', () => throwError(() => new Error('reset')), 'failed: reset'],
    ['no reason', () => throwError(() => nothing), 'failed'],
    ['an end', () => EMPTY, 'failed: the transport completed without an answer'],
    ['no end', () => NEVER, 'got no answer within 900 ms (requestTimeout)'],
  ])('the error of a transport that gives %s says what happened', (_, transport, what) => {
    const scheduler = new VirtualTimeScheduler();
    const messages: unknown[] = [];
    taskStatus$('task_1', { scheduler, transport, requestTimeout: 900, retry: false }).subscribe({
      error: (error: unknown) => messages.push(isTaskStatusError(error) && error.message),
    });
    scheduler.flush();
    expect(messages).toEqual([`The request for task "task_1" ${what}`]);
  });
});
