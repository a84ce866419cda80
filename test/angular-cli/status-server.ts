import { createServer, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';

/** A request for the status of a task. */
export interface StatusRequest {
  readonly taskId: string;
  /** The sender; for a proxy that passes the user agent on, its client. */
  readonly who: 'browser' | 'server';
  readonly userAgent: string;
  readonly authorization: string | undefined;
  /** `aborted` if the client closed the connection before the answer. */
  end: 'open' | 'answered' | 'aborted';
}

/** A task API on a port whose answers the test chooses. */
export interface StatusServer {
  readonly origin: string;
  /** By task: a status, an HTTP status of a failure, or `no answer`. Others do not exist (404). */
  readonly answers: Map<string, string | number>;
  readonly requests: StatusRequest[];
  /** From now on no request is answered, until `release`. */
  hold(): void;
  /** Answers the requests since `hold`. */
  release(): void;
  close(): void;
}

export async function startStatusServer(): Promise<StatusServer> {
  const answers: StatusServer['answers'] = new Map();
  const requests: StatusRequest[] = [];
  let held: (() => void)[] | undefined;

  function respond(taskId: string, response: ServerResponse): void {
    const answer = answers.get(taskId) ?? 404;
    if (answer === 'no answer') return;
    const isFailure = typeof answer === 'number';
    response.writeHead(isFailure ? answer : 200, { 'content-type': 'application/json' });
    response.end(JSON.stringify(isFailure ? { detail: `Answer ${answer}` } : answer));
  }

  const server = createServer((request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    const userAgent = request.headers['user-agent'] ?? '';
    const entry: StatusRequest = {
      taskId: decodeURIComponent(/\/task\/([^/]+)\/status$/.exec(pathname)?.[1] ?? ''),
      who: /chrome/i.test(userAgent) ? 'browser' : 'server',
      userAgent,
      authorization: request.headers.authorization,
      end: 'open',
    };
    requests.push(entry);
    response.on('close', () => {
      entry.end = response.writableFinished ? 'answered' : 'aborted';
    });
    if (held) held.push(() => respond(entry.taskId, response));
    else respond(entry.taskId, response);
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    answers,
    requests,
    hold: () => {
      held = [];
    },
    release: () => {
      const waiting = held ?? [];
      held = undefined;
      for (const answer of waiting) answer();
    },
    close: () => {
      server.close();
      server.closeAllConnections();
    },
  };
}
