import { once } from 'node:events';
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http';
import type { AddressInfo } from 'node:net';
import { gzipSync } from 'node:zlib';

/** A request that the task API has received. */
interface Received {
  readonly method: string;
  readonly url: string;
  readonly headers: IncomingMessage['headers'];
  /** `aborted` if the client has closed the connection before the end of the answer. */
  end: 'open' | 'answered' | 'aborted';
}

/** A task API that misbehaves: the id of a task says how. */
export interface FaultUpstream {
  /** `http://127.0.0.1:…` */
  readonly origin: string;
  readonly received: Received[];
  close(): Promise<void>;
}

type Fault = (request: IncomingMessage, response: ServerResponse) => void;

const JSON_TYPE = { 'content-type': 'application/json' };

/** The parts of Browser Use's API that the tests use, and their faults, by the id of the task. */
const FAULTS: Readonly<Record<string, Fault>> = {
  finished: json(200, '"finished"'),
  missing: json(404, '{"detail":"Task not found"}'),
  invalid: json(
    422,
    '{"detail":[{"loc":["path","task_id"],"msg":"not a task id","type":"value_error"}]}',
  ),
  limited: json(429, '{"detail":"Slow down"}', { 'retry-after': '7' }),
  dated: json(503, '{"detail":"Down"}', {
    'retry-after': 'Sun, 06 Nov 1994 08:49:47 GMT',
    date: 'Sun, 06 Nov 1994 08:49:37 GMT',
  }),
  quotes: (request, response) => {
    const { authorization = '' } = request.headers;
    const key = authorization.slice('Bearer '.length);
    const detail = [
      `Invalid token ${key}`,
      authorization,
      Buffer.from(`api:${key}`).toString('base64'),
      encodeURIComponent(key),
    ].join(' ');
    const headers = { 'retry-after': key, 'www-authenticate': `Bearer error="${key}"` };
    json(401, JSON.stringify({ detail }), headers)(request, response);
  },
  html: page(200),
  'html-error': page(503, { 'retry-after': '3' }),
  empty: json(200, ''),
  redirect: json(302, '{}', { location: '/stolen' }),
  cookies: json(200, '"running"', {
    'set-cookie': 'sid=1',
    'content-security-policy': 'default-src *',
    'access-control-allow-origin': '*',
    refresh: '0; url=https://evil.example',
  }),
  'huge-headers': (request, response) => {
    json(200, '"running"', { 'x-huge': 'x'.repeat(300_000) })(request, response);
  },
  large: json(200, `"${'x'.repeat(70_000)}"`),
  bomb: (_, response) => {
    const headers = { ...JSON_TYPE, 'content-encoding': 'gzip' };
    response.writeHead(200, headers).end(gzipSync(Buffer.alloc(50_000_000, ' ')));
  },
  endless: (_, response) => {
    response.writeHead(200, JSON_TYPE);
    const more = (): void => {
      while (!response.destroyed && response.write(' '.repeat(16_384)));
      if (!response.destroyed) response.once('drain', more);
    };
    more();
  },
  broken: (_, response) => {
    response.writeHead(200, { ...JSON_TYPE, 'content-length': 100 });
    response.write('"fin', () => setTimeout(() => response.destroy(), 20));
  },
  'broken-chunks': (_, response) => {
    response.writeHead(200, JSON_TYPE);
    response.write('"finished"', () => setTimeout(() => response.destroy(), 20));
  },
  'no-answer': (_, response) => response.destroy(),
  silent: () => undefined,
};

function json(status: number, body: string, headers: Record<string, string> = {}): Fault {
  return (_, response) => void response.writeHead(status, { ...JSON_TYPE, ...headers }).end(body);
}

function page(status: number, headers: Record<string, string> = {}): Fault {
  const body = '<!doctype html><script>alert(document.domain)</script>';
  return (_, response) =>
    void response.writeHead(status, { 'content-type': 'text/html', ...headers }).end(body);
}

/** Starts the task API. A task whose id begins with `watch` is created, then running, then finished. */
export async function startFaultUpstream(): Promise<FaultUpstream> {
  const received: Received[] = [];
  const server = createServer({ maxHeaderSize: 65_536 }, (request, response) => {
    const { method = '', url = '', headers } = request;
    const entry: Received = { method, url, headers, end: 'open' };
    received.push(entry);
    response.on('close', () => {
      entry.end = response.writableFinished ? 'answered' : 'aborted';
    });
    const [, taskId = '', isStatus] = /^\/api\/v1\/task\/([\w-]+)(\/status)?$/.exec(url) ?? [];
    if (taskId.startsWith('watch')) {
      const polls = received.filter((other) => other.url === url).length;
      const status = ['created', 'running'][polls - 1] ?? 'finished';
      const result = { id: taskId, task: 'Add a\u0020line', output: 'done', status: 'finished' };
      json(200, JSON.stringify(isStatus ? status : result))(request, response);
    } else {
      (FAULTS[taskId] ?? json(404, '{"detail":"Not Found"}'))(request, response);
    }
  });
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return {
    origin: `http://127.0.0.1:${(server.address() as AddressInfo).port}`,
    received,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}
