import { lastValueFrom, throwError } from 'rxjs';
import { browserUseV1, browserUseV2, type FetchLike } from 'rxjs-task-status';
import { taskStatusProxy, type TaskStatusProxyOptions } from 'rxjs-task-status/proxy';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { fc, test as property } from '../support/property.js';

const KEY = 'bu_51f0c8e2a9b7d64e';
const URL_OF_TASK = 'http://page.example/api/v1/task/task_1/status';

function answering(...answer: ConstructorParameters<typeof Response>): FetchLike {
  return () => Promise.resolve(new Response(...answer));
}

function proxyWith(options: Partial<TaskStatusProxyOptions>) {
  return taskStatusProxy({
    apiKey: KEY,
    basePath: '/api/v1',
    fetch: answering('"running"'),
    ...options,
  });
}

/** What a page gets, in short. */
async function ask(
  options: Partial<TaskStatusProxyOptions>,
  request = new Request(URL_OF_TASK),
): Promise<{ status: number; body: string; headers: Headers }> {
  const response = await proxyWith(options)(request);
  if (!response) throw new Error('The request is not for the proxy');
  return { status: response.status, body: await response.text(), headers: response.headers };
}

const detail = (text: string): string => JSON.stringify({ detail: text });

describe('an answer', () => {
  test('keeps its JSON as it was written', async () => {
    const body = ' { "a" : 9007199254740993, "a": 1e2, "b": "\\u00e4<script>" }\n';
    expect((await ask({ fetch: answering(body) })).body).toBe(body);
  });

  test.each([200, 201, 202, 400, 401, 403, 404, 408, 422, 425, 429, 500, 503, 599])(
    'keeps its status %i',
    async (status) => {
      const { headers, ...answer } = await ask({ fetch: answering('{"detail":"x"}', { status }) });
      expect(answer).toEqual({ status, body: '{"detail":"x"}' });
      expect(headers.get('proxy-status')).toBe(`rxjs-task-status; received-status=${status}`);
    },
  );

  test.each([300, 301, 302, 304, 307, 308])('that is a redirect, %i, is a 502', async (status) => {
    const fetch = answering(null, { status, headers: { location: 'https://evil.example' } });
    const { status: shown, body, headers } = await ask({ fetch });
    expect([shown, body]).toEqual([502, detail('The task API redirected the request')]);
    expect([headers.get('location'), headers.get('proxy-status')]).toEqual([null, null]);
  });

  test.each([0, 100, 199, 600, 999])('with the odd status %i is a 502', async (status) => {
    const fetch: FetchLike = () =>
      Promise.resolve({ status, headers: new Headers(), text: () => Promise.resolve('"running"') });
    expect((await ask({ fetch })).status).toBe(502);
  });

  test('without a body is passed on if it is a 204', async () => {
    expect(await ask({ fetch: answering(null, { status: 204 }) })).toMatchObject({
      status: 204,
      body: '',
    });
    expect(await ask({ fetch: answering(null, { status: 205 }) })).toMatchObject({
      status: 205,
      body: '',
    });
  });

  test('without a body is passed on if the API reads the status of the answer', async () => {
    const api = { ...browserUseV1, status: (_: unknown, head: { status: number }) => head.status };
    const fetch = answering('', { status: 202 });
    expect(await ask({ api, fetch })).toMatchObject({ status: 202, body: '' });
    expect(await ask({ fetch })).toMatchObject({ status: 502 });
    expect(await ask({ api, fetch: answering('', { status: 404 }) })).toMatchObject({
      status: 404,
      body: detail('The task API answered 404 with a body that is not JSON'),
    });
  });

  test('keeps the status and Retry-After of an error whose body is too long', async () => {
    const headers = { 'retry-after': '5' };
    const fetch = answering('x'.repeat(65_537), { status: 429, headers });
    const answer = await ask({ fetch });
    expect(answer).toMatchObject({
      status: 429,
      body: detail('The task API answered 429 with a body that is too long'),
    });
    expect(answer.headers.get('retry-after')).toBe('5');
  });

  test('has the headers that set the pace, if they are plain text', async () => {
    const headers = {
      'retry-after': '5',
      'retry-after-ms': '4500',
      date: 'Sun, 06 Nov 1994 08:49:37 GMT',
      'x-other': 'x',
    };
    const good = (await ask({ fetch: answering('"running"', { headers }) })).headers;
    expect(Object.fromEntries(good)).toEqual({
      'retry-after': '5',
      'retry-after-ms': '4500',
      date: 'Sun, 06 Nov 1994 08:49:37 GMT',
      'proxy-status': 'rxjs-task-status; received-status=200',
      'cache-control': 'no-store',
      'content-type': 'application/json; charset=utf-8',
      'x-content-type-options': 'nosniff',
    });
    const bad = { 'retry-after': 'x'.repeat(257), 'retry-after-ms': 'ä', date: `for ${KEY}` };
    const dropped = (await ask({ fetch: answering('"running"', { headers: bad }) })).headers;
    expect([...dropped.keys()].filter((name) => name in bad)).toEqual([]);
  });

  test('has the headers that the API reads, but none that a browser acts on', async () => {
    const api = {
      ...browserUseV1,
      retryAfter: (_: unknown, headers: { get(name: string): string | null }) =>
        Number(headers.get('X-Poll-Interval') ?? headers.get('Set-Cookie')),
    };
    const headers = { 'x-poll-interval': '9', 'x-other': '1', 'set-cookie': 'a=b' };
    const answer = await ask({ api, fetch: answering('"running"', { headers }) });
    expect(answer.headers.get('x-poll-interval')).toBe('9');
    expect([answer.headers.get('x-other'), answer.headers.getSetCookie()]).toEqual([null, []]);
    const cookie = { 'set-cookie': 'a=b' };
    const other = await ask({ api, fetch: answering('"running"', { headers: cookie }) });
    expect(other.headers.getSetCookie()).toEqual([]);
  });

  test('is passed on even if the details or the delay of the API cannot be read', async () => {
    const boom = () => {
      throw new Error('boom');
    };
    const api = { ...browserUseV1, details: boom, retryAfter: boom };
    expect(await ask({ api })).toMatchObject({ status: 200, body: '"running"' });
  });

  test.each([
    [65_536, 200],
    [65_537, 502],
  ])('of %i bytes is a %i', async (size, status) => {
    expect((await ask({ fetch: answering(`"${'x'.repeat(size - 2)}"`) })).status).toBe(status);
  });

  test('may be as long as the API says, and a result 16 MiB', async () => {
    const fetch = answering(`"${'x'.repeat(100_000)}"`);
    const small = { ...browserUseV1, bodyLimit: 100_001 };
    const large = { ...browserUseV1, bodyLimit: 100_002 };
    expect((await ask({ api: small, fetch })).status).toBe(502);
    expect((await ask({ api: large, fetch })).status).toBe(200);
    const result = new Request('http://page.example/api/v1/task/task_1');
    expect((await ask({ api: small, fetch, results: true }, result)).status).toBe(200);
    const long = answering(`"${'x'.repeat(16_777_215)}"`);
    expect((await ask({ fetch: long, results: true }, result)).status).toBe(502);
  });
});

describe('the key', () => {
  const encodings: readonly (readonly [string, (key: string) => string])[] = [
    ['as it is', (key) => key],
    ['percent-encoded', (key) => encodeURIComponent(key)],
    ['JSON-escaped', (key) => key.replace(/./g, (it) => `\\u00${it.charCodeAt(0).toString(16)}`)],
    ['in Base64', (key) => btoa(`api:${key}`)],
    ['in a URL', (key) => `https://api.example/?key=${encodeURIComponent(key)}&x`],
  ];

  test.each(encodings)('never reaches the page %s', async (_, encode) => {
    for (const status of [200, 401, 500]) {
      const body = `{"detail":"${encode(KEY)}","${encode(KEY)}":["${encode(KEY)}"]}`;
      const answer = await ask({ fetch: answering(body, { status }) });
      expect(answer.status).toBe(status);
      expect(JSON.parse(answer.body)).toHaveProperty('detail');
      expect(answer.body).toContain('***');
      expect(decodeURIComponent(answer.body)).not.toContain(KEY.slice(4));
      expect(answer.body).not.toContain(encode(KEY).slice(6, -6));
    }
  });

  test('that is a number in the JSON makes the body unusable', async () => {
    const fetch = (status: number): FetchLike => answering('{"detail":123456789012}', { status });
    const apiKey = '123456789012';
    expect(await ask({ apiKey, fetch: fetch(401) })).toMatchObject({
      status: 401,
      body: detail('The task API answered 401 with a body that is not JSON'),
    });
    expect((await ask({ apiKey, fetch: fetch(200) })).status).toBe(502);
  });

  test('can come from a function, which is called for every request', async () => {
    const apiKey = vi.fn(() => Promise.resolve(` ${KEY} `));
    const sent: unknown[] = [];
    const fetch: FetchLike = (_, { headers }) => {
      sent.push(headers);
      return Promise.resolve(new Response(`"${KEY}"`));
    };
    const proxy = proxyWith({ apiKey, fetch });
    for (let count = 1; count <= 2; count++) {
      const response = await proxy(new Request(URL_OF_TASK));
      expect(await response?.text()).toBe('"***"');
      expect(apiKey).toHaveBeenCalledTimes(count);
      expect(sent.at(-1)).toEqual({ Authorization: `Bearer ${KEY}` });
    }
  });

  test('of this request and the one before is removed', async () => {
    const keys = ['bu_first_key_1', 'bu_second_key_2', 'bu_third_key_3'];
    const body = JSON.stringify(keys);
    const apiKey = vi.fn<() => string>();
    const proxy = proxyWith({ apiKey, fetch: answering(body) });
    const shown: unknown[] = [];
    for (const key of keys) {
      apiKey.mockReturnValueOnce(key);
      shown.push(await (await proxy(new Request(URL_OF_TASK)))?.json());
    }
    expect(shown).toEqual([
      ['***', keys[1], keys[2]],
      ['***', '***', keys[2]],
      [keys[0], '***', '***'],
    ]);
  });

  test('is removed from an answer that comes after two newer keys', async () => {
    const answers: ((response: Response) => void)[] = [];
    let count = 0;
    const proxy = proxyWith({
      apiKey: () => `bu_rotated_key_${++count}`,
      fetch: () => new Promise((resolve) => answers.push(resolve)),
    });
    const asked = [1, 2, 3].map(() => proxy(new Request(URL_OF_TASK)));
    await vi.waitFor(() => expect(answers).toHaveLength(3));
    for (const answer of answers) answer(new Response('["bu_rotated_key_1"]'));
    expect(await (await asked[0])?.text()).toBe('["***"]');
    await Promise.all(asked);
  });

  const secret = fc.string({
    minLength: 12,
    maxLength: 60,
    unit: fc.constantFrom(...'abAB01-_.~+/='.split('')),
  });
  property.prop([secret, fc.json(), fc.constantFrom(200, 401, 503)])(
    'never reaches the page, whatever the body is',
    async (key, json, status) => {
      const body = JSON.stringify([JSON.parse(json), key, { [key]: `${key}${key}` }]);
      const answer = await ask({ apiKey: key, fetch: answering(body, { status }) });
      expect(answer.body).not.toContain(key);
      expect(() => JSON.parse(answer.body) as unknown).not.toThrow();
    },
  );
});

describe('authorize', () => {
  test('gets the request and the id, before any request to the task API', async () => {
    const authorize = vi.fn(() => false);
    const fetch = vi.fn(answering('"running"'));
    const request = new Request(URL_OF_TASK);
    expect(await ask({ authorize, fetch }, request)).toMatchObject({
      status: 403,
      body: detail('You may not see this task'),
    });
    expect(authorize).toHaveBeenCalledExactlyOnceWith(request, 'task_1');
    expect(fetch).not.toHaveBeenCalled();
  });

  test.each([true, Promise.resolve(true)])('allows a request with %s', async (answer) => {
    expect((await ask({ authorize: () => answer })).status).toBe(200);
  });

  test('can answer by itself', async () => {
    const fetch = vi.fn(answering('"running"'));
    const own = new Response('log in', { status: 401 });
    const proxy = proxyWith({ authorize: () => Promise.resolve(own), fetch });
    expect(await proxy(new Request(URL_OF_TASK))).toBe(own);
    expect(fetch).not.toHaveBeenCalled();
  });

  test.each<readonly [string, () => unknown]>([
    ['throws', fail],
    ['rejects', () => Promise.reject(new Error('db.internal is down'))],
    ['returns nothing', () => undefined],
    ['returns 1', () => 1],
    ['returns null', () => null],
    ['returns an object', () => ({ allowed: true })],
    ['returns an object that cannot be read', () => new Proxy({}, { get: fail })],
  ])('that %s is a 500 without a reason, and no request is sent', async (_, authorize) => {
    const fetch = vi.fn(answering('"running"'));
    const onError = vi.fn();
    expect(await ask({ authorize: authorize as never, fetch, onError })).toMatchObject({
      status: 500,
      body: detail('The server cannot handle this request'),
    });
    expect(fetch).not.toHaveBeenCalled();
    expect(onError).toHaveBeenCalledOnce();
  });

  test('is not called for a request that is not for the proxy', async () => {
    const authorize = vi.fn(() => true);
    expect(await proxyWith({ authorize })(new Request('http://h/api/v1/tasks'))).toBeUndefined();
    expect(authorize).not.toHaveBeenCalled();
  });
});

describe('time is limited:', () => {
  beforeEach(() => {
    vi.useFakeTimers();
  });
  afterEach(() => {
    vi.useRealTimers();
  });

  const never = () => new Promise<never>(() => undefined);

  test.each<readonly [string, number, Partial<TaskStatusProxyOptions>]>([
    ['a request without an answer is a 504', 504, { fetch: never }],
    [
      'a body without an end is a 504',
      504,
      { fetch: answering(new ReadableStream({ start: (it) => it.enqueue(new Uint8Array(3)) })) },
    ],
    ['a key that does not come is a 504', 504, { apiKey: never }],
    ['a permission that does not come is a 500', 500, { authorize: never }],
  ])('%s', async (_, status, options) => {
    const asked = ask(options);
    let settled = false;
    void asked.then(() => (settled = true));
    await vi.advanceTimersByTimeAsync(29_999);
    expect(settled).toBe(false);
    await vi.advanceTimersByTimeAsync(1);
    expect((await asked).status).toBe(status);
    expect(vi.getTimerCount()).toBe(0);
  });

  test('a request that takes too long is aborted', async () => {
    let signal: AbortSignal | undefined;
    const fetch: FetchLike = (_, init) => {
      signal = init.signal;
      return never();
    };
    const asked = ask({ fetch });
    await vi.advanceTimersByTimeAsync(30_000);
    await asked;
    expect(signal?.aborted).toBe(true);
  });

  test('an answer leaves no timer', async () => {
    await ask({ authorize: () => true });
    expect(vi.getTimerCount()).toBe(0);
  });
});

describe('if the page aborts its request,', () => {
  test('the request to the task API is aborted, and nothing is reported', async () => {
    const page = new AbortController();
    let signal: AbortSignal | undefined;
    const onError = vi.fn();
    const fetch: FetchLike = (_, init) => {
      signal = init.signal;
      return new Promise((__, reject) =>
        init.signal.addEventListener('abort', () => reject(init.signal.reason as Error)),
      );
    };
    const asked = ask({ fetch, onError }, new Request(URL_OF_TASK, { signal: page.signal }));
    await vi.waitFor(() => expect(signal).toBeDefined());
    expect(signal?.aborted).toBe(false);
    page.abort();
    expect(await asked).toMatchObject({ status: 499 });
    expect(signal?.aborted).toBe(true);
    expect(onError).not.toHaveBeenCalled();
  });

  test('no request is sent after authorize', async () => {
    const page = new AbortController();
    const fetch = vi.fn(answering('"running"'));
    const authorize = () => {
      page.abort();
      return true;
    };
    const request = new Request(URL_OF_TASK, { signal: page.signal });
    expect((await ask({ fetch, authorize }, request)).status).toBe(499);
    expect(fetch).not.toHaveBeenCalled();
  });

  test('while the answer is handled, it is not used', async () => {
    const page = new AbortController();
    const api = {
      ...browserUseV1,
      status: () => {
        page.abort();
        return 'running';
      },
    };
    const request = new Request(URL_OF_TASK, { signal: page.signal });
    expect((await ask({ api }, request)).status).toBe(499);
  });
});

const rejecting = () => lastValueFrom<never>(throwError((): unknown => undefined));

function fail(): never {
  throw new Error(`boom ${KEY} db.internal`);
}

describe('it answers whatever goes wrong:', () => {
  test.each<readonly [string, number, Partial<TaskStatusProxyOptions>]>([
    ['fetch throws', 502, { fetch: fail }],
    ['fetch rejects', 502, { fetch: () => Promise.reject(new TypeError('fetch failed')) }],
    ['fetch rejects without a reason', 502, { fetch: rejecting }],
    ['fetch returns nothing', 500, { fetch: (() => undefined) as never }],
    ['fetch returns no Response', 500, { fetch: (() => Promise.resolve({ ok: true })) as never }],
    ['the body fails', 502, { fetch: answering(new ReadableStream({ pull: fail })) }],
    ['apiKey throws', 500, { apiKey: fail }],
    ['apiKey rejects', 500, { apiKey: () => Promise.reject(new Error('vault.internal')) }],
    ['apiKey returns nothing', 500, { apiKey: (() => undefined) as never }],
    ['apiKey returns an empty key', 500, { apiKey: () => ' ' }],
    ['apiKey returns a key with a line break', 500, { apiKey: () => `${KEY}\n${KEY}` }],
    ['taskId throws', 500, { taskId: fail }],
    ['request of the API throws', 500, { api: { ...browserUseV1, request: fail } }],
    ['a log that throws changes nothing', 502, { fetch: fail, onError: fail }],
  ])('%s', async (_, status, options) => {
    const { status: shown, body } = await ask(options);
    expect(shown).toBe(status);
    expect(Object.keys(JSON.parse(body) as object)).toEqual(['detail']);
    expect(body).not.toMatch(/boom|internal|bu_/);
  });

  test('onError gets the reason, without the key', async () => {
    const seen: unknown[] = [];
    const onError = (error: unknown) => seen.push(error);
    await ask({ fetch: fail, onError });
    await ask({ fetch: answering(`<p>${KEY}</p>`), onError });
    await ask({ fetch: answering('<p>Down</p>', { status: 503 }), onError });
    expect(seen).toMatchObject([
      { name: 'NetworkError', taskId: 'task_1' },
      {
        name: 'UnusableAnswerError',
        message: 'The task API sent a body that is not JSON',
        cause: { name: 'UnexpectedResponseError', body: '<p>***</p>' },
      },
    ]);
    expect(JSON.stringify(seen)).not.toContain(KEY);
  });

  test.each<readonly [string, unknown]>([
    ['undefined', undefined],
    ['null', null],
    ['a text', URL_OF_TASK],
    ['an empty object', {}],
    ['a request without a URL', { method: 'GET' }],
    ['a URL that is no text', { method: 'GET', url: new URL(URL_OF_TASK) }],
    ['an object that cannot be read', new Proxy({}, { get: fail, has: fail })],
  ])('%s is not for the proxy', async (_, request) => {
    expect(await proxyWith({})(request as Request)).toBeUndefined();
  });

  test.each([undefined, null, 'no signal', {}])(
    'a request whose signal is %s is answered',
    async (signal) => {
      const request = { method: 'GET', url: URL_OF_TASK, signal } as never;
      expect((await ask({}, request)).status).toBe(200);
    },
  );
});

test('an API whose answer contains the result has no further route', async () => {
  const body = '{"status":"finished","output":"42"}';
  const options = { api: browserUseV2, results: true, fetch: answering(body) };
  const proxy = proxyWith(options);
  const route = browserUseV2.path('task_1');
  const response = await proxy(new Request(`http://page.example/api/v1${route}`));
  expect(await response?.text()).toBe(body);
});
