// @vitest-environment jsdom
import {
  answer,
  BASE,
  elapse,
  requestFor,
  requestsFor,
  STEADY,
  urlOf,
  withFakeTime,
} from './test-bed.js';
import {
  HttpBackend,
  HttpClient,
  HttpContext,
  HttpContextToken,
  HttpErrorResponse,
  HttpEventType,
  HttpHeaderResponse,
  provideHttpClient,
  withFetch,
  withInterceptors,
  type HttpDownloadProgressEvent,
} from '@angular/common/http';
import { provideHttpClientTesting } from '@angular/common/http/testing';
import { provideZonelessChangeDetection } from '@angular/core';
import { TestBed } from '@angular/core/testing';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { throwError } from 'rxjs';
import {
  browserUseV1,
  createTaskStatusPool,
  isTaskStatusError,
  NetworkError,
  RequestTimeoutError,
  taskStatus$,
  type StatusTransport,
  type TaskStatusOptions,
} from 'rxjs-task-status';
import { httpClientTransport } from 'rxjs-task-status/angular';

withFakeTime();

interface Seen {
  readonly statuses: readonly string[];
  readonly errors: readonly unknown[];
  readonly completed: () => boolean;
  readonly unsubscribe: () => void;
}

function watch(transport: StatusTransport, options: TaskStatusOptions = {}): Seen {
  const statuses: string[] = [];
  const errors: unknown[] = [];
  let completed = false;
  const subscription = taskStatus$('task_1', { ...STEADY, transport, ...options }).subscribe({
    next: (status) => statuses.push(status),
    error: (error: unknown) => errors.push(error),
    complete: () => (completed = true),
  });
  return {
    statuses,
    errors,
    completed: () => completed,
    unsubscribe: () => subscription.unsubscribe(),
  };
}

describe('httpClientTransport', () => {
  const intercepted: string[] = [];
  let transport: StatusTransport;

  beforeEach(() => {
    intercepted.length = 0;
    TestBed.configureTestingModule({
      providers: [
        provideZonelessChangeDetection(),
        provideHttpClient(
          withInterceptors([
            (request, next) => {
              intercepted.push(request.url);
              return next(request);
            },
          ]),
        ),
        provideHttpClientTesting(),
      ],
    });
    transport = httpClientTransport(TestBed.inject(HttpClient));
  });

  test('serves a watch from its first status to its end', () => {
    const { statuses, completed } = watch(transport);
    for (const status of ['created', 'created', 'running', 'finished']) {
      answer('task_1', status);
      elapse(1_000);
    }
    expect(statuses).toEqual(['created', 'running', 'finished']);
    expect(completed()).toBe(true);
    expect(requestsFor('task_1')).toEqual([]);
  });

  test('sends the headers of the watch, reads text, and avoids the transfer cache', () => {
    watch(transport, { apiKey: 'bu_key', headers: { 'X-Tenant': 'blue' } });
    const { request } = requestFor('task_1');
    expect(request.method).toBe('GET');
    expect(request.responseType).toBe('text');
    expect(request.transferCache).toBe(false);
    expect(request.headers.get('authorization')).toBe('Bearer bu_key');
    expect(request.headers.get('x-tenant')).toBe('blue');
  });

  test('sends a POST with the body and headers of the API', () => {
    const headers = { 'Content-Type': 'application/json' };
    const request = () => ({ method: 'POST', body: '{"id":"task_1"}', headers }) as const;
    const { statuses } = watch(transport, { api: { ...browserUseV1, request } });
    const open = requestFor('task_1');
    const { request: sent } = open;
    expect([sent.method, sent.body]).toEqual(['POST', '{"id":"task_1"}']);
    expect(sent.headers.get('content-type')).toBe('application/json');
    open.flush('"finished"');
    expect(statuses).toEqual(['finished']);
  });

  test('lets interceptors see every poll', () => {
    watch(transport);
    answer('task_1', 'running');
    elapse(1_000);
    answer('task_1', 'finished');
    expect(intercepted).toEqual([urlOf('task_1'), urlOf('task_1')]);
  });

  test('cancels the request on unsubscribe', () => {
    const { unsubscribe } = watch(transport);
    const request = requestFor('task_1');
    expect(request.cancelled).toBe(false);
    unsubscribe();
    expect(request.cancelled).toBe(true);
  });

  test('cancels a request at requestTimeout', () => {
    const { errors } = watch(transport, { requestTimeout: 2_000, retry: false });
    const request = requestFor('task_1');
    elapse(2_000);
    expect(request.cancelled).toBe(true);
    expect(errors).toEqual([expect.any(RequestTimeoutError)]);
  });

  test('lets the watch wait for Retry-After', () => {
    watch(transport);
    requestFor('task_1').flush('busy', {
      status: 429,
      statusText: 'Too Many Requests',
      headers: { 'Retry-After': '7' },
    });
    elapse(6_999);
    expect(requestsFor('task_1')).toHaveLength(0);
    elapse(300);
    expect(requestsFor('task_1')).toHaveLength(1);
  });

  test('serves a pool', () => {
    const pool = createTaskStatusPool({ ...STEADY, transport });
    const seen: unknown[] = [];
    pool.statuses$(['a', 'b']).subscribe((status) => seen.push(status));
    answer('a', 'finished');
    answer('b', 'running');
    expect(seen).toEqual([
      { taskId: 'a', status: 'finished' },
      { taskId: 'b', status: 'running' },
    ]);
    pool.close();
  });

  const answers: [status: number, body: string][] = [
    [200, ''],
    [200, '"archiving"'],
    [200, '3'],
    [200, '<html>'],
    [204, ''],
    [304, ''],
    [400, 'no'],
    [401, '{"detail": "Invalid API key"}'],
    [403, '{"detail": "Not yours"}'],
    [404, '{"detail": "Task not found"}'],
    [
      422,
      '{"detail": [{"loc": ["path", "task_id"], "msg": "field required", "type": "value_error.missing"}]}',
    ],
    [429, '{"detail": "Slow down"}'],
    [500, 'Internal Server Error'],
    [503, '<html>'],
  ];

  test.each(answers)('turns %i with %j into the same error as fetch', async (status, body) => {
    const overFetch = watch(() =>
      Promise.resolve({ status, headers: new Headers(), body: status === 204 ? '' : body }),
    );
    const overHttp = watch(transport);
    while (overFetch.errors.length === 0 || overHttp.errors.length === 0) {
      for (const request of requestsFor('task_1')) {
        request.flush(status === 204 ? null : body, { status, statusText: 'as given' });
      }
      await vi.advanceTimersByTimeAsync(250);
    }
    expect(isTaskStatusError(overHttp.errors[0])).toBe(true);
    expect(overHttp.errors).toEqual(overFetch.errors);
  });

  test('removes the prefix that a server puts before JSON against script inclusion', () => {
    const { statuses, errors } = watch(transport);
    requestFor('task_1').flush(')]}\',\n"running"');
    elapse(1_000);
    requestFor('task_1').flush(')]}\'\n"finished"');
    expect([statuses, errors]).toEqual([['running', 'finished'], []]);
  });

  test('keeps the prefix out of the detail of an error', () => {
    const { errors } = watch(transport);
    requestFor('task_1').flush(')]}\',\n{"detail": "Task not found"}', {
      status: 404,
      statusText: 'Not Found',
    });
    expect(errors).toMatchObject([{ code: 'not-found', detail: 'Task not found' }]);
  });

  test('passes a context to the interceptors', () => {
    const TENANT = new HttpContextToken(() => 'none');
    const context = new HttpContext().set(TENANT, 'blue');
    watch(httpClientTransport(TestBed.inject(HttpClient), null, context));
    expect(requestFor('task_1').request.context.get(TENANT)).toBe('blue');
  });

  describe('stops at the body limit', () => {
    const head = (status: number): HttpHeaderResponse => new HttpHeaderResponse({ status });
    const progress = (partialText: string): HttpDownloadProgressEvent => ({
      type: HttpEventType.DownloadProgress,
      loaded: partialText.length,
      partialText,
    });

    test.each([
      [200, 'unexpected-response', undefined, 65_536],
      [404, 'not-found', undefined, 65_536],
      [200, 'unexpected-response', 100, 100],
    ] as const)('of an answer with status %i: %s', (status, code, bodyLimit, limit) => {
      const { errors } = watch(transport, { api: { ...browserUseV1, bodyLimit } });
      const request = requestFor('task_1');
      request.event(head(status));
      request.event(progress('x'.repeat(limit)));
      expect([errors, request.cancelled]).toEqual([[], false]);
      request.event(progress('x'.repeat(limit + 1)));
      expect(request.cancelled).toBe(true);
      expect(errors).toMatchObject([{ code, status }]);
    });

    test('and reads an answer that is not longer', () => {
      const { statuses } = watch(transport);
      const request = requestFor('task_1');
      request.event({ type: HttpEventType.Sent });
      request.event(head(200));
      request.event({ type: HttpEventType.DownloadProgress, loaded: 5 });
      request.event(progress('"fini'));
      request.flush('"finished"');
      expect(statuses).toEqual(['finished']);
    });
  });

  test('turns a failed connection into a NetworkError, which is retried', () => {
    const { errors, statuses } = watch(transport, { retry: { jitter: 0, maxRetries: 1 } });
    requestFor('task_1').error(new ProgressEvent('error'));
    expect(errors).toEqual([]);
    elapse(500);
    answer('task_1', 'running');
    expect(statuses).toEqual(['running']);
    elapse(1_000);
    requestFor('task_1').error(new ProgressEvent('error'));
    elapse(500);
    requestFor('task_1').error(new ProgressEvent('error'));
    expect(errors).toEqual([expect.any(NetworkError)]);
    expect(errors[0]).toMatchObject({
      taskId: 'task_1',
      lastStatus: 'running',
      cause: { name: 'HttpErrorResponse' },
    });
  });

  test('turns status 0 from any source into a NetworkError', () => {
    const failures = [
      new HttpErrorResponse({ status: 0 }),
      new HttpErrorResponse({ status: 0, error: null, url: BASE }),
      new TypeError('Failed to fetch'),
    ];
    for (const error of failures) {
      const http = TestBed.inject(HttpClient);
      vi.spyOn(http, 'request').mockReturnValue(throwError(() => error));
      const { errors } = watch(httpClientTransport(http), { retry: false });
      expect(errors).toEqual([expect.any(NetworkError)]);
    }
  });

  test('keeps the reason that the browser or an interceptor gives', () => {
    const error = new TypeError('Failed to fetch');
    for (const failure of [new HttpErrorResponse({ status: 0, error, url: BASE }), error]) {
      const http = TestBed.inject(HttpClient);
      vi.spyOn(http, 'request').mockReturnValue(throwError(() => failure));
      const { errors } = watch(httpClientTransport(http), { retry: false });
      expect(errors[0]).toMatchObject({ cause: { name: 'TypeError', message: 'Failed to fetch' } });
    }
  });
});

describe('httpClientTransport over a FetchBackend', () => {
  const sent: RequestInit[] = [];
  let response: (init: RequestInit) => Response;

  beforeEach(() => {
    sent.length = 0;
    vi.useRealTimers();
    vi.stubGlobal('fetch', (_url: string, init: RequestInit) => {
      sent.push(init);
      return Promise.resolve(response(init));
    });
    TestBed.configureTestingModule({
      providers: [provideZonelessChangeDetection(), provideHttpClient(withFetch())],
    });
  });

  afterEach(() => {
    vi.unstubAllGlobals();
  });

  async function run(backend?: HttpBackend): Promise<Seen> {
    const seen = watch(httpClientTransport(TestBed.inject(HttpClient), backend), { retry: false });
    await vi.waitUntil(() => seen.completed() || seen.errors.length > 0, {
      timeout: 60_000,
    });
    return seen;
  }

  test('requests no redirect and no cached copy', async () => {
    response = () => new Response('"finished"');
    const { statuses } = await run(TestBed.inject(HttpBackend));
    expect(statuses).toEqual(['finished']);
    expect(sent).toMatchObject([{ redirect: 'manual', cache: 'no-store' }]);
  });

  test('requests neither if the backend is not known', async () => {
    response = () => new Response('"finished"');
    await run();
    expect(sent).toMatchObject([{ redirect: undefined, cache: undefined }]);
  });

  test('stops reading an endless body', async () => {
    let pulls = 0;
    response = ({ signal }) =>
      new Response(
        new ReadableStream({
          start: (controller) =>
            signal?.addEventListener('abort', () => controller.error(signal.reason)),
          pull: (controller) => {
            pulls++;
            controller.enqueue(new Uint8Array(10_000).fill(0x20));
          },
        }),
      );
    const { errors } = await run(TestBed.inject(HttpBackend));
    expect(errors).toMatchObject([{ code: 'unexpected-response', status: 200 }]);
    expect(String(errors[0])).toContain('too long');
    const atTheError = pulls;
    expect(atTheError).toBeLessThan(100);
    await new Promise((resolve) => setTimeout(resolve, 50));
    expect(pulls).toBe(atTheError);
  });

  test('turns a redirect into a permanent failure, as fetch does', async () => {
    response = () => {
      const hidden = Response.error();
      Object.defineProperty(hidden, 'type', { value: 'opaqueredirect' });
      return hidden;
    };
    const { errors } = await run(TestBed.inject(HttpBackend));
    expect(errors).toMatchObject([{ code: 'http', status: 0 }]);
  });

  test('turns status 0 of an interceptor, without a URL, into a NetworkError', async () => {
    vi.spyOn(TestBed.inject(HttpClient), 'request').mockReturnValue(
      throwError(() => new HttpErrorResponse({ status: 0, error: null })),
    );
    const { errors } = await run(TestBed.inject(HttpBackend));
    expect(errors).toMatchObject([{ code: 'network' }]);
  });

  test('turns a failed connection into a NetworkError', async () => {
    response = () => {
      throw new TypeError('Failed to fetch');
    };
    const { errors } = await run(TestBed.inject(HttpBackend));
    expect(errors).toMatchObject([{ code: 'network', cause: { message: 'Failed to fetch' } }]);
  });
});
