import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fakeTaskApi, type FakeTimeline } from 'rxjs-task-status/testing';

/** A request as the task API saw it. */
interface Asked {
  readonly taskId: string;
  /** For whom a server asks that hands on the client's name. */
  readonly who: 'browser' | 'server';
  readonly authorization: string | undefined;
  /** `left` where the client closed the connection before it was answered. */
  end: 'open' | 'answered' | 'left';
}

/** A task API behind a socket. */
export interface Upstream {
  readonly origin: string;
  /** Every request so far. */
  readonly asked: Asked[];
  close(): void;
}

/** @param latency how long an answer takes, ms; that to an id that begins with `slow` takes 2 s */
export async function startUpstream(
  timelines: Record<string, FakeTimeline>,
  latency = 20,
): Promise<Upstream> {
  const api = fakeTaskApi(timelines, {
    latency: (taskId) => (taskId.startsWith('slow') ? 2_000 : latency),
  });
  const asked: Asked[] = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const entry: Asked = {
      taskId: decodeURIComponent(/\/task\/([^/]+)\/status$/.exec(pathname)?.[1] ?? ''),
      who: /chrome/i.test(request.headers['user-agent'] ?? '') ? 'browser' : 'server',
      authorization: request.headers.authorization,
      end: 'open',
    };
    asked.push(entry);
    const gone = new AbortController();
    response.on('close', () => {
      entry.end = response.writableFinished ? 'answered' : 'left';
      gone.abort();
    });
    api.fetch(pathname, { signal: gone.signal }).then(
      async (answer) => {
        response.writeHead(answer.status, { 'content-type': 'application/json' });
        response.end(await answer.text());
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    asked,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
