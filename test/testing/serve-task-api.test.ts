import { once } from 'node:events';
import { connect } from 'node:net';
import { networkInterfaces } from 'node:os';
import { firstValueFrom, lastValueFrom, toArray, VirtualTimeScheduler } from 'rxjs';
import {
  browserUseV1,
  defineTaskApi,
  HttpStatusError,
  taskPolls$,
  taskResult$,
  taskStatus$,
} from 'rxjs-task-status';
import { fakeTaskApi, type FakeTaskApi } from 'rxjs-task-status/testing';
import { serveTaskApi, type ServeTaskApiOptions } from 'rxjs-task-status/testing/server';
import { describe, expect, onTestFinished, test, vi } from 'vitest';

const backoff = { initialDelay: 1 };

const HAS_IPV6 = Object.values(networkInterfaces()).some((addresses) =>
  addresses?.some(({ address }) => address === '::1'),
);

/** Serves an API until the end of the test. */
async function serve(fake: Pick<FakeTaskApi, 'fetch'>, options?: ServeTaskApiOptions) {
  const server = await serveTaskApi(fake, options);
  onTestFinished(() => server.close());
  return server;
}

/** A clock that advances with each answer: from the first status to the second, and so on. */
function steps() {
  const scheduler = new VirtualTimeScheduler();
  const latency = () => {
    scheduler.frame += 1;
    return 0;
  };
  return { scheduler, latency };
}

describe('serveTaskApi', () => {
  test('serves timelines to a watch, below any path, with any key', async () => {
    const fake = fakeTaskApi(
      {
        task_1: [
          ['created', 0],
          ['running', 2],
          [{ status: 503 }, 3],
          ['finished', 4],
        ],
      },
      steps(),
    );
    const { baseUrl } = await serve(fake);
    expect(baseUrl).toMatch(/^http:\/\/127\.0\.0\.1:\d+$/);
    const options = { baseUrl: `${baseUrl}/api/v1/?tenant=1`, apiKey: 'key', backoff };
    const statuses$ = taskStatus$('task_1', { ...options, retry: { initialDelay: 1 } });
    expect(await lastValueFrom(statuses$.pipe(toArray()))).toEqual([
      'created',
      'running',
      'finished',
    ]);
    expect(fake.requests).toHaveLength(4);
    expect(fake.requests[0]).toMatchObject({
      taskId: 'task_1',
      url: `${baseUrl}/api/v1/task/task_1/status?tenant=1`,
      method: 'GET',
      headers: { authorization: 'Bearer key' },
    });
    expect(fake.requests[0]).not.toHaveProperty('body');
  });

  test('answers 404 for another task and for another path', async () => {
    const { baseUrl } = await serve(fakeTaskApi({}));
    await expect(lastValueFrom(taskStatus$('task_2', { baseUrl }))).rejects.toMatchObject({
      code: 'not-found',
      detail: 'Task not found',
    });
    const other = await fetch(`${baseUrl}/other`);
    expect([other.status, await other.json()]).toEqual([404, { detail: 'Not Found' }]);
  });

  test('serves results', async () => {
    const fake = fakeTaskApi(
      { task_1: [['finished', 0]] },
      { results: { task_1: { output: 'Rome' } } },
    );
    const { baseUrl } = await serve(fake);
    const { result } = await firstValueFrom(taskResult$('task_1', { baseUrl }));
    expect(result).toMatchObject({ output: 'Rome' });
  });

  test('finds the task of a POST by its body', async () => {
    const api = defineTaskApi({
      ...browserUseV1,
      path: () => '/tasks/get',
      request: (taskId) => ({ method: 'POST', body: JSON.stringify({ taskId }) }),
    });
    const fake = fakeTaskApi({ task_1: [['running', 0]], task_2: [['finished', 0]] }, { api });
    const { baseUrl } = await serve(fake);
    expect(await firstValueFrom(taskStatus$('task_2', { api, baseUrl }))).toBe('finished');
    expect(fake.requests).toMatchObject([{ method: 'POST', body: '{"taskId":"task_2"}' }]);
  });

  test('sends every header of an answer', async () => {
    const headers = { 'Retry-After': '7', 'X-Other': 'a', 'Content-Type': 'text/html' };
    const fake = fakeTaskApi({ task_1: [[{ status: 429, headers, body: '<p>' }, 0]] });
    const { baseUrl } = await serve(fake);
    const answer = await fetch(`${baseUrl}/task/task_1/status`);
    expect(answer.status).toBe(429);
    expect(Object.fromEntries(answer.headers)).toMatchObject({
      'retry-after': '7',
      'x-other': 'a',
      'content-type': 'text/html',
    });
    expect(await answer.text()).toBe('<p>');
  });

  test("sends a date of the fake's clock with an answer that has a date", async () => {
    const headers = { 'retry-after': 'Thu, 01 Jan 1970 00:01:00 GMT' };
    const scheduler = new VirtualTimeScheduler();
    const fake = fakeTaskApi({ task_1: [[{ status: 503, headers }, 0]] }, { scheduler });
    const { baseUrl } = await serve(fake);
    const poll = await firstValueFrom(taskPolls$('task_1', { baseUrl, retry: { maxRetries: 1 } }));
    expect(poll.error).toMatchObject({ retryAfter: 60_000 });
  });

  test('sends the headers that a watch reads if the answers come from another fetch', async () => {
    const read: Record<string, string> = { 'retry-after': '7' };
    const { baseUrl } = await serve({
      fetch: () =>
        Promise.resolve({
          status: 200,
          headers: { get: (name) => read[name] ?? null },
          text: () => Promise.resolve('"running"'),
        }),
    });
    const answer = await fetch(baseUrl);
    expect(answer.headers.get('retry-after')).toBe('7');
    expect(answer.headers.get('content-type')).toBeNull();
  });

  test('waits for the latency, and a client that disconnects aborts the request', async () => {
    const aborted = vi.fn();
    const fake = fakeTaskApi({ task_1: [['running', 0]] }, { latency: Infinity });
    const { baseUrl } = await serve({
      fetch: (url, init) =>
        fake.fetch(url, init).catch((error: unknown) => {
          aborted(error);
          throw error;
        }),
    });
    const subscription = taskStatus$('task_1', { baseUrl }).subscribe(() => expect.fail());
    await vi.waitFor(() => expect(fake.requests).toHaveLength(1));
    subscription.unsubscribe();
    await vi.waitFor(() => expect(aborted).toHaveBeenCalledOnce());
    expect(aborted).toHaveBeenCalledWith(expect.objectContaining({ name: 'AbortError' }));
  });

  test.each([
    ['an error', new Error('its clock moved'), 'its clock moved'],
    ['anything else', 'its clock moved', 'its clock moved'],
  ])('answers 400 with the message if the fake rejects with %s', async (_, reason, detail) => {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors
    const { baseUrl } = await serve({ fetch: () => Promise.reject(reason) });
    const failed = lastValueFrom(taskStatus$('task_1', { baseUrl }));
    await expect(failed).rejects.toBeInstanceOf(HttpStatusError);
    await expect(failed).rejects.toMatchObject({ status: 400, detail, attempts: 1 });
  });

  test('passes the URL of an absolute request target on', async () => {
    const fake = fakeTaskApi({ task_1: [['running', 0]] });
    const { baseUrl } = await serve(fake);
    const socket = connect(Number(new URL(baseUrl).port), '127.0.0.1');
    socket.write('GET http://tasks.test/task/task_1/status HTTP/1.1\r\nHost: h\r\n\r\n');
    await once(socket, 'data');
    socket.destroy();
    expect(fake.requests).toMatchObject([{ url: 'http://tasks.test/task/task_1/status' }]);
  });

  test('listens on the port and the host of the options', async () => {
    const first = await serve(fakeTaskApi({}));
    await first.close();
    const port = Number(new URL(first.baseUrl).port);
    const second = await serve(fakeTaskApi({}), { port, host: 'localhost' });
    expect(Number(new URL(second.baseUrl).port)).toBe(port);
  });

  test.each([
    ['0.0.0.0', /^http:\/\/127\.0\.0\.1:/],
    ...(HAS_IPV6
      ? [['::', /^http:\/\/\[::1\]:/] as const, ['::1', /^http:\/\/\[::1\]:/] as const]
      : []),
  ] as const)('has a base URL to connect to for the host %s', async (host, expected) => {
    const { baseUrl } = await serve(fakeTaskApi({}), { host });
    expect(baseUrl).toMatch(expected);
    expect((await fetch(baseUrl)).status).toBe(404);
  });

  test('rejects if the port is taken or not valid', async () => {
    const { baseUrl } = await serve(fakeTaskApi({}));
    const port = Number(new URL(baseUrl).port);
    await expect(serveTaskApi(fakeTaskApi({}), { port })).rejects.toThrow('EADDRINUSE');
    await expect(serveTaskApi(fakeTaskApi({}), { port: 99_999 })).rejects.toThrow(RangeError);
  });

  test.each([{ task_1: [['running', 0]] }, undefined])(
    'rejects %j, which is not a fake API',
    async (tasks) => {
      await expect(serveTaskApi(tasks as unknown as FakeTaskApi)).rejects.toThrow(
        'serveTaskApi() needs a fake API: serveTaskApi(fakeTaskApi(tasks))',
      );
    },
  );

  test('close() ends open requests, frees the port, and can be called again', async () => {
    const fake = fakeTaskApi({ task_1: [['running', 0]] }, { latency: Infinity });
    const server = await serve(fake);
    const { baseUrl } = server;
    const open = fetch(`${baseUrl}/task/task_1/status`).catch(() => 'closed');
    await vi.waitFor(() => expect(fake.requests).toHaveLength(1));
    const closing = server.close();
    expect(server.close()).toBe(closing);
    await closing;
    expect(await open).toBe('closed');
    await expect(fetch(baseUrl)).rejects.toThrow();
    await server.close();
  });

  test('closes at the end of a block with await using', async () => {
    const server = await serve(fakeTaskApi({}));
    await server[Symbol.asyncDispose]();
    await expect(fetch(server.baseUrl)).rejects.toThrow();
  });
});
