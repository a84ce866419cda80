import { VirtualTimeScheduler } from 'rxjs';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { describe, expect } from 'vitest';
import { browserUseV1, taskPolls$ } from '../../src/index.js';
import { history } from '../support/arbitraries.js';
import {
  type Answer,
  historyWith,
  http,
  type Pacing,
  seconds,
  status,
} from '../support/history.js';
import { fc, test } from '../support/property.js';
import { runs } from '../support/runs.js';
import { endIn, pollsIn, requestsIn } from '../support/trace.js';
import { runHistory } from '../support/run-history.js';

describe('law 10: server pacing', () => {
  test.prop([history(), fc.constantFrom(1, 300, 1_000, 2_500)], runs(300))(
    'nothing lifts the floor: neither pollNow nor the end of a pause nor the deadline',
    (history, floor) => {
      const pacing: Pacing = { form: 'ms', ms: floor };
      const paced = (answer: Answer): Answer =>
        'pacing' in answer ? { ...answer, pacing } : answer;
      const retry = history.options.retry === false ? {} : history.options.retry;
      const { trace } = runHistory(
        {
          ...history,
          answers: history.answers.map(paced),
          options: { ...history.options, retry: { ...retry, maxRetryAfter: 300_000 } },
        },
        'taskPolls$',
      );
      let earliest = -Infinity;
      for (const [ms, what, details] of trace) {
        if (what === 'request') expect(ms).toBeGreaterThanOrEqual(earliest);
        if (what !== 'poll') continue;
        const answer = history.answers[details.attempt - 1];
        const answered =
          details.error?.code !== 'network' && details.error?.code !== 'request-timeout';
        earliest = answer && answered ? ms + floor : -Infinity;
      }
    },
  );

  const delayAfter = (answer: Answer, options = {}, start = 0) =>
    pollsIn(runHistory(historyWith({ start, answers: [answer], options }), 'taskPolls$').trace)[0]
      ?.nextDelay;

  const anyForm = fc.constantFrom('imf-fixdate' as const, 'rfc850' as const, 'asctime' as const);
  const clocks = fc.constantFrom(0, 1_000_000_000_000, 1_700_000_000_000);

  test.prop(
    [fc.integer({ min: 0, max: 300 }), anyForm, clocks, fc.integer({ min: -9_999, max: 9_999 })],
    runs(200),
  )(
    'seconds, milliseconds and HTTP dates relative to Date mean the same delay',
    (requested, form, start, serverClock) => {
      const expected = Math.max(1_000, requested * 1_000);
      const after = (pacing: Pacing) => delayAfter(status('running', 0, pacing), {}, start);
      expect(after(seconds(requested))).toBe(expected);
      expect(after({ form: 'ms', ms: requested * 1_000 })).toBe(expected);
      expect(after({ form: 'ms', ms: requested * 1_000, besideSeconds: 7 })).toBe(expected);
      expect(after({ form, seconds: requested, serverClock })).toBe(expected);
      expect(after({ form, seconds: requested, serverClock: 'no Date header' })).toBe(expected);
    },
  );

  test.prop(
    [
      fc.oneof(
        fc.constantFrom(
          '1.5',
          '-1',
          '',
          'soon',
          '1, 2',
          '1,2',
          '0x10',
          '1e3',
          '+5',
          'NaN',
          'Infinity',
          '5s',
          '5 5',
        ),
        fc.string().filter((text) => !/^\s*\d+\s*$/.test(text) && Number.isNaN(Date.parse(text))),
      ),
    ],
    runs(200),
  )('a malformed value is ignored', (text) => {
    expect(delayAfter(status('running', 0, { form: 'malformed', text }))).toBe(1_000);
    expect(delayAfter(http(429, 0, { form: 'malformed', text, msText: text }))).toBe(500);
  });

  test.prop([fc.integer({ min: 0, max: 20 }), fc.constantFrom(0, 5_000, 10_000)], runs(200))(
    'more than maxRetryAfter ends the stream after a failure, and is capped after a good answer',
    (requested, maxRetryAfter) => {
      const options = { retry: { maxRetryAfter } };
      const beyond = requested * 1_000 > maxRetryAfter;
      const { trace } = runHistory(
        historyWith({ answers: [http(429, 0, seconds(requested))], options }),
        'taskPolls$',
      );
      expect(requestsIn(trace)).toEqual(beyond ? [0] : [0, Math.max(500, requested * 1_000)]);
      if (beyond)
        expect(endIn(trace)?.how).toMatchObject({
          code: 'rate-limited',
          retryAfter: requested * 1_000,
        });
      expect(delayAfter(status('running', 0, seconds(requested)), options)).toBe(
        Math.max(1_000, Math.min(requested * 1_000, maxRetryAfter)),
      );
    },
  );

  test.each<[number, Pacing, number]>([
    [503, seconds(1_800), 1_800_000],
    [503, { form: 'imf-fixdate', seconds: 86_400, serverClock: 3_600 }, 86_400_000],
    [502, { form: 'ms', ms: 300_001 }, 300_001],
    [429, seconds(301), 301_000],
    [408, seconds(2_147_484), 2_147_484_000],
  ])(
    'a %i with %j ends the stream at once, and the error names the reason',
    (code, pacing, retryAfter) => {
      const history = historyWith({ answers: [status('running'), http(code, 0, pacing)] });
      const { trace } = runHistory(history, 'taskPolls$');
      expect(requestsIn(trace)).toEqual([0, 1_000]);
      expect(endIn(trace)?.how).toMatchObject({ status: code, retryAfter });
      expect(messageAfter(code, retryAfter)).toContain(
        `Retry-After of ${retryAfter} ms is more than retry.maxRetryAfter`,
      );
    },
  );

  test('the error does not name maxRetryAfter if the delay is within it or the failure is permanent', () => {
    for (const [code, ms] of [
      [503, 300_000],
      [404, 1_800_000],
    ] as const) {
      expect(messageAfter(code, ms)).not.toContain('maxRetryAfter');
    }
  });

  /** The message of the first failure of a watch. */
  const messageAfter = (status: number, ms: number): string | undefined => {
    let message: string | undefined;
    const scheduler = new VirtualTimeScheduler();
    const answer = { status, headers: { 'retry-after-ms': String(ms) } };
    const { transport } = fakeTaskApi({ task_1: [[answer, 0]] }, { scheduler });
    taskPolls$('task_1', { transport, scheduler }).subscribe({
      next: ({ error }) => (message = error?.message),
      error: () => undefined,
    });
    return message;
  };

  test('an ignored word and a 404 in its grace period are good answers', () => {
    const options = {
      unknownStatus: 'ignore' as const,
      notFoundGrace: 60_000,
      retry: { maxRetryAfter: 2_000 },
    };
    const word: Answer = {
      kind: 'unknown word',
      word: 'archiving',
      latency: 0,
      pacing: seconds(60),
    };
    expect(delayAfter(word, options)).toBe(2_000);
    expect(delayAfter(http(404, 0, seconds(60)), options)).toBe(2_000);
  });

  test('with a floor, delays are spread out above it', () => {
    const withRandom = (value: number) => ({
      backoff: { jitter: 0.5 },
      random: { backoff: [value], retry: [0] },
    });
    const paced = status('running', 0, seconds(10));
    expect([0, 0.5, 1].map((value) => delayAfter(paced, withRandom(value)))).toEqual([
      10_500, 10_250, 10_000,
    ]);
  });

  test.each([
    ['a text', '5000'],
    ['NaN', NaN],
    ['a negative number', -1],
    ['null', null],
  ])("%s from the API's retryAfter is ignored", (_, given) => {
    const scheduler = new VirtualTimeScheduler();
    const api = { ...browserUseV1, retryAfter: () => given as number };
    const { transport } = fakeTaskApi(
      {
        task_1: [
          ['running', 0],
          ['finished', 500],
        ],
      },
      { scheduler },
    );
    const delays: unknown[] = [];
    taskPolls$('task_1', { api, transport, scheduler, backoff: { jitter: 0 } }).subscribe((poll) =>
      delays.push(poll.nextDelay),
    );
    scheduler.flush();
    expect(delays).toEqual([1_000, undefined]);
  });
});
