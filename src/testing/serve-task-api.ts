import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { FetchResponse } from 'rxjs-task-status';

import type { FakeTaskApi } from './fake-task-api.js';

/** The options of {@link serveTaskApi}. Both are optional. */
export interface ServeTaskApiOptions {
  /** The port, 0 to 65,535. Default: 0, a free port. */
  readonly port?: number | undefined;
  /** The host name or IP address to listen on. Default: `127.0.0.1`, for this machine only. */
  readonly host?: string | undefined;
}

/** A running server: the result of {@link serveTaskApi}. */
export interface TaskApiServer {
  /** For the option `baseUrl`. A path may be added: tasks are found below any path. */
  readonly baseUrl: string;
  /**
   * Closes the server and all connections, including those in use. Resolves when the port is free.
   * Further calls do nothing.
   */
  close(): Promise<void>;
  /** `close()`, for `await using`. */
  [Symbol.asyncDispose](): Promise<void>;
}

/**
 * Serves a fake task API over HTTP, for tests of programs, other processes and pages.
 *
 * It passes every request to `fake.fetch` with its method, headers and body, and sends the answer. So
 * timelines, results, `latency` and the log `requests` work as in memory. A client that disconnects
 * aborts the request. If `fake.fetch` rejects, as for a timeline that is not valid, the answer is a 400
 * with the message: a permanent failure, so a watch ends at once. The server keeps the process alive
 * until it is closed.
 *
 * @param fake the result of `fakeTaskApi()`
 * @param options see {@link ServeTaskApiOptions}
 * @returns a promise that rejects if the server cannot listen, for example because the port is taken
 *
 * @example
 * const fake = fakeTaskApi({ task_1: [['running', 0], ['finished', 3_000]] });
 * const server = await serveTaskApi(fake);
 * taskStatus$('task_1', { baseUrl: server.baseUrl }).subscribe(console.log); // running, finished
 * // at the end of the test
 * await server.close();
 */
export async function serveTaskApi(
  fake: Pick<FakeTaskApi, 'fetch'>,
  options: ServeTaskApiOptions = {},
): Promise<TaskApiServer> {
  const given: Partial<typeof fake> | undefined = fake;
  if (typeof given?.fetch !== 'function') {
    throw new TypeError('serveTaskApi() needs a fake API: serveTaskApi(fakeTaskApi(tasks))');
  }
  const { port = 0, host = '127.0.0.1' } = options;
  const server = createServer((req, res) => void respond(fake, baseUrl, req, res));
  // longer than usual poll delays: a request must not use a connection that is being closed
  server.keepAliveTimeout = 60_000;
  await once(server.listen({ port, host }), 'listening');
  const baseUrl = [server.address()]
    // always the case for a server that listens on a port
    .filter((address) => typeof address === 'object' && address !== null)
    .map(urlOf)
    .join('');

  let closed: Promise<void> | undefined;
  const close = () =>
    (closed ??= new Promise((resolve) => {
      server.close(() => resolve());
      server.closeAllConnections();
    }));
  return { baseUrl, close, [Symbol.asyncDispose]: close };
}

function urlOf({ address, port }: AddressInfo): string {
  // 0.0.0.0 and :: mean all addresses, and clients cannot connect to them
  const host = address.replace(/^0\.0\.0\.0$/, '127.0.0.1').replace(/^::$/, '::1');
  return `http://${host.includes(':') ? `[${host}]` : host}:${port}`;
}

async function respond(
  fake: Pick<FakeTaskApi, 'fetch'>,
  baseUrl: string,
  req: IncomingMessage,
  res: ServerResponse,
): Promise<void> {
  const disconnect = new AbortController();
  const { signal } = disconnect;
  res.on('close', () => disconnect.abort());
  const { method = 'GET', url = '/' } = req;
  const headers = Object.fromEntries(
    Object.entries(req.headers).map(([name, value]) => [name, String(value)]),
  );
  try {
    const body = await text(req);
    const answer = await fake.fetch(url.startsWith('/') ? baseUrl + url : url, {
      method,
      headers,
      ...(body !== '' && { body }),
      signal,
    });
    const answerBody = await answer.text();
    res.writeHead(answer.status, Object.fromEntries(headersOf(answer.headers))).end(answerBody);
  } catch (error) {
    // the client has disconnected
    if (signal.aborted) return;
    const detail = error instanceof Error ? error.message : String(error);
    res.writeHead(400, { 'content-type': 'application/json' }).end(JSON.stringify({ detail }));
  }
}

type Headers = FetchResponse['headers'];

/** All headers of a fake's answer; of another `fetch`, those that a watch reads. */
function headersOf(headers: Headers): [name: string, value: string][] {
  if (isIterable(headers)) return [...headers];
  return ['content-type', 'date', 'retry-after'].flatMap((name) => {
    const value = headers.get(name);
    return value === null ? [] : [[name, value]];
  });
}

function isIterable(headers: Headers): headers is Headers & Iterable<[string, string]> {
  return Symbol.iterator in headers;
}
