import {
  firstValueFrom,
  lastValueFrom,
  Subject,
  toArray,
  VirtualTimeScheduler,
  type Subscription,
} from 'rxjs';
import {
  browserUseV2,
  defineTaskApi,
  taskPolls$,
  taskResult$,
  type BrowserUseV1Task,
  type BrowserUseV2Details,
  type IterableObservable,
  type StatusRequest,
  type StatusResponse,
  type TaskPoll,
  type TaskResult,
  type TaskStatus,
  type TaskStatusOptions,
} from 'rxjs-task-status';
import { describe, expect, expectTypeOf, test } from 'vitest';
import { fieldOf } from '../../src/api/guards.js';

const BASE = 'https://api.example';

/** A server whose answers are given by URL path, one after the other; the last one is repeated. */
function serverOf(answers: Readonly<Record<string, readonly (object | string | number)[]>>) {
  const requests: StatusRequest[] = [];
  const left = new Map(Object.entries(answers).map(([path, list]) => [path, [...list]]));
  const transport = (request: StatusRequest): Promise<StatusResponse> => {
    requests.push({ ...request });
    const list = left.get(request.url.replace(BASE, '')) ?? [404];
    const answer = list.length > 1 ? list.shift() : list[0];
    const status = typeof answer === 'number' ? answer : 200;
    return Promise.resolve({ status, headers: {}, body: JSON.stringify(answer) });
  };
  const paths = () => requests.map(({ url }) => url.replace(BASE, ''));
  return { requests, paths, options: { baseUrl: BASE, transport, apiKey: 'secret-key' } };
}

const fast = { backoff: { initialDelay: 0 }, retry: { initialDelay: 0, maxRetries: 2 } } as const;

const jobs = defineTaskApi({
  baseUrl: BASE,
  path: (id) => `/jobs/${id}`,
  authorization: (key) => ['X-Key', key],
  status: (json) => fieldOf(json, 'state'),
  details: (json): number => Number(fieldOf(json, 'progress')),
  statuses: ['busy', 'done', 'broken'],
  terminal: ['done', 'broken'],
  successful: ['done'],
});

describe('the result of a task', () => {
  test('is one more request where the API has a resultPath', async () => {
    const server = serverOf({
      '/task/t/status': ['running', 'finished'],
      '/task/t': [{ id: 't', output: '42', steps: [1] }],
    });
    const seen = await lastValueFrom(
      taskResult$('t', { ...server.options, ...fast }).pipe(toArray()),
    );
    expect(seen).toEqual([
      {
        taskId: 't',
        status: 'finished',
        details: undefined,
        result: { id: 't', output: '42', steps: [1] },
      },
    ]);
    expect(server.paths()).toEqual(['/task/t/status', '/task/t/status', '/task/t']);
    expect(server.requests.at(-1)).toMatchObject({
      method: 'GET',
      headers: { Authorization: 'Bearer secret-key' },
    });
  });

  test('is in the last answer where the API has none', async () => {
    const server = serverOf({
      '/jobs/j': [
        { state: 'busy', progress: 1 },
        { state: 'done', progress: 2 },
      ],
    });
    await expect(
      firstValueFrom(taskResult$('j', { api: jobs, ...server.options, ...fast })),
    ).resolves.toEqual({
      taskId: 'j',
      status: 'done',
      details: 2,
      result: { state: 'done', progress: 2 },
    });
    expect(server.paths()).toHaveLength(2);
  });

  test('is given for a knownStatus that is already the end', async () => {
    const server = serverOf({ '/task/t/status': ['finished'], '/task/t': [{ output: 'x' }] });
    const { result } = await firstValueFrom(
      taskResult$('t', { ...server.options, knownStatus: 'finished' }),
    );
    expect(result.output).toBe('x');
  });

  test('is a TaskUnsuccessfulError with the details if the task ended otherwise', async () => {
    const server = serverOf({ '/jobs/j': [{ state: 'broken', progress: 7 }] });
    await expect(
      firstValueFrom(taskResult$('j', { api: jobs, ...server.options })),
    ).rejects.toMatchObject({
      name: 'TaskUnsuccessfulError',
      code: 'unsuccessful',
      taskId: 'j',
      taskStatus: 'broken',
      message: 'Task "j" ended as broken',
      details: 7,
    });
    expect(server.paths()).toHaveLength(1);
  });

  test('is retried like a poll', async () => {
    const server = serverOf({
      '/task/t/status': ['finished'],
      '/task/t': [503, 503, { output: 'x' }],
    });
    const { result } = await firstValueFrom(taskResult$('t', { ...server.options, ...fast }));
    expect(result.output).toBe('x');
    expect(server.paths()).toHaveLength(4);
  });

  test('fails with the typed error of a poll', async () => {
    const server = serverOf({ '/task/t/status': ['finished'], '/task/t': [503] });
    await expect(
      firstValueFrom(taskResult$('t', { ...server.options, ...fast })),
    ).rejects.toMatchObject({ code: 'http', status: 503, attempts: 3, lastStatus: 'finished' });
    expect(server.paths()).toHaveLength(4);
    const gone = serverOf({ '/task/t/status': ['finished'] });
    await expect(
      firstValueFrom(taskResult$('t', { ...gone.options, notFoundGrace: 60_000 })),
    ).rejects.toMatchObject({ code: 'not-found', attempts: 1 });
  });

  test('may be longer than the answers with the status, up to 16 MiB', async () => {
    const long = 'x'.repeat(300_000);
    const server = serverOf({ '/task/t/status': ['finished'], '/task/t': [{ output: long }] });
    const { result } = await firstValueFrom(taskResult$('t', server.options));
    expect(result.output).toBe(long);
    const tooLong = serverOf({
      '/task/t/status': ['finished'],
      '/task/t': [{ output: 'x'.repeat(16_777_216) }],
    });
    await expect(firstValueFrom(taskResult$('t', tooLong.options))).rejects.toMatchObject({
      code: 'unexpected-response',
    });
  });

  test('ends with an exception of the API', async () => {
    const wrong = (result: () => never) => ({ ...jobs, result });
    const fault = new Error('no such field');
    const api = wrong(() => {
      throw fault;
    });
    const server = serverOf({ '/jobs/j': [{ state: 'done' }], '/jobs/j/result': [{}] });
    const options = { ...server.options, ...fast };
    await expect(firstValueFrom(taskResult$('j', { ...options, api }))).rejects.toBe(fault);
    await expect(
      firstValueFrom(
        taskResult$('j', { ...options, api: { ...api, resultPath: (id) => `/jobs/${id}/result` } }),
      ),
    ).rejects.toBe(fault);
  });

  test('is cancelled by unsubscribing, and by abort', () => {
    for (const by of ['unsubscribe', 'signal'] as const) {
      const scheduler = new VirtualTimeScheduler();
      const controller = new AbortController();
      const signals: StatusRequest['signal'][] = [];
      const errors: unknown[] = [];
      const transport: TaskStatusOptions['transport'] = (request) => {
        signals.push(request.signal);
        if (signals.length > 1) return new Promise(() => undefined);
        return { subscribe: (observer) => answer(observer, '"finished"') };
      };
      const subscription = taskResult$('t', {
        transport,
        scheduler,
        signal: controller.signal,
      }).subscribe({ error: (error: unknown) => errors.push(error) });
      expect(signals.map(({ aborted }) => aborted)).toEqual([false, false]);
      if (by === 'signal') controller.abort('enough');
      else subscription.unsubscribe();
      expect(signals.at(-1)?.aborted).toBe(true);
      expect(errors).toEqual(by === 'signal' ? ['enough'] : []);
      scheduler.flush();
      expect(signals).toHaveLength(2);
    }
  });

  test('has the time limit of the watch', () => {
    const scheduler = new VirtualTimeScheduler();
    const errors: unknown[] = [];
    let requests = 0;
    taskResult$('t', {
      timeout: 10_000,
      retry: { maxRetries: Infinity },
      scheduler,
      transport: () => ({
        subscribe: (observer) =>
          ++requests === 1 ? answer(observer, '"finished"') : answer(observer, '', 503),
      }),
    }).subscribe({ error: (error: unknown) => errors.push(error) });
    scheduler.flush();
    expect(errors).toMatchObject([{ code: 'timeout', cause: { status: 503 } }]);
  });

  test('waits for the end of a pause that began during the last poll', () => {
    const scheduler = new VirtualTimeScheduler();
    const pauseWhile = new Subject<boolean>();
    const urls: string[] = [];
    const seen: unknown[] = [];
    taskResult$('t', {
      scheduler,
      pauseWhile,
      transport: ({ url }) => ({
        subscribe: (observer) => {
          urls.push(url);
          if (urls.length === 1) pauseWhile.next(true);
          return answer(observer, '"finished"');
        },
      }),
    }).subscribe(({ status }) => seen.push(status));
    scheduler.flush();
    expect([urls.length, seen]).toEqual([1, []]);
    pauseWhile.next(false);
    expect([urls.length, seen]).toEqual([2, ['finished']]);
  });

  test('quotes neither the key of its request nor the one before in an error', async () => {
    const keys = ['first-secret-key', 'second-secret-key'];
    let requests = 0;
    const error: unknown = await firstValueFrom(
      taskResult$('t', {
        apiKey: () => keys[requests] ?? '',
        retry: false,
        transport: () => {
          const body = requests++ === 0 ? '"finished"' : JSON.stringify({ detail: keys.join() });
          return Promise.resolve({ status: requests === 1 ? 200 : 400, headers: {}, body });
        },
      }),
    ).catch((reason: unknown) => reason);
    expect(error).toMatchObject({ code: 'http', detail: '***,***' });
  });

  test('is typed by the API', () => {
    expectTypeOf(taskResult$('t')).toEqualTypeOf<
      IterableObservable<TaskResult<TaskStatus, undefined, BrowserUseV1Task>>
    >();
    type V2Word = 'created' | 'started' | 'finished' | 'unsuccessful' | 'failed' | 'stopped';
    expectTypeOf(taskResult$('t', { api: browserUseV2 })).toEqualTypeOf<
      IterableObservable<TaskResult<V2Word, BrowserUseV2Details, BrowserUseV2Details>>
    >();
    expectTypeOf(taskResult$('t', { api: jobs })).toEqualTypeOf<
      IterableObservable<TaskResult<'busy' | 'done' | 'broken', number>>
    >();
    expectTypeOf(taskPolls$('t', { api: jobs })).toEqualTypeOf<
      IterableObservable<TaskPoll<'busy' | 'done' | 'broken', number>>
    >();
  });
});

function answer(
  observer: Partial<{ next(value: StatusResponse): void }>,
  body: string,
  status = 200,
): Subscription | { unsubscribe(): void } {
  observer.next?.({ status, headers: {}, body });
  return { unsubscribe: () => undefined };
}
