import { getEventListeners } from 'node:events';
import { VirtualTimeScheduler } from 'rxjs';
import { TestScheduler } from 'rxjs/testing';
import {
  browserUseV2,
  browserUseV4,
  defineTaskApi,
  taskPolls$,
  taskStatus$,
  type StatusRequest,
  type StatusResponse,
} from 'rxjs-task-status';
import { fakeTaskApi, type FakeTaskApi, type FakeTimeline } from 'rxjs-task-status/testing';
import { describe, expect, test, vi } from 'vitest';

const url = 'https://api.example.com/task/task_1/status';

function requestFor(taskId: string): StatusRequest {
  return { taskId, url, headers: {}, signal: new AbortController().signal };
}

/** What the transport answers, at `at` ms of the scheduler's clock; `undefined` for nothing yet. */
function ask(api: FakeTaskApi, taskId = 'task_1'): { response?: StatusResponse; stop(): void } {
  const result = api.transport(requestFor(taskId));
  if (!('subscribe' in result)) throw new Error('fakeTaskApi has an Observable for a transport');
  const asked: { response?: StatusResponse; stop(): void } = { stop: () => undefined };
  const subscription = result.subscribe({ next: (response) => (asked.response = response) });
  asked.stop = () => subscription.unsubscribe();
  return asked;
}

function at<T>(scheduler: VirtualTimeScheduler, ms: number, look: () => T): T {
  const seen: T[] = [];
  scheduler.schedule(() => seen.push(look()), ms - scheduler.now());
  scheduler.flush();
  return seen[0]!;
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
  ])('at %i ms answers with its last entry whose time has come', (ms, body) => {
    const scheduler = new VirtualTimeScheduler();
    const api = fakeTaskApi(tasks, { scheduler });
    expect(at(scheduler, ms, () => ask(api).response)).toMatchObject({ status: 200, body });
  });

  test('is a 404 before its first entry', () => {
    const scheduler = new VirtualTimeScheduler();
    const api = fakeTaskApi(tasks, { scheduler });
    expect(at(scheduler, 99, () => ask(api).response?.status)).toBe(404);
  });

  test('counts from the call of fakeTaskApi, not from the zero of the clock', () => {
    const scheduler = new VirtualTimeScheduler();
    const api = at(scheduler, 1_000, () => fakeTaskApi(tasks, { scheduler }));
    expect(at(scheduler, 1_100, () => ask(api).response?.body)).toBe('"created"');
  });

  test('may be added while the API is in use', () => {
    const growing: Record<string, FakeTimeline> = {};
    const api = fakeTaskApi(growing);
    expect(ask(api).response?.status).toBe(404);
    growing.task_1 = [['created', 0]];
    expect(ask(api).response?.body).toBe('"created"');
  });
});

test.each(['task_2', '__proto__', 'constructor', 'toString'])(
  'an unknown id, %s, is a 404',
  (id) => {
    expect(ask(fakeTaskApi({ task_1: [['created', 0]] }), id).response).toMatchObject({
      status: 404,
      body: '{"detail": "Task not found"}',
    });
  },
);

test('a task may be called like a property of every object', () => {
  const tasks = Object.fromEntries([['__proto__', [['running', 0]] as const]]);
  expect(ask(fakeTaskApi(tasks), '__proto__').response?.body).toBe('"running"');
});

describe('an answer in the words of the server', () => {
  test('goes out as it is', () => {
    const api = fakeTaskApi({
      task_1: [[{ status: 429, headers: { 'Retry-After': '7' }, body: 'slow down' }, 0]],
    });
    const { response } = ask(api);
    expect(response).toMatchObject({ status: 429, body: 'slow down' });
    expect(response?.headers.get('retry-after')).toBe('7');
    expect(response?.headers.get('date')).toBeNull();
  });

  test('has no body where none is given', () => {
    expect(ask(fakeTaskApi({ task_1: [[{ status: 503 }, 0]] })).response?.body).toBe('');
  });

  test('carries Date from the scheduler where its headers hold a date', () => {
    const scheduler = new VirtualTimeScheduler();
    const retryAt = new Date(65_000).toUTCString();
    const api = fakeTaskApi(
      { task_1: [[{ status: 503, headers: { 'retry-after': retryAt, server: 'nginx' } }, 0]] },
      { scheduler },
    );
    const response = at(scheduler, 5_000, () => ask(api).response);
    expect(response?.headers.get('Date')).toBe('Thu, 01 Jan 1970 00:00:05 GMT');
  });

  test('keeps a Date of its own', () => {
    const date = 'Thu, 01 Jan 1970 01:00:00 GMT';
    const api = fakeTaskApi({ task_1: [[{ status: 503, headers: { Date: date } }, 0]] });
    expect(ask(api).response?.headers.get('date')).toBe(date);
  });

  test('makes a watch wait as long as its date says', () => {
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

describe('a status is told in the form of the API', () => {
  test.each([
    ['v2', browserUseV2, 'started', '{"status":"started"}'],
    ['v4', browserUseV4, 'queued', '{"status":"queued"}'],
  ] as const)('%s', (_, api, status, body) => {
    const fake = fakeTaskApi<string>({ task_1: [[status, 0]] }, { api });
    expect(ask(fake).response?.body).toBe(body);
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

  test('for one of your own, with body', () => {
    const body = (state: string) => ({ job: { state } });
    const api = fakeTaskApi({ task_1: [['open', 0]] }, { api: nested, body });
    expect(ask(api).response?.body).toBe('{"job":{"state":"open"}}');
  });

  test('and without body, one that it cannot guess is a TypeError', () => {
    expect(() => fakeTaskApi({}, { api: nested })).toThrow(
      new TypeError(
        'api.status reads neither a bare status nor { status }: pass body, which makes the JSON for a status',
      ),
    );
  });

  test('the form is the one in which the API reads every word', () => {
    const api = defineTaskApi({
      ...nested,
      status: (json) => (json === 'open' ? 'open' : (json as { status: unknown }).status),
    });
    expect(ask(fakeTaskApi({ task_1: [['open', 0]] }, { api })).response?.body).toBe(
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

  test('of 0 answers before subscribe returns', () => {
    expect(ask(fakeTaskApi(tasks)).response?.body).toBe('"running"');
  });

  test('is the time to the answer, which tells what is true when it leaves', () => {
    const scheduler = new VirtualTimeScheduler();
    const api = fakeTaskApi(tasks, { scheduler, latency: 600 });
    const asked = ask(api);
    expect(asked.response).toBeUndefined();
    scheduler.flush();
    expect(scheduler.now()).toBe(600);
    expect(asked.response?.body).toBe('"finished"');
  });

  test('may differ by task and attempt', () => {
    const scheduler = new VirtualTimeScheduler();
    const asked: [string, number][] = [];
    const latency = (taskId: string, attempt: number) => asked.push([taskId, attempt]);
    const api = fakeTaskApi(tasks, { scheduler, latency });
    ask(api, 'task_1');
    ask(api, 'task_2');
    ask(api, 'task_1');
    expect(asked).toEqual([
      ['task_1', 1],
      ['task_2', 1],
      ['task_1', 2],
    ]);
  });

  test('of Infinity never answers, and leaves nothing in the scheduler', () => {
    const schedule = vi.fn();
    const scheduler = { now: () => 0, schedule };
    const asked = ask(fakeTaskApi(tasks, { scheduler, latency: Infinity }));
    expect(schedule).not.toHaveBeenCalled();
    expect(asked.response).toBeUndefined();
  });

  test('ends with the subscription', () => {
    const scheduler = new VirtualTimeScheduler();
    const asked = ask(fakeTaskApi(tasks, { scheduler, latency: 100 }));
    asked.stop();
    scheduler.flush();
    expect(asked.response).toBeUndefined();
  });

  test.each([-1, NaN, 2 ** 31])('of %d is a RangeError', (latency) => {
    expect(() => fakeTaskApi(tasks, { latency })).toThrow(
      new RangeError(`latency must be between 0 and 2147483647, or Infinity, got ${latency}`),
    );
  });
});

test('the log says who was asked for, where, with what, and when', () => {
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
  const request = { taskId: 'a/b', url: 'http://localhost/task/a%2Fb/status' };
  expect(requests).toMatchObject([
    { ...request, at: 0 },
    { ...request, at: 1_000 },
  ]);
  expect(Object.values(requests[0]!.headers)).toContain('Bearer key');
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

describe('fetch', () => {
  test('answers like the platform’s, and finds the task below any base', async () => {
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

  test('logs what it was sent, for a URL that is no task’s too', async () => {
    const { fetch, requests } = fakeTaskApi({});
    await fetch('https://x.example/', { headers: { 'x-a': 'b' } });
    expect(requests).toMatchObject([{ taskId: '', headers: { 'x-a': 'b' } }]);
  });

  test('finds the task in a path of any characters', async () => {
    const api = defineTaskApi({ ...browserUseV2, path: (id) => `/v1.0/(jobs)/${id}/?view=+` });
    const { fetch, requests } = fakeTaskApi({}, { api });
    await fetch(`https://x.example${api.path('a')}`);
    await fetch(`https://x.example${api.path('b').replace('.', '-')}`);
    expect(requests).toMatchObject([{ taskId: 'a' }, { taskId: '' }]);
  });

  test('answers later where there is latency, without a signal too', async () => {
    const scheduler = new VirtualTimeScheduler();
    const answer = fakeTaskApi({}, { scheduler, latency: 100 }).fetch(url);
    scheduler.flush();
    expect((await answer).status).toBe(404);
  });

  test('serves a watch', async () => {
    const { fetch } = fakeTaskApi({ task_1: [['finished', 0]] });
    const attempts: number[] = [];
    await taskPolls$('task_1', { fetch }).forEach(({ attempt }) => attempts.push(attempt));
    expect(attempts).toEqual([1]);
  });

  test('rejects with the reason of a signal that has aborted, and logs nothing', async () => {
    const { fetch, requests } = fakeTaskApi({});
    const reason = new Error('no');
    await expect(fetch(url, { signal: AbortSignal.abort(reason) })).rejects.toBe(reason);
    expect(requests).toHaveLength(0);
  });

  test('leaves no listener on a signal when it has answered', async () => {
    const scheduler = new VirtualTimeScheduler();
    const { fetch } = fakeTaskApi({}, { scheduler, latency: 100 });
    const { signal } = new AbortController();
    const answer = fetch(url, { signal });
    expect(getEventListeners(signal, 'abort')).toHaveLength(1);
    scheduler.flush();
    expect((await answer).status).toBe(404);
    expect(getEventListeners(signal, 'abort')).toHaveLength(0);
  });

  test('rejects with the reason of an abort on the way, and leaves nothing behind', async () => {
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
