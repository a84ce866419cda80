import { lastValueFrom, of } from 'rxjs';
import { describe, expect } from 'vitest';
import {
  browserUseV1,
  browserUseV2,
  fetchTransport,
  type StatusRequest,
  type StatusTransport,
  type TaskApi,
  taskStatus$,
} from '../../src/index.js';
import { type Answer, historyWith, http, BODY_LIMIT, status, TASK_ID } from '../support/history.js';
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
    'an unknown word, also one that is similar to a status',
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

  test('with fetchTransport the limit is in bytes, also for a body that cannot be read in chunks', async () => {
    const body = `"${'é'.repeat(40_000)}"`;
    const fetch = () =>
      Promise.resolve({
        status: 200,
        headers: { get: () => null },
        text: () => Promise.resolve(body),
      });
    await expect(
      lastValueFrom(taskStatus$(TASK_ID, { fetch, unknownStatus: 'ignore' })),
    ).rejects.toMatchObject({ name: 'UnexpectedResponseError' });
  });
});

describe("law 8: a body up to the API's limit", () => {
  const MEBIBYTES_16 = 16 * 1_024 * 1_024;

  /** Gives its body in chunks of 64 KiB, as fetch does. */
  const fetchInChunks = (body: string) => (): Promise<Response> => {
    const bytes = new TextEncoder().encode(body);
    let at = 0;
    const stream = new ReadableStream<Uint8Array>({
      pull(controller) {
        if (at < bytes.length) controller.enqueue(bytes.subarray(at, (at += 65_536)));
        else controller.close();
      },
    });
    return Promise.resolve(new Response(stream));
  };
  const fetchText = (body: string) => () =>
    Promise.resolve({
      status: 200,
      headers: { get: () => null },
      text: () => Promise.resolve(body),
    });

  const transports: [string, (body: string) => StatusTransport][] = [
    ['a transport without fetch', (body) => () => of({ status: 200, headers: {}, body })],
    ['fetch in chunks', (body) => fetchTransport(fetchInChunks(body))],
    ['fetch of a text', (body) => fetchTransport(fetchText(body))],
    [
      'a transport that changes a copy of the request',
      (body) => {
        const send = fetchTransport(fetchInChunks(body));
        return (request) => send({ ...request, headers: { ...request.headers, 'x-trace': '1' } });
      },
    ],
    [
      'a transport that changes the request by Object.assign()',
      (body) => {
        const send = fetchTransport(fetchInChunks(body));
        return (request) => send(Object.assign({}, request, { url: 'https://proxy.example/' }));
      },
    ],
    [
      'a transport that makes a request of the documented fields',
      (body) => {
        const send = fetchTransport(fetchInChunks(body));
        return ({ taskId, url, method, headers, signal }) =>
          send({ taskId, url, method, headers, signal });
      },
    ],
  ];

  /** How a watch ends whose first answer is this. */
  const endOf = (transport: StatusTransport, api: TaskApi<string>): Promise<string> =>
    lastValueFrom(taskStatus$<string>('task_1', { transport, api })).catch(String);

  /** An answer with this many bytes, in characters of one byte or, but for the last ones, of two. */
  const answerOf = (bytes: number, char = 'x'): string => {
    const frame = '{"status":"finished","output":""}';
    const size = Buffer.byteLength(char);
    const output = char.repeat(Math.floor((bytes - frame.length) / size));
    const rest = bytes - frame.length - output.length * size;
    return frame.replace('""', `"${output}${'x'.repeat(rest)}"`);
  };

  describe.each(transports)('by %s', (_, sending) => {
    test.each([70_000, 1_000_000, MEBIBYTES_16])(
      'of %i bytes is read by browserUseV2',
      async (bytes) => {
        expect(await endOf(sending(answerOf(bytes)), browserUseV2)).toBe('finished');
      },
    );

    test('is the limit: one byte more is too long', async () => {
      const end = await endOf(sending(answerOf(MEBIBYTES_16 + 1)), browserUseV2);
      expect(end).toMatch(
        /^UnexpectedResponseError: .* with a body that is too long, over 16777216 bytes: \{"status":"finished"/,
      );
    });

    test.each([33, 100, 65_537])('is set by api.bodyLimit: %i bytes', async (bodyLimit) => {
      const api = { ...browserUseV2, bodyLimit };
      expect(await endOf(sending(answerOf(bodyLimit)), api)).toBe('finished');
      expect(await endOf(sending(answerOf(bodyLimit + 1)), api)).toContain(
        `too long, over ${bodyLimit} bytes`,
      );
    });

    test('is 65,536 bytes by default', async () => {
      const { statuses, terminal } = browserUseV2;
      const api = { ...browserUseV1, statuses, terminal, status: browserUseV2.status };
      expect(await endOf(sending(answerOf(65_536)), api)).toBe('finished');
      expect(await endOf(sending(answerOf(65_537)), api)).toContain('too long, over 65536 bytes');
    });
  });

  test('is in bytes with fetch, and in characters with another transport', async () => {
    const api = { ...browserUseV2, bodyLimit: 1_000 };
    const over = answerOf(1_001, 'é');
    expect(over.length).toBeLessThan(1_000);
    for (const [name, sending] of transports) {
      const end = await endOf(sending(over), api);
      if (name === 'a transport without fetch') expect(end).toBe('finished');
      else expect(end).toContain('too long');
      expect(await endOf(sending(answerOf(1_000, 'é')), api)).toBe('finished');
    }
  });
});
