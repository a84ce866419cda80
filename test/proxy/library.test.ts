import { lastValueFrom, materialize, toArray, type Observable } from 'rxjs';
import {
  browserUseV1,
  browserUseV2,
  taskPolls$,
  taskResult$,
  taskStatus$,
  type FetchLike,
  type TaskApi,
  type TaskStatusOptions,
} from 'rxjs-task-status';
import { taskStatusProxy } from 'rxjs-task-status/proxy';
import { fakeTaskApi } from 'rxjs-task-status/testing';
import { describe, expect, test } from 'vitest';
import { a2aRpcTask } from '../../docs/examples/apis/a2a-rpc-task.js';
import { githubDelay } from '../../docs/examples/apis/github-delay.js';

const KEY = 'bu_51f0c8e2a9b7d64e';
const PAGE = 'https://page.example/tasks';

/** The options of a page that polls through the proxy, and of a server that polls without it. */
function bothWays<S extends string>(
  api: TaskApi<S>,
  fetch: FetchLike,
): { byProxy: TaskStatusOptions<S>; direct: TaskStatusOptions<S> } {
  const common = { api, backoff: { initialDelay: 1, jitter: 0 }, retry: { maxRetries: 0 } };
  const proxy = taskStatusProxy({ apiKey: KEY, basePath: '/tasks', api, fetch, results: true });
  const pageFetch: FetchLike = async (url, init) =>
    (await proxy(new Request(url, init))) ?? new Response('Not found', { status: 404 });
  return {
    direct: { ...common, apiKey: KEY, fetch },
    byProxy: { ...common, baseUrl: PAGE, fetch: pageFetch },
  };
}

/** The events of a stream, without what depends on time. */
async function eventsOf(stream$: Observable<unknown>): Promise<unknown> {
  const events = await lastValueFrom(stream$.pipe(materialize(), toArray()));
  return JSON.parse(
    JSON.stringify(
      events.map(({ kind, value, error }: { kind: string; value?: unknown; error?: unknown }) => ({
        kind,
        value,
        error,
        text: String(error),
      })),
    ),
    (name, value: unknown) => (['at', 'duration', 'elapsed'].includes(name) ? undefined : value),
  ) as unknown;
}

type Answer = readonly [body: string | null, init?: ResponseInit];

/** A task API that gives these answers one after the other, then the last one again, and a result. */
function answering(answers: readonly Answer[]): FetchLike {
  let count = 0;
  return (url) => {
    const [body, init] = url.endsWith('/status')
      ? answers[Math.min(count++, answers.length - 1)]!
      : ['{"id":"task_1","output":"done"}'];
    return Promise.resolve(new Response(body, init));
  };
}

const histories: readonly (readonly [title: string, answers: readonly Answer[], shown: string])[] =
  [
    ['a task that ends', [['"created"'], ['"running"'], ['"finished"']], '"output":"done"'],
    ['a task that fails', [['"failed"']], '"code":"unsuccessful"'],
    ['a 404', [['{"detail":"Task not found"}', { status: 404 }]], '"code":"not-found"'],
    [
      'a 422',
      [['{"detail":[{"loc":["path",1],"msg":"no","type":"t"}]}', { status: 422 }]],
      '"code":"invalid"',
    ],
    ['a 401', [[`{"detail":"${KEY} is not valid"}`, { status: 401 }]], '*** is not valid'],
    ['a 403', [['{"detail":"No"}', { status: 403 }]], '"code":"unauthorized"'],
    [
      'a 429',
      [['{"detail":"Slow"}', { status: 429, headers: { 'retry-after': '17' } }]],
      '"retryAfter":17000',
    ],
    [
      'a 429 in ms',
      [['{}', { status: 429, headers: { 'retry-after-ms': '1500' } }]],
      '"retryAfter":1500',
    ],
    [
      'a 503 with a date',
      [
        [
          '{"detail":"Down"}',
          {
            status: 503,
            headers: {
              'retry-after': 'Fri, 31 Dec 2100 00:00:00 GMT',
              date: 'Thu, 30 Dec 2100 23:59:00 GMT',
            },
          },
        ],
      ],
      '"retryAfter":60000',
    ],
    ['an unknown word', [['"running"'], ['"archived"']], '"code":"unexpected-response"'],
    ['a 204', [[null, { status: 204 }]], '"code":"unexpected-response"'],
  ];

describe('a page with the proxy sees the same as a server without it:', () => {
  test.each(histories)('%s', async (_, answers, shown) => {
    const seen = await Promise.all(
      (['byProxy', 'direct'] as const).map(async (way) => {
        const eventsBy = (watch: (options: TaskStatusOptions) => Observable<unknown>) =>
          eventsOf(watch(bothWays(browserUseV1, answering(answers))[way]));
        return {
          statuses: await eventsBy((options) => taskStatus$('task_1', options)),
          polls: await eventsBy((options) => taskPolls$('task_1', options)),
          result: await eventsBy((options) => taskResult$('task_1', options)),
        };
      }),
    );
    expect(seen[0]).toEqual(seen[1]);
    expect(JSON.stringify(seen[0])).toContain(shown);
  });

  test('details of an answer', async () => {
    const body = (status: string) => ({
      status,
      output: `is ${status}`,
      cost: '0.04',
      isSuccess: true,
    });
    const { fetch } = fakeTaskApi(
      {
        t: [
          ['started', 0],
          ['finished', 3],
        ],
      },
      { api: browserUseV2, body },
    );
    const { byProxy } = bothWays(browserUseV2, fetch);
    expect(await lastValueFrom(taskResult$('t', { ...byProxy, api: browserUseV2 }))).toMatchObject({
      status: 'finished',
      details: { output: 'is finished', cost: '0.04' },
    });
  });

  test('a delay in headers that only the API knows', async () => {
    const api = {
      ...browserUseV1,
      retryAfter: (_: unknown, headers: { get(name: string): string | null }) =>
        githubDelay(headers),
    };
    const headers = { 'x-poll-interval': '42' };
    const fetch: FetchLike = () => Promise.resolve(new Response('"running"', { headers }));
    const { byProxy } = bothWays(api, fetch);
    const polls = new Promise((resolve, reject) => {
      const subscription = taskPolls$('t', byProxy).subscribe({
        next: ({ nextDelay }) => {
          resolve(nextDelay);
          queueMicrotask(() => subscription.unsubscribe());
        },
        error: reject,
      });
    });
    expect(await polls).toBe(42_000);
  });
});

describe('an API that is polled with POST', () => {
  test('is polled with GET by the page', async () => {
    const body = (state: string) => ({
      result: { status: { state }, artifacts: [{ parts: [] }] },
    });
    const { fetch, requests } = fakeTaskApi(
      {
        t: [
          ['working', 0],
          ['completed', 3],
        ],
      },
      { api: a2aRpcTask, body },
    );
    const proxy = taskStatusProxy({ apiKey: KEY, basePath: '/tasks', api: a2aRpcTask, fetch });
    // what the page uses: the same API, polled with GET, with the id at the end of the path
    const pageApi = { ...a2aRpcTask, path: (id: string) => `/a2a/${id}`, request: undefined };
    const pageFetch: FetchLike = async (url, init) =>
      (await proxy(new Request(url, init))) ?? new Response('Not found', { status: 404 });
    const backoff = { initialDelay: 1 };
    const options = { api: pageApi, baseUrl: PAGE, fetch: pageFetch, backoff };
    const { status } = await lastValueFrom(taskResult$('t', options));
    expect(status).toBe('completed');
    expect(requests[0]).toMatchObject({ method: 'POST', headers: { 'A2A-Version': '1.0' } });
  });
});
