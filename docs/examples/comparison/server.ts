import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { setTimeout as sleep } from 'node:timers/promises';

/** `'hang'`: no answer. `'break'`: the connection is closed without an answer. */
export type Answer = HttpAnswer | 'hang' | 'break';

export interface HttpAnswer {
  readonly status: number;
  readonly body: string;
  readonly headers?: Readonly<Record<string, string>>;
  /** How long the answer takes, ms. */
  readonly latency?: number;
}

export interface ServedRequest {
  readonly taskId: string;
  /** The number of requests so far, this one included. */
  readonly count: number;
  /** The number of requests in flight, this one included. */
  readonly inFlight: number;
}

export interface Server {
  readonly baseUrl: string;
  /** The number of requests so far. */
  readonly requests: number;
  /** How many of them the client aborted. */
  readonly aborted: number;
  close(): Promise<void>;
}

/** A task API on a free port. Each request is answered by `answer`. */
export async function serve(answer: (request: ServedRequest) => Answer): Promise<Server> {
  const counts = { requests: 0, aborted: 0, inFlight: 0 };
  const http = createServer((request, response) => {
    counts.requests += 1;
    counts.inFlight += 1;
    const leave = () => {
      counts.inFlight -= 1;
    };
    const [, taskId = ''] = /\/task\/(.*)\/status$/.exec(request.url ?? '') ?? [];
    const result = answer({ taskId, count: counts.requests, inFlight: counts.inFlight });
    let broken = false;
    response.on('close', () => {
      if (response.writableFinished) return;
      if (!response.writableEnded) leave();
      if (!broken) counts.aborted += 1;
    });
    if (result === 'hang') return;
    if (result === 'break') {
      broken = true;
      request.socket.destroy();
      return;
    }
    void send(response, result, leave);
  });
  http.listen(0, '127.0.0.1');
  await once(http, 'listening');
  const address = http.address();
  const port = typeof address === 'object' ? address?.port : undefined;
  return {
    baseUrl: `http://127.0.0.1:${port ?? 0}`,
    get requests() {
      return counts.requests;
    },
    get aborted() {
      return counts.aborted;
    },
    close: () =>
      new Promise((resolve) => {
        http.close(() => resolve());
        http.closeAllConnections();
      }),
  };
}

/** `leave` is called before the client can see the end of the answer and send its next request. */
async function send(
  response: ServerResponse,
  answer: HttpAnswer,
  leave: () => void,
): Promise<void> {
  const { status, body, headers, latency } = answer;
  if (latency !== undefined) await sleep(latency);
  if (response.destroyed) return;
  leave();
  response.writeHead(status, { 'content-type': 'application/json', ...headers }).end(body);
}
