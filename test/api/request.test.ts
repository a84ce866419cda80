import {
  EMPTY,
  NEVER,
  of,
  Subject,
  throwError,
  VirtualTimeScheduler,
  type Observer,
  type SchedulerLike,
} from 'rxjs';
import { afterEach, describe, expect, test, vi } from 'vitest';
import { Credentials } from '../../src/api/credentials.js';
import {
  statusUrl,
  StatusRequestHandle,
  type RequestObserver,
  type RequestOptions,
} from '../../src/api/request.js';
import type { TaskApi } from '../../src/api/task-api.js';
import { taskStatus$ } from '../../src/index.js';
import type { StatusResponse } from '../../src/api/response.js';
import { browserUseV1 } from '../../src/api/browser-use.js';
import type { StatusRequest, StatusTransport } from '../../src/api/transport.js';

afterEach(() => {
  vi.unstubAllGlobals();
});

const withQuery = { ...browserUseV1, path: (id: string) => `/jobs/${id}?view=short` };

test.each([
  [browserUseV1, '', 'https://x.example/task/a%2Fb/status'],
  [browserUseV1, '?tenant=1', 'https://x.example/task/a%2Fb/status?tenant=1'],
  [withQuery, '', 'https://x.example/jobs/a%2Fb?view=short'],
  [withQuery, '?tenant=1&b=?', 'https://x.example/jobs/a%2Fb?view=short&tenant=1&b=?'],
])('the query of the base URL comes last: case %#', (api, query, url) => {
  expect(statusUrl(api, 'https://x.example', query, 'a/b')).toBe(url);
});

describe('no task id chooses the host', () => {
  const BASE = 'https://x.example:8443/api';
  const asIs = { ...browserUseV1, path: (id: string) => decodeURIComponent(id) };

  test.each([
    '@evil.example',
    ':pw@evil.example/',
    '//evil.example/x',
    '///evil.example',
    '\\\\evil.example',
    '/\\evil.example',
    '\thttps://evil.example',
    ' https://evil.example',
    'ht\ntps://evil.example',
    '.evil.example',
    '../../..//evil.example',
    '%2e%2e/%2e%2e//evil.example',
    '#@evil.example',
    '?@evil.example',
    'ftp://evil.example',
    'javascript:alert(1)',
    'blob:https://evil.example/x',
  ])('%j is a path', (id) => {
    for (const base of [BASE, 'https://x.example:8443']) {
      const { origin, username } = new URL(statusUrl(asIs, base, '', id));
      expect([origin, username]).toEqual(['https://x.example:8443', '']);
    }
  });

  test.each([
    'https://evil.example/x',
    'HTTPS:evil.example',
    'https:/evil.example',
    'https:\\\\evil.example',
    'https:x.example.evil.example',
    'https://x.example:8443@evil.example',
    'https://x.example:8443\\@evil.example:8443',
    'https://x.example/x',
    'http://x.example:8443/x',
    'https://x.example.:8443/x',
    'https://user@x.example:8443/x',
    'https://:pw@x.example:8443/x',
    'https://',
    'https://[',
  ])('%j is refused', (id) => {
    let url = 'refused';
    try {
      url = statusUrl(asIs, BASE, '', id);
    } catch (error) {
      expect(error).toBeInstanceOf(TypeError);
    }
    // what a parser may read as a path must stay on the host
    if (url !== 'refused') {
      expect(new URL(url)).toMatchObject({ host: 'x.example:8443', username: '', password: '' });
      expect(id).toContain('\\@');
    }
  });

  test('a URL of the same origin is kept without its hash, and gets the query', () => {
    const url = (id: string, query = '') => statusUrl(asIs, BASE, query, id);
    expect(url('HTTPS://X.example:8443/op/../1#top')).toBe('https://x.example:8443/1');
    expect(url('https:\\\\x.example:8443\\op')).toBe('https://x.example:8443/op');
    expect(url('https://x.example:8443/op?a=1#b', '?t=1')).toBe(
      'https://x.example:8443/op?a=1&t=1',
    );
    expect(url('operations/1')).toBe(`${BASE}/operations/1`);
    // the option baseUrl replaces that of the API, also for the check
    expect(() => statusUrl(asIs, 'https://proxy.example', '', 'https://x.example:8443/op')).toThrow(
      new TypeError('the URL of task "https://x.example:8443/op" must be on https://proxy.example'),
    );
  });
});

describe('the request of an API', () => {
  const sent = (request: TaskApi<string>['request'], given: Record<string, string> = {}) => {
    const requests: StatusRequest[] = [];
    const errors: unknown[] = [];
    taskStatus$('task_1', {
      api: { ...browserUseV1, request },
      apiKey: 'key-of-the-caller',
      headers: given,
      transport: (it) => {
        requests.push({ ...it });
        return NEVER;
      },
    })
      .subscribe({ error: (error: unknown) => errors.push(error) })
      .unsubscribe();
    return { request: requests[0], errors };
  };

  test('has its method, headers and body; the options and the key win in any case', () => {
    const headers = { 'content-TYPE': 'a/b', AUTHORIZATION: 'Bearer other', Accept: 'c/d' };
    const { request } = sent(
      () => Object.freeze({ method: 'POST', headers: Object.freeze(headers), body: '{}' }),
      {
        'Content-Type': 'own/type',
      },
    );
    expect(request).toMatchObject({ method: 'POST', body: '{}' });
    expect(request?.headers).toEqual({
      'Content-Type': 'own/type',
      Authorization: 'Bearer key-of-the-caller',
      Accept: 'c/d',
    });
  });

  test('gets the task id as it is', () => {
    const ids: string[] = [];
    sent((id) => {
      ids.push(id);
      return {};
    });
    expect(ids).toEqual(['task_1']);
  });

  test.each<{ value: unknown }>(
    [
      null,
      undefined,
      'POST',
      { method: 'DELETE' },
      { headers: 'a: b' },
      { headers: { a: 1 } },
      { headers: null },
      { method: 'POST', body: {} },
      { body: 'x' },
      { method: 'GET', body: 'x' },
    ].map((value) => ({ value })),
  )('ends the watch with a TypeError if it is $value', ({ value }) => {
    const { request, errors } = sent(() => value as never);
    expect(request).toBeUndefined();
    expect(errors).toHaveLength(1);
    expect(errors[0]).toBeInstanceOf(TypeError);
    expect(String(errors[0])).toContain('api.request must return');
  });
});

test('a spread copy of a request has every field, including signal', () => {
  let copy: Partial<StatusRequest> = {};
  const transport = (request: StatusRequest) => {
    copy = { ...request };
    return NEVER;
  };
  const request = handle(transport);
  request.send(Infinity);
  expect(Reflect.ownKeys(copy).sort()).toEqual(['headers', 'method', 'signal', 'taskId', 'url']);
  expect(copy).toMatchObject({ headers: { a: 'b' }, method: 'GET', taskId: 'task_1' });
  request.cancel();
  expect(copy.signal?.aborted).toBe(true);
});

test('a request has exactly one result, whatever the transport emits', () => {
  const scheduler = new VirtualTimeScheduler();
  const results: string[] = [];
  const source$ = new Subject<StatusResponse>();
  const request = handle(() => source$, results, scheduler);
  request.send(100);
  source$.next(ANSWER);
  expect(source$.observed).toBe(false);
  scheduler.flush();
  request.expire(1);
  request.cancel();
  expect(request.signal.aborted).toBe(false);
  expect(results).toEqual(['response']);
  expect(scheduler.actions).toEqual([]);
});

test('a cancelled request has no result, and leaves no timer', () => {
  const scheduler = new VirtualTimeScheduler();
  const results: string[] = [];
  const source$ = new Subject<StatusResponse>();
  const request = handle(() => source$, results, scheduler);
  request.send(100);
  request.cancel();
  expect(source$.observed).toBe(false);
  scheduler.flush();
  expect(scheduler.now()).toBe(0);
  expect(results).toEqual([]);
});

test('a request without an answer times out at its limit', () => {
  const scheduler = new VirtualTimeScheduler();
  const results: string[] = [];
  handle(() => NEVER, results, scheduler).send(100);
  scheduler.flush();
  expect(results).toEqual(['timeout']);
});

test.each<[string, boolean, StatusTransport]>([
  ['is not aborted by an answer', false, () => of(ANSWER)],
  ['is not aborted by the longest body', false, () => of({ ...ANSWER, body: 'x'.repeat(65_536) })],
  ['is aborted by a longer body', true, () => of({ ...ANSWER, body: 'x'.repeat(65_537) })],
  ['is not aborted by a failure', false, () => throwError(() => new Error('refused'))],
  ['is aborted at its limit', true, () => NEVER],
])('a request %s', (_, aborted, transport) => {
  const scheduler = new VirtualTimeScheduler();
  const request = handle(transport, [], scheduler);
  request.send(100);
  scheduler.flush();
  expect(request.signal.aborted).toBe(aborted);
});

test.each<[string, number, StatusTransport]>([
  ['without a limit', Infinity, () => NEVER],
  ['that is answered at once', 100, () => of(ANSWER)],
  ['that is answered at once with nonsense', 100, () => of('"running"') as never],
  ['that fails at once', 100, () => throwError(() => new Error('refused'))],
])('a request %s has no timer', (_, limit, transport) => {
  const scheduler = new VirtualTimeScheduler();
  const schedule = vi.spyOn(scheduler, 'schedule');
  handle(transport, [], scheduler).send(limit);
  expect(schedule).not.toHaveBeenCalled();
});

test('a request that is cancelled while its key is awaited is never sent', async () => {
  const transport = vi.fn(() => NEVER);
  const results: string[] = [];
  const apiKey = () => Promise.resolve('key');
  const request = handle(transport, results, undefined, { apiKey });
  request.send(Infinity);
  request.cancel();
  await new Promise((resolve) => setTimeout(resolve));
  expect(transport).not.toHaveBeenCalled();
  expect(results).toEqual([]);
});

test('a request that its transport cancels is not subscribed to', () => {
  const subscribe = vi.fn();
  const results: string[] = [];
  const transport = () => {
    request.cancel();
    return { subscribe };
  };
  const request: StatusRequestHandle = handle(transport, results);
  request.send(Infinity);
  expect(subscribe).not.toHaveBeenCalled();
  expect(results).toEqual([]);
});

test('a subscription that comes after its answer is unsubscribed', () => {
  const unsubscribe = vi.fn();
  const subscribe = ({ next }: Partial<Observer<StatusResponse>>) => {
    next?.(ANSWER);
    return { unsubscribe };
  };
  handle(() => ({ subscribe })).send(Infinity);
  expect(unsubscribe).toHaveBeenCalledOnce();
});

test('a result comes between onSettling and onSettled, when the transport is unsubscribed', () => {
  const source$ = new Subject<StatusResponse>();
  const calls: [string, observed: boolean][] = [];
  const note = (call: string) => () => calls.push([call, source$.observed]);
  const observer = {
    onSettling: note('settling'),
    onResult: note('result'),
    onSettled: note('settled'),
  };
  handle(() => source$, [], undefined, { observer }).send(Infinity);
  source$.next(ANSWER);
  expect(calls).toEqual([
    ['settling', true],
    ['result', false],
    ['settled', false],
  ]);
});

test('onSettled is called even if onResult throws', () => {
  const onSettled = vi.fn();
  const onResult = () => {
    throw new Error('from the observer');
  };
  const request = handle(() => NEVER, [], undefined, { observer: { onResult, onSettled } });
  request.send(Infinity);
  expect(() => request.expire(1)).toThrow('from the observer');
  expect(onSettled).toHaveBeenCalledOnce();
});

test('what the teardown of the transport throws comes with the result', () => {
  const failure = new Error('from the teardown');
  const onResult = vi.fn();
  const unsubscribe = () => {
    throw failure;
  };
  const transport = () => ({ subscribe: () => ({ unsubscribe }) });
  const request = handle(transport, [], undefined, { observer: { onResult } });
  request.send(Infinity);
  request.expire(5);
  expect(onResult.mock.calls).toEqual([[{ type: 'timeout', limit: 5 }, { error: failure }]]);
});

test('the transport is unsubscribed even if an abort listener throws', () => {
  class ThrowingAbortController {
    readonly signal = {};
    abort(): never {
      throw new Error('from a listener');
    }
  }
  vi.stubGlobal('AbortController', ThrowingAbortController);
  const source$ = new Subject<StatusResponse>();
  const request = handle(() => source$);
  request.send(Infinity);
  expect(() => request.cancel()).toThrow('from a listener');
  expect(source$.observed).toBe(false);
});

test('a runtime without AbortController has requests without a signal', () => {
  vi.stubGlobal('AbortController', undefined);
  const signals: unknown[] = [];
  const request = handle((sent) => {
    signals.push(sent.signal);
    return NEVER;
  });
  request.send(Infinity);
  request.cancel();
  expect(signals).toEqual([undefined]);
});

test('a request has one signal, and makes none that nobody reads', () => {
  const made = vi.fn();
  const Original = AbortController;
  vi.stubGlobal(
    'AbortController',
    class extends Original {
      constructor() {
        super();
        made();
      }
    },
  );
  const source$ = new Subject<StatusResponse>();
  handle(() => source$).send(Infinity);
  source$.next(ANSWER);
  expect(made).not.toHaveBeenCalled();
  const request = handle(() => NEVER);
  expect(request.signal).toBe(request.signal);
  expect(made).toHaveBeenCalledOnce();
});

test.each([undefined, null, 5, 'text', {}])('a transport cannot return %o', (returned) => {
  const onResult = vi.fn();
  handle(() => returned as never, [], undefined, { observer: { onResult } }).send(Infinity);
  const error: unknown = expect.objectContaining({
    message: `transport must return an Observable or a promise, got ${typeof returned}`,
  });
  expect(onResult.mock.calls).toEqual([[{ type: 'misuse', error }, undefined]]);
});

test.each([
  ['a promise', () => Promise.resolve(ANSWER)],
  ['any thenable', () => ({ then: (resolve: (answer: unknown) => void) => resolve(ANSWER) })],
])('a transport can return %s', async (_, transport) => {
  const results: string[] = [];
  handle(transport as StatusTransport, results).send(Infinity);
  await new Promise((resolve) => setTimeout(resolve));
  expect(results).toEqual(['response']);
});

test('a transport that completes without an answer says so', () => {
  const onResult = vi.fn();
  handle(() => EMPTY, [], undefined, { observer: { onResult } }).send(Infinity);
  const reason = 'the transport completed without an answer';
  expect(onResult.mock.calls).toEqual([[{ type: 'network-error', reason }, undefined]]);
});

const ANSWER: StatusResponse = { status: 200, headers: { get: () => null }, body: '"running"' };

/** A request that notes its results. */
function handle(
  transport: StatusTransport,
  results: string[] = [],
  scheduler: SchedulerLike = new VirtualTimeScheduler(),
  {
    apiKey,
    observer,
  }: { apiKey?: RequestOptions['apiKey']; observer?: Partial<RequestObserver> } = {},
): StatusRequestHandle {
  return new StatusRequestHandle(
    'task_1',
    'https://x.example/',
    new Credentials(browserUseV1, { a: 'b' }),
    { api: browserUseV1, apiKey, transport, scheduler },
    {
      onSettling: () => undefined,
      onResult: (result) => results.push(result.type),
      onSettled: () => undefined,
      ...observer,
    },
  );
}
