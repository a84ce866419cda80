import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import { gzipSync } from 'node:zlib';
import { HttpModule, HttpService } from '@nestjs/axios';
import { Test } from '@nestjs/testing';
import { firstValueFrom, Observable, of, throwError, toArray } from 'rxjs';
import {
  browserUseV1,
  defineTaskApi,
  HttpStatusError,
  NetworkError,
  RequestTimeoutError,
  TaskNotFoundError,
  taskStatus$,
  UnexpectedResponseError,
  type TaskStatusOptions,
} from 'rxjs-task-status';
import { httpServiceTransport, TaskStatusModule, getTaskStatusToken } from 'rxjs-task-status/nest';
import type { HttpServiceResponse } from 'rxjs-task-status/nest';
import type { TaskStatusPool } from 'rxjs-task-status';
import { afterAll, beforeAll, beforeEach, describe, expect, test } from 'vitest';

const KEY = 'bu_secret_0123456789';

type Handler = (request: IncomingMessage, response: ServerResponse) => void;

let respond: Handler = (_, response) => response.end();
let requests: IncomingMessage[] = [];
let baseUrl = '';

const server = createServer((request, response) => {
  requests.push(request);
  respond(request, response);
});

beforeAll(async () => {
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  baseUrl = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
});

afterAll(async () => {
  server.closeAllConnections();
  await new Promise((resolve) => server.close(resolve));
});

beforeEach(() => {
  requests = [];
});

const http = new HttpService();

function statuses(options: TaskStatusOptions = {}): Promise<string[]> {
  const transport = httpServiceTransport(http);
  return firstValueFrom(
    taskStatus$('task_1', {
      apiKey: KEY,
      baseUrl,
      transport,
      backoff: { initialDelay: 0 },
      retry: false,
      ...options,
    }).pipe(toArray()),
  );
}

async function failure(options?: TaskStatusOptions): Promise<unknown> {
  return statuses(options).then(
    (seen) => expect.fail(`emitted ${seen.join()}`),
    (error: unknown) => error,
  );
}

function answer(status: number, body: string, headers: Record<string, string> = {}): Handler {
  return (_, response) => response.writeHead(status, headers).end(body);
}

describe('httpServiceTransport', () => {
  test('sends the key, and takes the body as text', async () => {
    const bodies = ['"running"', '\ufeff "finished" '];
    respond = (_, response) => {
      response.writeHead(200, { 'content-type': 'application/json' }).end(bodies.shift());
    };
    expect(await statuses({ headers: { 'X-Team': 'shipping' } })).toEqual(['running', 'finished']);
    expect(requests[0]).toMatchObject({
      method: 'GET',
      url: '/task/task_1/status',
      headers: { authorization: `Bearer ${KEY}`, 'x-team': 'shipping' },
    });
  });

  test('sends the body of a POST as it is', async () => {
    let received = '';
    respond = (request, response) => {
      void text(request).then((body) => {
        received = body;
        response.end('"finished"');
      });
    };
    const body = '{ "id":  "task_1" }';
    const api = defineTaskApi({
      ...browserUseV1,
      request: () => ({ method: 'POST', headers: { 'Content-Type': 'application/json' }, body }),
    });
    expect(await statuses({ api })).toEqual(['finished']);
    expect(requests[0]).toMatchObject({
      method: 'POST',
      headers: { 'content-type': 'application/json' },
    });
    expect(received).toBe(body);
  });

  test('takes an answer with any HTTP status, with its headers', async () => {
    respond = answer(404, '{"detail":"Task not found"}');
    const missing = await failure();
    expect(missing).toBeInstanceOf(TaskNotFoundError);
    expect(missing).toMatchObject({ detail: 'Task not found' });

    respond = answer(503, 'busy', { 'Retry-After': '7' });
    expect(await failure()).toMatchObject({ status: 503, retryAfter: 7_000 });
  });

  test.each(['http', 'fetch'])('follows no redirect with the %s adapter', async (adapter) => {
    const transport = httpServiceTransport(
      new HttpService(http.axiosRef.create({ adapter, maxRedirects: 5 })),
    );
    respond = answer(302, '', { location: `${baseUrl}/elsewhere` });
    const error = await failure({ transport });
    expect(error).toBeInstanceOf(HttpStatusError);
    expect(error).toMatchObject({ status: 302 });
    expect(requests).toHaveLength(1);
  });

  test.each(['http', 'fetch'])('reads a body with the %s adapter', async (adapter) => {
    const transport = httpServiceTransport(new HttpService(http.axiosRef.create({ adapter })));
    respond = answer(200, '"finished"');
    expect(await statuses({ transport })).toEqual(['finished']);
  });

  test('stops reading at the bodyLimit of the API', async () => {
    let closed: Promise<unknown> | undefined;
    respond = (_, response) => {
      closed = new Promise((resolve) => response.once('close', resolve));
      const send = (): void => {
        while (!response.destroyed && response.write('x'.repeat(10_000)));
      };
      response.on('drain', send);
      send();
    };
    const error = await failure();
    expect(error).toBeInstanceOf(UnexpectedResponseError);
    expect(String(error)).toContain('too long, over 65536 bytes');
    await closed;

    const api = defineTaskApi({ ...browserUseV1, bodyLimit: 20 });
    respond = answer(200, JSON.stringify('finished').padEnd(21));
    expect(String(await failure({ api }))).toContain('too long, over 20 bytes');
    respond = answer(200, JSON.stringify('finished').padEnd(20));
    expect(await statuses({ api })).toEqual(['finished']);
  });

  test('limits a compressed body by its real size', async () => {
    respond = (_, response) => {
      response
        .writeHead(200, { 'content-encoding': 'gzip' })
        .end(gzipSync(Buffer.alloc(10_000_000)));
    };
    expect(String(await failure())).toContain('too long');
  });

  test('aborts the request on unsubscribe and on a timeout', async () => {
    let closed: Promise<unknown> | undefined;
    const arrived = new Promise<void>((resolve) => {
      respond = (_, response) => {
        closed = new Promise((done) => response.once('close', done));
        resolve();
      };
    });
    const transport = httpServiceTransport(http);
    const subscription = taskStatus$('task_1', { baseUrl, transport }).subscribe();
    await arrived;
    subscription.unsubscribe();
    await closed;

    const error = await failure({ requestTimeout: 20 });
    expect(error).toBeInstanceOf(RequestTimeoutError);
    await closed;
  });

  test('aborts a body that does not end', async () => {
    let closed: Promise<unknown> | undefined;
    respond = (_, response) => {
      closed = new Promise((resolve) => response.once('close', resolve));
      response.write('"fin');
    };
    expect(await failure({ requestTimeout: 100 })).toBeInstanceOf(RequestTimeoutError);
    await closed;
  });

  test('fails with a NetworkError without the key if there is no connection', async () => {
    respond = (request) => request.socket.destroy();
    const error = await failure();
    expect(error).toBeInstanceOf(NetworkError);
    expect(error).toMatchObject({ cause: { code: 'ECONNRESET' } });
    expect(JSON.stringify(error) + String(error)).not.toContain(KEY);
    expect(Object.keys((error as NetworkError).cause as object).sort()).toEqual(
      expect.not.arrayContaining(['config', 'request', 'response']),
    );
  });

  test('redacts the key in an error of an interceptor', async () => {
    const axios = http.axiosRef.create();
    axios.interceptors.response.use(() => {
      throw new Error(`refused Bearer ${KEY}`);
    });
    respond = answer(200, '"finished"');
    const error = await failure({ transport: httpServiceTransport(new HttpService(axios)) });
    expect(String(error)).toContain('refused Bearer ***');
  });

  test('lets interceptors of the HttpService see every request', async () => {
    const urls: (string | undefined)[] = [];
    const app = await Test.createTestingModule({
      imports: [
        TaskStatusModule.forRootAsync({
          imports: [HttpModule],
          inject: [HttpService],
          useFactory: (service: HttpService) => {
            service.axiosRef.interceptors.request.use((config) => {
              urls.push(config.url);
              return config;
            });
            return { baseUrl, transport: httpServiceTransport(service) };
          },
        }),
      ],
    }).compile();
    respond = answer(200, '"finished"');
    const pool = app.get<TaskStatusPool>(getTaskStatusToken());
    expect(await firstValueFrom(pool.status$('task_1'))).toBe('finished');
    expect(urls).toEqual([`${baseUrl}/task/task_1/status`]);
    await app.close();
  });
});

describe('httpServiceTransport with an HttpService of a test', () => {
  const stub = (data: unknown, headers: object = {}, status = 200) =>
    httpServiceTransport({
      request: () => of({ status, headers, data } satisfies HttpServiceResponse),
    });

  test('takes text and JSON as the body', async () => {
    expect(await statuses({ transport: stub('"finished"') })).toEqual(['finished']);
    const error = await failure({ transport: stub({ detail: 'gone' }, {}, 404) });
    expect(error).toMatchObject({ detail: 'gone' });
  });

  test('finds headers in any case, and joins several values', async () => {
    const transport = stub('', { 'RETRY-AFTER': '7', other: 1 }, 429);
    expect(await failure({ transport })).toMatchObject({ retryAfter: 7_000 });
    const twice = stub('', { 'retry-after': ['7', '8'] }, 429);
    expect(await failure({ transport: twice })).not.toHaveProperty('retryAfter');
  });

  test('unsubscribes from it, so that its own retries stop', async () => {
    let subscribed = 0;
    const request = () =>
      new Observable<HttpServiceResponse>(() => {
        subscribed += 1;
        return () => (subscribed -= 1);
      });
    const watch = taskStatus$('task_1', { baseUrl, transport: httpServiceTransport({ request }) });
    const subscription = watch.subscribe();
    await Promise.resolve();
    expect(subscribed).toBe(1);
    subscription.unsubscribe();
    expect(subscribed).toBe(0);
  });

  test('fails with a NetworkError if it errors', async () => {
    const transport = httpServiceTransport({
      request: () => throwError(() => new Error(`no route, ${KEY}`)),
    });
    expect(String(await failure({ transport }))).toBe(
      'NetworkError: The request for task "task_1" failed: no route, ***',
    );
  });
});
