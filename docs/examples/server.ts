import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { FakeTaskApi } from 'rxjs-task-status/testing';

/** A server that is up. */
export interface Server {
  /** For the option `baseUrl`. */
  readonly url: string;
  /** Ends every connection, those in use too. */
  close(): Promise<void>;
}

/** Puts a fake task API behind a real socket, on a free port of the loopback device. */
export async function serve(api: FakeTaskApi): Promise<Server> {
  const server = createServer((request, response) => void answer(api, request, response));
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

async function answer(
  api: FakeTaskApi,
  request: IncomingMessage,
  response: ServerResponse,
): Promise<void> {
  const gone = new AbortController();
  response.on('close', () => gone.abort());
  const headers = Object.fromEntries(
    Object.entries(request.headers).map(([name, value]) => [name, String(value)]),
  );
  try {
    const answered = await api.fetch(request.url ?? '/', { headers, signal: gone.signal });
    for (const name of ['content-type', 'date', 'retry-after']) {
      const value = answered.headers.get(name);
      if (value !== null) response.setHeader(name, value);
    }
    response.writeHead(answered.status).end(await answered.text());
  } catch (error) {
    // a client that has hung up waits for no answer
    if (!gone.signal.aborted) response.writeHead(500).end(String(error));
  }
}
