import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { fakeTaskApi, type FakeTaskApi, type FakeTimeline } from 'rxjs-task-status/testing';

/** A request that the task API received. */
interface ReceivedRequest {
  readonly taskId: string;
  /** The sender; for a proxy that passes the user agent on, its client. */
  readonly who: 'browser' | 'server';
  readonly authorization: string | undefined;
  /** `aborted` if the client closed the connection before the answer. */
  end: 'open' | 'answered' | 'aborted';
}

/** A task API on a port. */
export interface Upstream {
  readonly origin: string;
  /** Every request so far. */
  readonly requests: ReceivedRequest[];
  close(): void;
}

/**
 * @param timelines each starts with the first request for its task
 * @param latency how long an answer takes, ms; for an id that starts with `slow` 2 s
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
  const requests: ReceivedRequest[] = [];
  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const entry: ReceivedRequest = {
      taskId: decodeURIComponent(/\/task\/([^/]+)\/status$/.exec(pathname)?.[1] ?? ''),
      who: /chrome/i.test(request.headers['user-agent'] ?? '') ? 'browser' : 'server',
      authorization: request.headers.authorization,
      end: 'open',
    };
    requests.push(entry);
    const gone = new AbortController();
    response.on('close', () => {
      entry.end = response.writableFinished ? 'answered' : 'aborted';
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
    requests,
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Resolves when there was no request for this time, ms, and none is in flight. Rejects after 20 s. */
export async function quiet({ requests }: Upstream, ms: number): Promise<void> {
  const begun = performance.now();
  for (let since = begun, count = requests.length; performance.now() - since < ms;) {
    if (performance.now() - begun > 20_000) throw new Error(`No ${ms} ms without a request`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (requests.length === count && requests.every(({ end }) => end !== 'open')) continue;
    count = requests.length;
    since = performance.now();
  }
}
