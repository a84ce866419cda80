import { of } from 'rxjs';
import { describe, expect } from 'vitest';
import { type StatusRequest, taskStatus$ } from '../../src/index.js';
import { type Answer, historyWith, http, LONGEST_BODY, status } from '../support/history.js';
import { fc, test } from '../support/property.js';
import { runs } from '../support/runs.js';
import type { Entry, ErrorSeen } from '../support/trace.js';
import { watch } from '../support/virtual.js';

/** The answer comes as a poll without a next one and then, the same object, as the stream's error. */
function expectTheEnd(answer: Answer, error: Omit<ErrorSeen, 'attempts' | 'elapsed'>): void {
  const { trace } = watch(historyWith({ answers: [status('running'), answer] }), 'taskPolls$');
  const facts = { attempts: 2, elapsed: 1_000, lastStatus: 'running', ...error };
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
        error: facts,
      },
    ],
    [1_000, 'end', { ...facts, fromPoll: 2 }],
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
    '404, 422, 401, 403, any other 4xx but 408, 425 and 429, every 3xx, and status 0',
    (status, body) =>
      expectTheEnd({ kind: 'http', status, body, latency: 0 }, { ...nameAndCode(status), status }),
  );

  const unexpected = (status: number) => ({
    name: 'UnexpectedResponseError',
    code: 'unexpected-response',
    status,
  });

  test('204', () => expectTheEnd({ kind: 'no content', latency: 0 }, unexpected(204)));

  test.prop([fc.jsonValue().filter((value) => typeof value !== 'string')], runs(300))(
    'JSON that is no string',
    (value) =>
      expectTheEnd(
        { kind: 'not a word', json: JSON.stringify(value), latency: 0 },
        unexpected(200),
      ),
  );

  const words = ['created', 'running', 'paused', 'finished', 'stopped', 'failed'];
  const nearly = fc
    .constantFrom(...words)
    .chain((word) =>
      fc.constantFrom(word.toUpperCase(), `${word} `, ` ${word}`, `${word}.`, word.slice(1)),
    );

  test.prop([fc.oneof(fc.string(), nearly).filter((word) => !words.includes(word))], runs(300))(
    'an unknown word, however near a known one',
    (word) => expectTheEnd({ kind: 'unknown word', word, latency: 0 }, unexpected(200)),
  );

  test(`a body of more than ${String(LONGEST_BODY)} characters, and none shorter`, () => {
    expectTheEnd({ kind: 'too long', latency: 0 }, unexpected(200));
    const longest: Answer = { ...status('finished'), dress: 'longest' };
    expect(watch(historyWith({ answers: [longest] }), 'taskStatus$').trace).toEqual([
      [0, 'request', 1],
      [0, 'emission', 'finished'],
      [0, 'end', 'complete'],
    ]);
  });

  test('a permanent failure does not wait for what Retry-After asks', () =>
    expectTheEnd(http(410, 0, { form: 'seconds', seconds: 60 }), {
      name: 'HttpStatusError',
      code: 'http',
      status: 410,
      retryAfter: 60_000,
    }));

  test('a body that is cut off as too long is not waited for: its request is aborted, and no other', () => {
    for (const length of [0, LONGEST_BODY, LONGEST_BODY + 1]) {
      let request: StatusRequest | undefined;
      taskStatus$('task_1', {
        transport: (it) => {
          request = it;
          return of({ status: 200, headers: { get: () => null }, body: '"x"'.padEnd(length) });
        },
      }).subscribe({ error: () => undefined });
      expect(request?.signal.aborted).toBe(length > LONGEST_BODY);
    }
  });
});
