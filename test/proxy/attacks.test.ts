import { browserUseV1 } from 'rxjs-task-status';
import { taskStatusProxy } from 'rxjs-task-status/proxy';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ALLOWED, API_KEY, EVERY_ANSWER, EXCHANGES, FOREIGN_TARGETS } from './attacks.js';
import { startFaultUpstream, type FaultUpstream } from './fault-upstream.js';

let upstream: FaultUpstream;
let proxy: (request: Request) => Promise<Response | undefined>;

beforeAll(async () => {
  upstream = await startFaultUpstream();
  const api = { ...browserUseV1, baseUrl: `${upstream.origin}/api/v1` };
  proxy = taskStatusProxy({ apiKey: API_KEY, basePath: '/api/v1', api });
});

afterAll(() => upstream.close());

function get(target: string, init?: RequestInit): Promise<Response | undefined> {
  return proxy(new Request(new URL(target, 'http://localhost'), init));
}

describe('the page gets', () => {
  test.each(EXCHANGES)('$title', async ({ taskId, status, body, headers = {} }) => {
    const response = (await get(`/api/v1/task/${taskId}/status`))!;
    const text = await response.text();
    expect(response.status).toBe(status);
    if (body !== undefined) expect(text).toBe(body);
    expect(() => JSON.parse(text) as unknown).not.toThrow();
    for (const [name, value] of Object.entries({ ...EVERY_ANSWER, ...headers })) {
      expect([name, response.headers.get(name) ?? '']).toEqual([name, value]);
    }
    const shown = JSON.stringify([text, ...response.headers]);
    expect(shown).not.toContain(API_KEY.slice(0, 12));
    expect(shown).not.toContain(upstream.origin);
  });
});

describe('no request is sent for', () => {
  test.each(FOREIGN_TARGETS)('GET %s', async (target) => {
    const before = upstream.received.length;
    // as a runtime would pass it that does not parse URLs
    for (const url of [`http://localhost${target}`, target]) {
      const response = await proxy({ method: 'GET', url, signal: null } as never);
      expect([url, response]).toEqual([url, undefined]);
    }
    expect(upstream.received).toHaveLength(before);
    if (URL.canParse(target, 'http://localhost')) await get(target);
    for (const { url } of upstream.received.slice(before)) expect(url).toMatch(ALLOWED);
  });

  test.each(['HEAD', 'POST', 'PUT', 'DELETE', 'OPTIONS', 'PATCH', 'get'])(
    'the method %s',
    async (method) => {
      const before = upstream.received.length;
      const url = 'http://localhost/api/v1/task/finished/status';
      expect(await proxy({ method, url } as Request)).toBeUndefined();
      expect(upstream.received).toHaveLength(before);
    },
  );
});

test('the request has the key and nothing of the request of the page', async () => {
  const headers = {
    cookie: 'sid=1',
    authorization: 'Bearer mine',
    'x-forwarded-for': '1.2.3.4',
    'user-agent': 'page',
    referer: 'https://page.example/secret',
    'accept-language': 'tlh',
  };
  const response = await get('/api/v1/task/finished/status?x=1&task=other', { headers });
  expect(response?.status).toBe(200);
  const { url, method, headers: sent } = upstream.received.at(-1)!;
  expect({ url, method }).toEqual({ url: '/api/v1/task/finished/status', method: 'GET' });
  expect(sent.authorization).toBe(`Bearer ${API_KEY}`);
  const text = JSON.stringify(sent);
  for (const value of ['sid', 'mine', '1.2.3.4', 'page', 'tlh']) expect(text).not.toContain(value);
});

test('an endless body and an abort of the page end the request to the task API', async () => {
  await get('/api/v1/task/endless/status');
  const endless = upstream.received.at(-1)!;
  await expect.poll(() => endless.end).toBe('aborted');

  const page = new AbortController();
  const answer = get('/api/v1/task/silent/status', { signal: page.signal });
  await expect.poll(() => upstream.received.at(-1)?.url).toContain('silent');
  const silent = upstream.received.at(-1)!;
  page.abort();
  expect((await answer)?.status).toBe(499);
  await expect.poll(() => silent.end).toBe('aborted');
});
