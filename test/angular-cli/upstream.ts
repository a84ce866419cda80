import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fakeTaskApi, type FakeTaskApi, type FakeTimeline } from 'rxjs-task-status/testing';

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

/**
 * @param timelines begin when their task is first asked for
 * @param latency how long an answer takes, ms; that to an id that begins with `slow` takes 2 s
 */
export async function startUpstream(
  timelines: Record<string, FakeTimeline>,
  latency = 20,
): Promise<Upstream> {
  const apis = new Map<string, FakeTaskApi>();
  const apiOf = (taskId: string): FakeTaskApi => {
    const timeline = timelines[taskId];
    const api =
      apis.get(taskId) ??
      fakeTaskApi(timeline ? { [taskId]: timeline } : {}, {
        latency: () => (taskId.startsWith('slow') ? 2_000 : latency),
      });
    apis.set(taskId, api);
    return api;
  };
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
    apiOf(entry.taskId)
      .fetch(pathname, { signal: gone.signal })
      .then(
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

/** Comes when nothing is on its way, and nothing has been asked for so long, ms; rejects after 20 s. */
export async function quiet({ asked }: Upstream, ms: number): Promise<void> {
  const begun = performance.now();
  for (let since = begun, count = asked.length; performance.now() - since < ms;) {
    if (performance.now() - begun > 20_000) throw new Error(`No ${ms} ms without a request`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (asked.length === count && asked.every(({ end }) => end !== 'open')) continue;
    count = asked.length;
    since = performance.now();
  }
}
