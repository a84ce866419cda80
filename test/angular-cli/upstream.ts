import { createServer, type IncomingMessage } from 'node:http';
import type { AddressInfo } from 'node:net';
import { text } from 'node:stream/consumers';
import type { TaskStatus } from 'rxjs-task-status';
import {
  fakeTaskApi,
  type FakeAnswer,
  type FakeTaskApi,
  type FakeTimeline,
} from 'rxjs-task-status/testing';

/** A request for a status or a result that the task API received. */
interface ReceivedRequest {
  readonly taskId: string;
  /** The sender; for a proxy that passes the user agent on, its client. */
  readonly who: 'browser' | 'server';
  readonly authorization: string | undefined;
  /** `aborted` if the client closed the connection before the answer. */
  end: 'open' | 'answered' | 'aborted';
}

/** A request that started or stopped a task. */
interface ReceivedCommand {
  readonly method: string | undefined;
  readonly url: string | undefined;
  readonly authorization: string | undefined;
  readonly body: string;
}

/** A task API on a port. */
export interface Upstream {
  readonly origin: string;
  /** Every request so far for a status or a result. */
  readonly requests: ReceivedRequest[];
  /** Every request so far that started or stopped a task. */
  readonly commands: ReceivedCommand[];
  /** Answers every request with this from now on; `undefined`: as usual. */
  answerWith(fault: FakeAnswer | undefined): void;
  /** Answers with this status of a task from now on. */
  set(taskId: string, status: TaskStatus): void;
  close(): void;
}

/** The settings of {@link startUpstream}. */
interface UpstreamOptions {
  /** How long an answer takes, ms; for an id that starts with `slow` 2 s. */
  readonly latency?: number;
  readonly results?: Readonly<Record<string, unknown>>;
  /** The timeline of a task that a request has started: its id is `task_new`. */
  readonly started?: FakeTimeline;
}

/** @param timelines each starts with the first request for its task */
export async function startUpstream(
  timelines: Record<string, FakeTimeline>,
  { latency = 20, results = {}, started = [['created', 0]] }: UpstreamOptions = {},
): Promise<Upstream> {
  const all = new Map(Object.entries(timelines));
  const apis = new Map<string, FakeTaskApi>();
  const apiOf = (taskId: string): FakeTaskApi => {
    const timeline = all.get(taskId);
    const api =
      apis.get(taskId) ??
      fakeTaskApi(timeline ? { [taskId]: timeline } : {}, {
        latency: () => (taskId.startsWith('slow') ? 2_000 : latency),
        results: Object.hasOwn(results, taskId) ? { [taskId]: results[taskId] } : {},
      });
    apis.set(taskId, api);
    return api;
  };
  const set = (taskId: string, timeline: FakeTimeline): void => {
    all.set(taskId, timeline);
    apis.delete(taskId);
  };
  const requests: ReceivedRequest[] = [];
  const commands: ReceivedCommand[] = [];
  let fault: FakeAnswer | undefined;

  async function command(request: IncomingMessage): Promise<FakeAnswer> {
    const { method, url = '', headers } = request;
    const body = await text(request);
    commands.push({ method, url, authorization: headers.authorization, body });
    if (fault) return fault;
    if (url.endsWith('/run-task')) {
      set('task_new', started);
      return { status: 200, body: '{"id": "task_new"}' };
    }
    set(new URL(url, 'http://localhost').searchParams.get('task_id') ?? '', [['stopped', 0]]);
    return { status: 200, body: '{}' };
  }

  async function status(request: IncomingMessage, signal: AbortSignal): Promise<FakeAnswer> {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const [, encodedId = ''] = /\/task\/([^/]+)(?:\/status)?$/.exec(pathname) ?? [];
    const taskId = decodeURIComponent(encodedId);
    const entry: ReceivedRequest = {
      taskId,
      who: /chrome/i.test(request.headers['user-agent'] ?? '') ? 'browser' : 'server',
      authorization: request.headers.authorization,
      end: 'open',
    };
    requests.push(entry);
    signal.addEventListener('abort', () => {
      entry.end = signal.reason === 'answered' ? 'answered' : 'aborted';
    });
    const answer = await apiOf(taskId).fetch(pathname, { signal });
    return fault ?? { status: answer.status, body: await answer.text() };
  }

  const server = createServer((request, response) => {
    const gone = new AbortController();
    response.on('close', () => gone.abort(response.writableFinished ? 'answered' : 'aborted'));
    const answer = request.method === 'GET' ? status(request, gone.signal) : command(request);
    answer.then(
      ({ status, headers, body = '' }) => {
        response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
      },
      () => response.destroy(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    requests,
    commands,
    answerWith: (answer) => (fault = answer),
    set: (taskId, status) => set(taskId, [[status, 0]]),
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}

/** Resolves when there was no request for this time, ms, and none is in flight. Rejects after 20 s. */
export async function quiet(
  { requests }: { readonly requests: readonly Pick<ReceivedRequest, 'end'>[] },
  ms: number,
): Promise<void> {
  const begun = performance.now();
  for (let since = begun, count = requests.length; performance.now() - since < ms;) {
    if (performance.now() - begun > 20_000) throw new Error(`No ${ms} ms without a request`);
    await new Promise((resolve) => setTimeout(resolve, 20));
    if (requests.length === count && requests.every(({ end }) => end !== 'open')) continue;
    count = requests.length;
    since = performance.now();
  }
}
