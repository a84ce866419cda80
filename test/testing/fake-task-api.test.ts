import { getEventListeners } from 'node:events';
import { VirtualTimeScheduler } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import {
  browserUseV2,
  browserUseV3,
  browserUseV4,
  defineTaskApi,
  taskPolls$,
  taskResult$,
  taskStatus$,
  type StatusRequest,
  type StatusResponse,
} from 'rxjs-task-status';
import { fakeTaskApi, type FakeTaskApi, type FakeTimeline } from 'rxjs-task-status/testing';
import { describe, expect, test, vi } from 'vitest';

const url = 'https://api.example.com/task/task_1/status';

function requestFor(taskId: string): StatusRequest {
  const { signal } = new AbortController();
  return { taskId, url, method: 'GET', headers: {}, signal };
}

/** Sends a request through the transport; `response` is set when the answer comes. */
function send(api: FakeTaskApi, taskId = 'task_1'): { response?: StatusResponse; stop(): void } {
  const result = api.transport(requestFor(taskId));
  if (!('subscribe' in result))
    throw new Error('the transport of fakeTaskApi returns an Observable');
  const sent: { response?: StatusResponse; stop(): void } = { stop: () => undefined };
  const subscription = result.subscribe({ next: (response) => (sent.response = response) });
  sent.stop = () => subscription.unsubscribe();
  return sent;
}

function headerIn(response: StatusResponse | undefined, name: string): unknown {
  const headers = response?.headers;
  return typeof headers?.get === 'function' ? headers.get(name) : undefined;
}

/** What `act` returns at `ms` of the scheduler's clock. */
function at<T>(scheduler: VirtualTimeScheduler, ms: number, act: () => T): T {
  const results: T[] = [];
  scheduler.schedule(() => results.push(act()), ms - scheduler.now());
  scheduler.flush();
  return results[0]!;
}

describe('a timeline', () => {
  const tasks: Record<string, FakeTimeline> = {
    task_1: [
      ['created', 100],
      ['running', 200],
      ['finished', 300],
    ],
  };

  test.each([
    [100, '"created"'],
    [199, '"created"'],
    [200, '"running"'],
    [9_000, '"finished"'],
  ])('at %i ms gives the latest entry whose time has come', (ms, body) => {
    const scheduler = new VirtualTimeScheduler();
    const api = fakeTaskApi(tasks, { scheduler });
    expect(at(scheduler, ms, () => send(api).response)).toMatchObject({ status: 200, body });
  });

  test('gives a 404 before its first entry', () => {
    const scheduler = new VirtualTimeScheduler();
    const api = fakeTaskApi(tasks, { scheduler });
    expect(at(scheduler, 99, () => send(api).response?.status)).toBe(404);
  });

  test('starts at the call of fakeTaskApi(), not at 0 of the clock', () => {
    const scheduler = new VirtualTimeScheduler();
    const api = at(scheduler, 1_000, () => fakeTaskApi(tasks, { scheduler }));
    expect(at(scheduler, 1_100, () => send(api).response?.body)).toBe('"created"');
  });

  test('may be in any order', () => {
    const scheduler = new VirtualTimeScheduler();
    const api = fakeTaskApi({ task_1: [...tasks.task_1!].reverse() }, { scheduler });
    expect(at(scheduler, 250, () => send(api).response?.body)).toBe('"running"');
  });

  test('can be added while the API is in use', () => {
    const growing: Record<string, FakeTimeline> = {};
    const api = fakeTaskApi(growing);
    expect(send(api).response?.status).toBe(404);
    growing.task_1 = [['created', 0]];
    expect(send(api).response?.body).toBe('"created"');
  });
});

test.each(['task_2', '__proto__', 'constructor', 'toString'])(
  'the unknown id %s is a 404',
  (id) => {
    expect(send(fakeTaskApi({ task_1: [['created', 0]] }), id).response).toMatchObject({
      status: 404,
      body: '{"detail": "Task not found"}',
    });
  },
);

test('a task can have the name of a property that every object has', () => {
  const tasks = Object.fromEntries([['__proto__', [['running', 0]] as const]]);
  expect(send(fakeTaskApi(tasks), '__proto__').response?.body).toBe('"running"');
});

describe('a timeline of the wrong shape is a TypeError that names it', () => {
  test.each<[string, unknown, string]>([
    [
      'words without times',
      ['created', 'running'],
      'tasks["task_1"][0] must be [status or answer, ms], got "created"',
    ],
    [
      'a word alone',
      'created',
      'tasks["task_1"] must be an array of [status or answer, ms], got "created"',
    ],
    [
      'time and word exchanged',
      [[0, 'created']],
      'The time in tasks["task_1"][0] must be a number of ms, got "created"',
    ],
    [
      'an answer without a status',
      [
        ['created', 0],
        [{ body: '' }, 5],
      ],
      'The answer in tasks["task_1"][1] must be a status or { status, headers?, body? }, got object',
    ],
    [
      'no answer',
      [[undefined, 0]],
      'The answer in tasks["task_1"][0] must be a status or { status, headers?, body? }, got undefined',
    ],
    [
      'a status of HTTP in quotes',
      [[{ status: '404' }, 0]],
      'The HTTP status in tasks["task_1"][0] must be a number, got "404"',
    ],
    [
      'a body that is not text',
      [[{ status: 200, body: { status: 'finished' } }, 0]],
      'The body in tasks["task_1"][0] must be a string; use JSON.stringify(), got object',
    ],
    [
      'a time of NaN',
      [['created', NaN]],
      'The time in tasks["task_1"][0] must be a number of ms, got number',
    ],
  ])('%s', (_, timeline, message) => {
    const tasks = { task_1: timeline as FakeTimeline };
    expect(() => fakeTaskApi(tasks)).toThrow(new TypeError(message));
    // one that was added later ends the watch
    const later: Record<string, FakeTimeline> = {};
    const { transport, requests } = fakeTaskApi(later);
    Object.assign(later, tasks);
    const errors: unknown[] = [];
    taskStatus$('task_1', { transport }).subscribe({
      error: (error: unknown) => errors.push(error),
    });
    expect(errors).toEqual([new TypeError(message)]);
    expect(requests).toHaveLength(1);
  });

  test.each([new Map([['task_1', [['created', 0]]]]), [[['created', 0]]]])(
    'tasks that are not a plain object',
    (tasks) => {
      expect(() => fakeTaskApi(tasks as unknown as Record<string, FakeTimeline>)).toThrow(
        new TypeError('tasks must be a plain object: { task_1: [[status or answer, ms], …] }'),
      );
    },
  );
});

describe('an HTTP answer in a timeline', () => {
  test('is given unchanged', () => {
    const api = fakeTaskApi({
      task_1: [[{ status: 429, headers: { 'Retry-After': '7' }, body: 'slow down' }, 0]],
    });
    const { response } = send(api);
    expect(response).toMatchObject({ status: 429, body: 'slow down' });
    expect(headerIn(response, 'retry-after')).toBe('7');
    expect(headerIn(response, 'date')).toBeNull();
  });

  test('has an empty body by default', () => {
    expect(send(fakeTaskApi({ task_1: [[{ status: 503 }, 0]] })).response?.body).toBe('');
  });

  test('carries Date, from the clock of the scheduler, if its headers have a date', () => {
    const scheduler = new VirtualTimeScheduler();
    const retryAt = new Date(65_000).toUTCString();
    const api = fakeTaskApi(
      { task_1: [[{ status: 503, headers: { 'retry-after': retryAt, server: 'nginx' } }, 0]] },
      { scheduler },
    );
    const response = at(scheduler, 5_000, () => send(api).response);
    expect(headerIn(response, 'Date')).toBe('Thu, 01 Jan 1970 00:00:05 GMT');
  });

  test('may have numbers in its headers, in a test that is not type-checked', () => {
    const headers = { 'Retry-After': 7 } as unknown as Record<string, string>;
    const api = fakeTaskApi({ task_1: [[{ status: 429, headers }, 0]] });
    expect(headerIn(send(api).response, 'retry-after')).toBe('7');
  });

  test.each(['transport', 'fetch'] as const)(
    'is given whole if it is larger than 64 KiB, by %s',
    async (path) => {
      const text = 'x'.repeat(1_000_000);
      const api = fakeTaskApi({ task_1: [[{ status: 200, body: text }, 0]] });
      const body =
        path === 'transport' ? send(api).response?.body : await (await api.fetch(url)).text();
      expect(body).toHaveLength(1_000_000);
    },
  );

  test('keeps its own Date', () => {
    const date = 'Thu, 01 Jan 1970 01:00:00 GMT';
    const api = fakeTaskApi({ task_1: [[{ status: 503, headers: { Date: date } }, 0]] });
    expect(headerIn(send(api).response, 'date')).toBe(date);
  });

  test('delays the next request of a watch until the date in its Retry-After', () => {
    const scheduler = new VirtualTimeScheduler();
    const headers = { 'retry-after': new Date(90_000).toUTCString() };
    const { transport, requests } = fakeTaskApi(
      {
        task_1: [
          [{ status: 503, headers }, 0],
          ['finished', 90_000],
        ],
      },
      { scheduler },
    );
    const retry = { jitter: 0 };
    taskStatus$('task_1', { transport, scheduler, retry }).subscribe();
    scheduler.flush();
    expect(requests.map((request) => request.at)).toEqual([0, 90_000]);
  });
});

describe('a status has the JSON form of the API', () => {
  test.each([
    ['v2', browserUseV2, 'started', '{"status":"started"}'],
    ['v4', browserUseV4, 'queued', '{"status":"queued"}'],
  ] as const)('%s', (_, api, status, body) => {
    const fake = fakeTaskApi<string>({ task_1: [[status, 0]] }, { api });
    expect(send(fake).response?.body).toBe(body);
  });

  const nested = defineTaskApi({
    baseUrl: 'https://jobs.example.com',
    path: (id) => `/jobs/${id}`,
    authorization: (key) => ['X-Key', key],
    status: (json) => (json as { job: { state: unknown } }).job.state,
    statuses: ['open', 'done'],
    terminal: ['done'],
    successful: ['done'],
  });

  test('of your own API, with body', () => {
    const body = (state: string) => ({ job: { state } });
    const api = fakeTaskApi({ task_1: [['open', 0]] }, { api: nested, body });
    expect(send(api).response?.body).toBe('{"job":{"state":"open"}}');
  });

  test('which is a TypeError if it cannot be guessed and there is no body', () => {
    expect(() => fakeTaskApi({}, { api: nested })).toThrow(
      new TypeError(
        'api.status reads neither a bare status nor { status }: pass the option body, which returns the JSON for a status',
      ),
    );
  });

  test('also for an api.status() that reads the HTTP status and the headers', () => {
    type Head = { status: number; headers: { get(name: string): string | null } };
    const api = defineTaskApi({
      ...nested,
      status: (json: unknown, head?: Head) =>
        head?.status === 202 ? 'open' : (head?.headers.get('x-state') ?? json),
    });
    const fake = fakeTaskApi({ task_1: [['done', 0]] }, { api });
    expect(send(fake).response?.body).toBe('"done"');
  });

  test('which is the one in which the API reads every status', () => {
    const api = defineTaskApi({
      ...nested,
      status: (json) => (json === 'open' ? 'open' : (json as { status: unknown }).status),
    });
    expect(send(fakeTaskApi({ task_1: [['open', 0]] }, { api })).response?.body).toBe(
      '{"status":"open"}',
    );
  });
});

describe('latency', () => {
  const tasks = {
    task_1: [
      ['running', 0],
      ['finished', 500],
    ],
  } as const;

  test('of 0 gives the answer before subscribe returns', () => {
    expect(send(fakeTaskApi(tasks)).response?.body).toBe('"running"');
  });

  test('is the time to the answer, which has the status of that later time', () => {
    const scheduler = new VirtualTimeScheduler();
    const api = fakeTaskApi(tasks, { scheduler, latency: 600 });
    const sent = send(api);
    expect(sent.response).toBeUndefined();
    scheduler.flush();
    expect(scheduler.now()).toBe(600);
    expect(sent.response?.body).toBe('"finished"');
  });

  test('can depend on the task and the attempt', () => {
    const scheduler = new VirtualTimeScheduler();
    const calls: [string, number][] = [];
    const latency = (taskId: string, attempt: number) => calls.push([taskId, attempt]);
    const api = fakeTaskApi(tasks, { scheduler, latency });
    send(api, 'task_1');
    send(api, 'task_2');
    send(api, 'task_1');
    expect(calls).toEqual([
      ['task_1', 1],
      ['task_2', 1],
      ['task_1', 2],
    ]);
  });

  test('of Infinity never gives an answer, and schedules nothing', () => {
    const schedule = vi.fn();
    const scheduler = { now: () => 0, schedule };
    const sent = send(fakeTaskApi(tasks, { scheduler, latency: Infinity }));
    expect(schedule).not.toHaveBeenCalled();
    expect(sent.response).toBeUndefined();
  });

  test('is cancelled by unsubscribing', () => {
    const scheduler = new VirtualTimeScheduler();
    const sent = send(fakeTaskApi(tasks, { scheduler, latency: 100 }));
    sent.stop();
    scheduler.flush();
    expect(sent.response).toBeUndefined();
  });

  test('of the wrong kind, from a function, ends the watch at once', () => {
    const { transport, requests } = fakeTaskApi(tasks, { latency: () => -1 });
    const errors: unknown[] = [];
    taskStatus$('task_1', { transport }).subscribe({
      error: (error: unknown) => errors.push(error),
    });
    expect(errors).toEqual([
      new RangeError('latency must be between 0 and 2147483647, or Infinity, got -1'),
    ]);
    expect(requests).toHaveLength(1);
  });

  test('leaves no exception of body in the scheduler', () => {
    const scheduler = new VirtualTimeScheduler();
    const reason = new Error('body is broken');
    const body = () => {
      throw reason;
    };
    const { transport } = fakeTaskApi(tasks, { scheduler, latency: 100, body });
    const errors: unknown[] = [];
    taskStatus$('task_1', { transport, scheduler, retry: false }).subscribe({
      error: (error: unknown) => errors.push(error),
    });
    scheduler.flush();
    expect(errors).toMatchObject([{ code: 'network', cause: { message: reason.message } }]);
  });

  test.each([-1, NaN, 2 ** 31])('of %d is a RangeError', (latency) => {
    expect(() => fakeTaskApi(tasks, { latency })).toThrow(
      new RangeError(`latency must be between 0 and 2147483647, or Infinity, got ${latency}`),
    );
  });
});

test('the log has the task, the URL, the method, the headers and the time of each request', () => {
  const scheduler = new VirtualTimeScheduler();
  const { transport, requests } = fakeTaskApi(
    {
      'a/b': [
        ['running', 0],
        ['finished', 500],
      ],
    },
    { scheduler },
  );
  taskStatus$('a/b', {
    transport,
    scheduler,
    apiKey: 'key',
    baseUrl: 'http://localhost',
    backoff: { jitter: 0 },
  }).subscribe();
  scheduler.flush();
  const request = { taskId: 'a/b', url: 'http://localhost/task/a%2Fb/status', method: 'GET' };
  expect(requests).toMatchObject([
    { ...request, at: 0 },
    { ...request, at: 1_000 },
  ]);
  expect(Object.values(requests[0]!.headers)).toContain('Bearer key');
  expect(requests[0]).not.toHaveProperty('body');
});

test('a whole watch runs in TestScheduler.run() without a scheduler option', () => {
  new TestScheduler((actual, expected) => expect(actual).toEqual(expected)).run(
    ({ expectObservable }) => {
      const { transport } = fakeTaskApi({
        task_1: [
          ['created', 0],
          ['running', 500],
          ['finished', 3_000],
        ],
      });
      const backoff = { factor: 1, jitter: 0 };
      expectObservable(taskStatus$('task_1', { transport, backoff })).toBe(
        'c 999ms r 1999ms (f|)',
        {
          c: 'created',
          r: 'running',
          f: 'finished',
        },
      );
    },
  );
});

describe('results', () => {
  const tasks = { task_1: [['finished', 0]], 'a/b': [['finished', 0]] } as const;
  const resultUrl = 'https://api.example.com/task/task_1';

  test.each(['transport', 'fetch'] as const)(
    'are served at the resultPath of the API, by %s',
    async (path) => {
      const api = fakeTaskApi(tasks, { results: { 'a/b': { output: 'Rome', steps: [1] } } });
      const result$ = taskResult$('a/b', { [path]: api[path], baseUrl: 'http://h/?tenant=1' });
      const results = [];
      for await (const { result } of result$) results.push(result);
      expect(results).toMatchObject([{ output: 'Rome', steps: [1] }]);
      expect(api.requests).toMatchObject([
        { taskId: 'a/b', url: 'http://h/task/a%2Fb/status?tenant=1' },
        { taskId: 'a/b', url: 'http://h/task/a%2Fb?tenant=1' },
      ]);
    },
  );

  test.each(['__proto__', 'constructor', 'task_1'])(
    'without an entry for the task %s are a 404',
    async (id) => {
      const { fetch } = fakeTaskApi(tasks, { results: { task_2: {}, task_1: undefined } });
      const response = await fetch(`https://api.example.com/task/${id}`);
      expect(response.status).toBe(404);
      expect(await response.text()).toBe('{"detail": "Task not found"}');
    },
  );

  test('without the option are a 404', async () => {
    expect((await fakeTaskApi(tasks).fetch(resultUrl)).status).toBe(404);
  });

  test('can be added while the API is in use, and can be any JSON', async () => {
    const results: Record<string, unknown> = {};
    const { fetch } = fakeTaskApi(tasks, { results });
    expect((await fetch(resultUrl)).status).toBe(404);
    results.task_1 = null;
    const response = await fetch(resultUrl);
    expect(response.status).toBe(200);
    expect(await response.text()).toBe('null');
  });

  test('need no timeline', async () => {
    const { fetch, requests } = fakeTaskApi({}, { results: { task_1: 'done' } });
    expect(await (await fetch(resultUrl)).text()).toBe('"done"');
    expect(requests).toMatchObject([{ taskId: 'task_1' }]);
  });

  test('are found where the path of the status matches too', async () => {
    const api = defineTaskApi({
      ...browserUseV2,
      path: (id) => `/${id}`,
      resultPath: (id) => `/${id}/result`,
    });
    const { fetch } = fakeTaskApi({ a: [['started', 0]] }, { api, results: { a: 'done' } });
    expect(await (await fetch('/a/result')).text()).toBe('"done"');
    expect(await (await fetch('/a')).text()).toBe('{"status":"started"}');
  });

  test('of an API without a resultPath are a TypeError that names the fix', () => {
    expect(() => fakeTaskApi({}, { api: browserUseV2, results: {} })).toThrow(
      new TypeError(
        'results needs an api with a resultPath: if the result is in the answer with the status, return it from the option body',
      ),
    );
  });

  test('of such an API are in the body, which depends on the status and the task', async () => {
    const { fetch } = fakeTaskApi(
      { task_1: [['finished', 0]] },
      {
        api: browserUseV2,
        body: (status, taskId) => ({ status, isSuccess: true, output: `output of ${taskId}` }),
      },
    );
    const results = [];
    for await (const { result } of taskResult$('task_1', { api: browserUseV2, fetch })) {
      results.push(result);
    }
    expect(results).toMatchObject([{ output: 'output of task_1', isSuccess: true }]);
  });

  test('and the details of a poll are in the body', () => {
    const scheduler = new VirtualTimeScheduler();
    const { transport } = fakeTaskApi(
      {
        session_1: [
          ['running', 0],
          ['succeeded', 1_000],
        ],
      },
      {
        scheduler,
        api: browserUseV3,
        body: (status) =>
          status === 'succeeded'
            ? { status: 'idle', isTaskSuccessful: true, stepCount: 7 }
            : { status, stepCount: 3 },
      },
    );
    const seen: unknown[] = [];
    taskPolls$('session_1', { api: browserUseV3, transport, scheduler }).subscribe(
      ({ status, details }) => seen.push([status, details?.stepCount]),
    );
    scheduler.flush();
    expect(seen).toContainEqual(['running', 3]);
    expect(seen.at(-1)).toEqual(['succeeded', 7]);
  });
});

describe('an API that is polled with POST', () => {
  const rpc = defineTaskApi({
    baseUrl: 'https://rpc.example.com',
    path: () => '/rpc',
    request: (id) => ({
      method: 'POST',
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify({ method: 'tasks/get', id }),
    }),
    authorization: (key) => ['X-Key', key],
    status: (json) => (json as { result: { status: unknown } }).result.status,
    statuses: ['working', 'done'],
    terminal: ['done'],
    successful: ['done'],
  });
  const options = { api: rpc, body: (status: string) => ({ result: { status } }) };

  test.each(['transport', 'fetch'] as const)(
    'gets the answer for the task in the body, by %s',
    async (path) => {
      const api = fakeTaskApi({ a: [['working', 0]], 'b/c': [['done', 0]] }, options);
      const seen: string[] = [];
      await taskStatus$('b/c', { api: rpc, [path]: api[path], apiKey: 'key' }).forEach((status) =>
        seen.push(status),
      );
      expect(seen).toEqual(['done']);
      expect(api.requests).toEqual([
        {
          taskId: 'b/c',
          url: 'https://rpc.example.com/rpc',
          method: 'POST',
          headers: { 'X-Key': 'key', 'content-type': 'application/json' },
          body: '{"method":"tasks/get","id":"b/c"}',
          at: expect.any(Number) as number,
        },
      ]);
    },
  );

  test.each([
    ['with the body of no task', '/rpc', '{"method":"tasks/get","id":"b"}'],
    ['without a body', '/rpc', undefined],
    ['to another path', '/rpc/a', '{"method":"tasks/get","id":"a"}'],
  ])('answers 404 to a request %s', async (_, path, body) => {
    const { fetch, requests } = fakeTaskApi({ a: [['working', 0]] }, options);
    const response = await fetch(path, { method: 'POST', ...(body !== undefined && { body }) });
    expect(response.status).toBe(404);
    expect(requests).toMatchObject([{ taskId: '', method: 'POST' }]);
  });
});

test('ids that are URLs are found by their path', async () => {
  const api = defineTaskApi({
    ...browserUseV2,
    baseUrl: 'https://azure.example',
    path: decodeURIComponent,
  });
  const id = 'https://azure.example/operations/1?api-version=2';
  const { fetch, requests } = fakeTaskApi({ [id]: [['finished', 0]] }, { api });
  await taskStatus$(id, { api, fetch }).forEach(() => undefined);
  // as a server sees it
  await fetch('/operations/1?api-version=2');
  await fetch('/operations/2?api-version=2');
  expect(requests.map(({ taskId }) => taskId)).toEqual([id, id, '2']);
});

describe('fetch', () => {
  test('answers like the platform’s fetch, and finds the task below any base URL', async () => {
    const { fetch, requests } = fakeTaskApi({ 'a/b': [['running', 0]] });
    const response = await fetch('https://proxy.example.com/x/task/a%2Fb/status?tenant=1');
    expect(response.status).toBe(200);
    expect(response.headers.get('Content-Type')).toBe('application/json');
    expect(await response.text()).toBe('"running"');
    expect(requests).toMatchObject([{ taskId: 'a/b' }]);
  });

  test.each(['https://x.example/', 'https://x.example/task/%zz/status'])(
    '%s is a 404',
    async (other) => {
      const response = await fakeTaskApi({ '': [['running', 0]] }).fetch(other);
      expect(response.status).toBe(404);
      expect(await response.text()).toBe('{"detail": "Not Found"}');
    },
  );

  test('logs a request whose URL is not the URL of a task', async () => {
    const { fetch, requests } = fakeTaskApi({});
    await fetch('https://x.example/', { headers: { 'x-a': 'b' } });
    expect(requests).toMatchObject([{ taskId: '', headers: { 'x-a': 'b' } }]);
  });

  test('finds the task in a path with any characters', async () => {
    const api = defineTaskApi({ ...browserUseV2, path: (id) => `/v1.0/(jobs)/${id}/?view=+` });
    const { fetch, requests } = fakeTaskApi({}, { api });
    await fetch(`https://x.example${api.path('a')}`);
    await fetch(`https://x.example${api.path('b').replace('.', '-')}`);
    expect(requests).toMatchObject([{ taskId: 'a' }, { taskId: '' }]);
  });

  test('answers after the latency, also without a signal', async () => {
    const scheduler = new VirtualTimeScheduler();
    const answer = fakeTaskApi({}, { scheduler, latency: 100 }).fetch(url);
    scheduler.flush();
    expect((await answer).status).toBe(404);
  });

  test('has what code that calls fetch itself reads of a Response', async () => {
    const { fetch } = fakeTaskApi({ task_1: [['running', 0]] });
    const call = fetch as unknown as typeof globalThis.fetch;
    const response = await call(new URL(url));
    expect(response.ok).toBe(true);
    expect(await response.json()).toBe('running');
    expect(await call('https://x.example/')).toMatchObject({ ok: false, status: 404 });
  });

  test('works as the fetch of a watch', async () => {
    const { fetch } = fakeTaskApi({ task_1: [['finished', 0]] });
    const attempts: number[] = [];
    await taskPolls$('task_1', { fetch }).forEach(({ attempt }) => attempts.push(attempt));
    expect(attempts).toEqual([1]);
  });

  test('rejects with the reason of a signal that has already aborted, and logs nothing', async () => {
    const { fetch, requests } = fakeTaskApi({});
    const reason = new Error('no');
    await expect(fetch(url, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(requests).toHaveLength(0);
  });

  test('leaves no listener on a signal after the answer', async () => {
    const scheduler = new VirtualTimeScheduler();
    const { fetch } = fakeTaskApi({}, { scheduler, latency: 100 });
    const { signal } = new AbortController();
    const answer = fetch(url, { signal });
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    scheduler.flush();
    expect((await answer).status).toBe(404);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  test('rejects with the reason of an abort before the answer, and cancels the answer', async () => {
    const scheduler = new VirtualTimeScheduler();
    const { fetch } = fakeTaskApi({}, { scheduler, latency: 100 });
    const controller = new AbortController();
    const answer = fetch(url, { signal: controller.signal });
    const reason = new Error('no');
    controller.abort(reason);
    await expect(answer).rejects.toBe(reason);
    expect(getEventListeners(controller.signal, 'abort')).toHaveLength(0);
    scheduler.flush();
    expect(scheduler.now()).toBe(0);
  });
});
