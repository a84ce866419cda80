import { of, throwError } from 'rxjs';
import { describe, expect, test } from 'vitest';
import {
  type FetchLike,
  isTaskStatusError,
  type StatusResponse,
  type StatusTransport,
  taskStatus$,
  type TaskStatusOptions,
} from '../src/index.js';

// Mistakes in a first test or in the first lines with this package. None of them may be reported as a
// network failure, because those are retried for more than a minute.

const FINISHED: StatusResponse = { status: 200, headers: {}, body: '"finished"' };

declare const notDefined: string;

/** How a watch ends, and after how many requests. Retries would follow each other within 1 ms. */
async function watch(
  options: TaskStatusOptions,
): Promise<{ statuses: string[]; end: unknown; requests: number }> {
  let requests = 0;
  const counted = <A extends unknown[], R>(send: ((...args: A) => R) | undefined) =>
    send &&
    ((...args: A): R => {
      requests++;
      return send(...args);
    });
  const { fetch, transport } = options;
  const statuses: string[] = [];
  const end = await new Promise((resolve) => {
    taskStatus$('task_1', {
      backoff: { initialDelay: 1, maxDelay: 1 },
      retry: { maxRetries: 3, initialDelay: 1, maxDelay: 1 },
      ...options,
      fetch: counted(fetch),
      transport: counted(transport),
    }).subscribe({
      next: (status) => statuses.push(status),
      error: resolve,
      complete: () => resolve('complete'),
    });
  });
  return { statuses, end, requests };
}

const fetching = (give: () => unknown): TaskStatusOptions => ({ fetch: give as FetchLike });
const sending = (give: () => unknown): TaskStatusOptions => ({
  transport: give as StatusTransport,
});

describe('a mistake that ends the watch at once, with a TypeError', () => {
  const text = () => Promise.resolve('"running"');
  test.each<[string, TaskStatusOptions, string]>([
    ['a mock without a return value', fetching(() => undefined), 'fetch must resolve'],
    ['a mock that resolves with nothing', fetching(() => Promise.resolve()), 'got undefined'],
    ['a mock of { ok, json }', fetching(() => ({ ok: true, json: text })), 'status must be'],
    [
      'a mock of { status, json }',
      fetching(() => ({ status: 200, headers: new Headers(), json: text })),
      'text must be',
    ],
    [
      'a mock with plain headers',
      fetching(() => ({ status: 200, headers: {}, text })),
      'headers must be',
    ],
    ['a body instead of a response', fetching(() => Promise.resolve('"running"')), 'got string'],
    [
      'a transport that answers with a Response',
      sending(() => Promise.resolve(new Response('"running"'))),
      'body must be a string, as from response.text()',
    ],
    ['a transport with parsed JSON', sending(() => of({ ...FINISHED, body: {} })), 'body must be'],
    [
      "a transport with axios' fields",
      sending(() => of({ status: 200, headers: {}, data: 'running' })),
      'body must be',
    ],
    ['a broken status', sending(() => of({ ...FINISHED, status: 200.5 })), 'got 200.5'],
    [
      'a transport that gives statuses',
      sending(() => of('running', 'finished')),
      'transport must answer with a StatusResponse, got string',
    ],
  ])('%s', async (_, options, message) => {
    const { end, requests } = await watch(options);
    expect(end).toBeInstanceOf(TypeError);
    expect(end).toHaveProperty('message', expect.stringContaining(message));
    expect(requests).toBe(1);
  });

  test('one Response for all requests', async () => {
    const one = new Response('"running"');
    const { statuses, end, requests } = await watch(fetching(() => Promise.resolve(one)));
    expect(statuses).toEqual(['running']);
    expect(end).toBeInstanceOf(TypeError);
    expect(end).toHaveProperty(
      'message',
      expect.stringContaining('each request needs a new Response'),
    );
    expect(requests).toBe(2);
  });
});

describe('a failure that ends the watch at once, with a NetworkError', () => {
  const broken = () => Promise.resolve(notDefined.length);
  const thrown = Object.assign(new Error('Request failed with status code 404'), {
    response: { status: 404 },
  });
  test.each<[string, TaskStatusOptions, string]>([
    ['a ReferenceError in a fetch', fetching(broken), 'notDefined is not defined'],
    ['a ReferenceError in a transport', sending(broken), 'notDefined is not defined'],
    ['a SyntaxError', sending(() => throwError(() => new SyntaxError('bad'))), 'bad'],
    ['a blocked port', { baseUrl: 'http://127.0.0.1:6667' }, 'bad port'],
    [
      'a transport that throws for a 404',
      sending(() => Promise.reject(thrown)),
      'Request failed with status code 404; the transport must return an answer of any status' +
        ' (with axios: validateStatus: () => true)',
    ],
  ])('%s', async (_, options, message) => {
    const { end, requests } = await watch(options);
    expect(isTaskStatusError(end) && end.code).toBe('network');
    expect(end).toHaveProperty('message', expect.stringContaining(message));
    expect(end).toHaveProperty('attempts', 1);
    if (!options.baseUrl) expect(requests).toBe(1);
  });
});

describe('a failure that is retried', () => {
  test.each<[string, TaskStatusOptions]>([
    ['a refused connection', fetching(() => Promise.reject(new TypeError('fetch failed')))],
    ['Response.error()', fetching(() => Promise.resolve(Response.error()))],
    [
      'a transport that throws for a 503',
      sending(() =>
        throwError(() => Object.assign(new Error('503'), { response: { status: 503 } })),
      ),
    ],
    [
      'a body that is not JSON, read as JSON',
      sending(async () => {
        const json: unknown = await new Response('<html>').json();
        return { ...FINISHED, body: JSON.stringify(json) };
      }),
    ],
  ])('%s', async (_, options) => {
    const { end, requests } = await watch(options);
    expect(isTaskStatusError(end) && end.code).toBe('network');
    expect(requests).toBe(4);
  });
});

describe('what works', () => {
  test.each<[string, TaskStatusOptions]>([
    [
      'a new Response for each request',
      fetching(() => Promise.resolve(new Response('"finished"'))),
    ],
    ['a mock without a promise', fetching(() => new Response('"finished"'))],
    ['a transport with plain headers', sending(() => of(FINISHED))],
    [
      'a transport with headers of node:http',
      sending(() => of({ ...FINISHED, headers: { a: ['b'] } })),
    ],
  ])('%s', async (_, options) => {
    expect(await watch(options)).toEqual({ statuses: ['finished'], end: 'complete', requests: 1 });
  });
});

test('Retry-After is found in plain headers, in any case', async () => {
  const limited = { status: 429, headers: { 'Retry-After': '301' }, body: '' };
  const { end, requests } = await watch(sending(() => of(limited)));
  expect(end).toMatchObject({ code: 'rate-limited', retryAfter: 301_000 });
  expect(requests).toBe(1);
});
