import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import { text } from 'node:stream/consumers';
import type { FakeTaskApi } from 'rxjs-task-status/testing';

/** A running server. */
export interface Server {
  /** For the option `baseUrl`. */
  readonly url: string;
  /** Closes the server and all connections, including those in use. */
  close(): Promise<void>;
}

/** Serves a fake task API over HTTP, on a free port of the loopback interface. */
export async function serve(api: FakeTaskApi): Promise<Server> {
  const server = createServer((request, response) => void respond(api, request, response));
  // longer than any poll delay: a request must not meet a connection that is being closed
  server.keepAliveTimeout = 60_000;
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  if (address === null || typeof address === 'string') throw new Error('The server has no port');
  return {
    url: `http://127.0.0.1:${address.port}`,
    close: () =>
      new Promise((resolve) => {
        server.close(() => resolve());
        server.closeAllConnections();
      }),
  };
}

async function respond(
  api: FakeTaskApi,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const disconnected = new AbortController();
  response.on('close', () => disconnected.abort());
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
  );
  const { method = 'GET', url = '/' } = request;
  try {
    const body = await text(request);
    const answer = await api.fetch(url, {
      method,
      headers,
      ...(body !== '' && { body }),
      signal: disconnected.signal,
    });
    for (const name of ['content-type', 'date', 'retry-after']) {
      const value = answer.headers.get(name);
      if (value !== null) response.setHeader(name, value);
    }
    response.writeHead(answer.status).end(await answer.text());
  } catch (error) {
    // a client that has disconnected gets no answer
    if (!disconnected.signal.aborted) response.writeHead(500).end(String(error));
  }
}
