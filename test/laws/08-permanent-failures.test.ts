import { of } from 'rxjs';
import { describe, expect } from 'vitest';
import { type StatusRequest, taskStatus$ } from '../../src/index.js';
import { type Answer, historyWith, http, BODY_LIMIT, status } from '../support/history.js';
import { fc, test } from '../support/property.js';
import { runs } from '../support/runs.js';
import type { Entry, ErrorRecord } from '../support/trace.js';
import { runHistory } from '../support/run-history.js';

/** The failure is a poll without `nextDelay`, and the same object is the stream's error. */
function expectEnd(answer: Answer, error: Omit<ErrorRecord, 'attempts' | 'elapsed'>): void {
  const { trace } = runHistory(historyWith({ answers: [status('running'), answer] }), 'taskPolls$');
  const fields = { attempts: 2, elapsed: 1_000, lastStatus: 'running', ...error };
  expect(trace.slice(2)).toEqual<Entry[]>([
    [1_000, 'request', 2],
    [
      1_000,
      'poll',
      {
        taskId: 'task_1234567890abcdef',
        attempt: 2,
        at: 1_000,
        duration: 0,
        changed: false,
        error: fields,
      },
    ],
    [1_000, 'end', { ...fields, fromPoll: 2 }],
  ]);
}

const nameAndCode = (status: number) => {
  if (status === 404) return { name: 'TaskNotFoundError', code: 'not-found' };
  if (status === 422) return { name: 'TaskValidationError', code: 'invalid' };
  if (status === 401 || status === 403)
    return { name: 'AuthenticationError', code: 'unauthorized' };
  return { name: 'HttpStatusError', code: 'http' };
};

const permanentStatus = fc
  .oneof(
    { weight: 1, arbitrary: fc.constantFrom(0, 304, 404, 422, 401, 403) },
    { weight: 2, arbitrary: fc.integer({ min: 300, max: 499 }) },
  )
  .filter((status) => ![408, 425, 429].includes(status));

describe('law 8: permanent failures error at once', () => {
  test.prop([permanentStatus, fc.string()], runs(300))(
    'a 404, 422, 401, 403, any other 4xx except 408, 425 and 429, every 3xx, and status 0',
    (status, body) =>
      expectEnd({ kind: 'http', status, body, latency: 0 }, { ...nameAndCode(status), status }),
  );

  const unexpected = (status: number) => ({
    name: 'UnexpectedResponseError',
    code: 'unexpected-response',
    status,
  });

  test('a 204', () => expectEnd({ kind: 'no content', latency: 0 }, unexpected(204)));

  test.prop([fc.jsonValue().filter((value) => typeof value !== 'string')], runs(300))(
    'JSON that is not a string',
    (value) =>
      expectEnd({ kind: 'not a string', json: JSON.stringify(value), latency: 0 }, unexpected(200)),
  );

  const words = ['created', 'running', 'paused', 'finished', 'stopped', 'failed'];
  const similar = fc
    .constantFrom(...words)
    .chain((word) =>
      fc.constantFrom(word.toUpperCase(), `${word} `, ` ${word}`, `${word}.`, word.slice(1)),
    );

  test.prop([fc.oneof(fc.string(), similar).filter((word) => !words.includes(word))], runs(300))(
    'an unknown word, however similar to a known one',
    (word) => expectEnd({ kind: 'unknown word', word, latency: 0 }, unexpected(200)),
  );

  test(`a body of more than ${String(BODY_LIMIT)} characters, but not a shorter one`, () => {
    expectEnd({ kind: 'too long', latency: 0 }, unexpected(200));
    const longest: Answer = { ...status('finished'), format: 'longest' };
    expect(runHistory(historyWith({ answers: [longest] }), 'taskStatus$').trace).toEqual([
      [0, 'request', 1],
      [0, 'emission', 'finished'],
      [0, 'end', 'complete'],
    ]);
  });

  test('a permanent failure ignores Retry-After', () =>
    expectEnd(http(410, 0, { form: 'seconds', seconds: 60 }), {
      name: 'HttpStatusError',
      code: 'http',
      status: 410,
      retryAfter: 60_000,
    }));

  test('a request is aborted if its body is too long, and only then', () => {
    for (const length of [0, BODY_LIMIT, BODY_LIMIT + 1]) {
      let request: StatusRequest | undefined;
      taskStatus$('task_1', {
        transport: (it) => {
          request = it;
          return of({ status: 200, headers: { get: () => null }, body: '"x"'.padEnd(length) });
        },
      }).subscribe({ error: () => undefined });
      expect(request?.signal.aborted).toBe(length > BODY_LIMIT);
    }
  });
});
