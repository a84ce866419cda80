import { once } from 'node:events';
import {
  createServer,
  type IncomingHttpHeaders,
  type IncomingMessage,
  type OutgoingHttpHeaders,
  type ServerResponse,
} from 'node:http';
import { createServer as createTcpServer, type AddressInfo, type Server } from 'node:net';
import { constants, createGzip, gzipSync } from 'node:zlib';
import type { Answer, Part, Script, Seen } from './script.js';

/** A server that answers by scripts and records the requests. */
export interface FaultServer {
  /** `http://127.0.0.1:…` */
  readonly origin: string;
  /** An origin that refuses connections. */
  readonly refused: string;
  close(): Promise<void>;
}

interface Play {
  readonly script: Script;
  readonly requests: Sighting[];
}

type Sighting = { -readonly [K in keyof Seen]: Seen[K] };

const CORS = {
  'access-control-allow-origin': '*',
  'access-control-expose-headers': '*',
};

/**
 * Starts the server on a free port of the loopback interface.
 *
 * - `POST /scripts` with a {@link Script} returns a {@link Part}.
 * - `GET /seen/<id>` returns the requests of that script ({@link Seen}). With `?patience=<ms>` it waits
 *   until no request is open any more, at most that long.
 * - A script answers every other request.
 */
export async function startFaultServer(): Promise<FaultServer> {
  const plays: Play[] = [];
  const connections = new WeakMap<object, number>();
  let connected = 0;

  function playOf(url: string): Play | undefined {
    const [, id] = /^\/play\/(\d+)/.exec(url) ?? /[?&]play=(\d+)/.exec(url) ?? [];
    return plays[Number(id)];
  }

  const server = createServer((request, response) => {
    const { method = '', url = '', headers } = request;
    if (method === 'OPTIONS' && playOf(url)?.script[0]?.preflight === 'refused') {
      response.writeHead(403).end();
    } else if (method === 'OPTIONS') {
      response.writeHead(204, {
        ...CORS,
        'access-control-allow-headers': headers['access-control-request-headers'] ?? '*',
      });
      response.end();
    } else if (method === 'POST' && url === '/scripts') {
      void readBody(request).then((text) => {
        const script = JSON.parse(text) as Script;
        const id = plays.push({ script, requests: [] }) - 1;
        sendJson(response, { path: `/play/${id}`, query: `play=${id}`, seen: `/seen/${id}` });
      });
    } else if (url.startsWith('/seen/')) {
      const { pathname, searchParams } = new URL(url, 'http://localhost');
      const { requests } = plays[Number(pathname.slice('/seen/'.length))]!;
      const patience = Number(searchParams.get('patience'));
      void allClosed(requests, patience).then(() => sendJson(response, requests));
    } else {
      const play = playOf(url);
      if (!play) {
        response.writeHead(500, CORS).end('no such script');
        return;
      }
      const { script, requests } = play;
      const sighting: Sighting = {
        method,
        url: url.replace(/^\/play\/\d+/, ''),
        headers: Object.fromEntries(
          Object.entries(headers).map(([name, value]) => [name, String(value)]),
        ),
        connection: connections.get(request.socket) ?? 0,
        end: 'open',
        sent: 0,
      };
      const answer = script[Math.min(requests.push(sighting), script.length) - 1]!;
      response.on('close', () => {
        if (sighting.end === 'open')
          sighting.end = response.writableFinished ? 'answered' : 'aborted';
      });
      respond(answer, request, response, sighting);
    }
  });
  server.on('connection', (socket) => connections.set(socket, ++connected));
  server.keepAliveTimeout = 60_000;

  const origin = await listen(server);
  const closed = createTcpServer();
  const refused = await listen(closed);
  closed.close();
  return {
    origin,
    refused,
    close: async () => {
      server.closeAllConnections();
      server.close();
      await once(server, 'close');
    },
  };
}

async function listen(server: Server): Promise<string> {
  server.listen(0, '127.0.0.1');
  await once(server, 'listening');
  return `http://127.0.0.1:${(server.address() as AddressInfo).port}`;
}

async function readBody(request: IncomingMessage): Promise<string> {
  let text = '';
  for await (const chunk of request.setEncoding('utf8')) text += String(chunk);
  return text;
}

function sendJson(response: ServerResponse, value: Part | readonly Seen[]): void {
  response.writeHead(200, { ...CORS, 'content-type': 'application/json' });
  response.end(JSON.stringify(value));
}

async function allClosed(requests: readonly Seen[], patience: number): Promise<void> {
  const until = performance.now() + patience;
  while (requests.some(({ end }) => end === 'open') && performance.now() < until) {
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
}

function respond(
  answer: Answer,
  request: IncomingMessage,
  response: ServerResponse,
  sighting: Sighting,
): void {
  const { socket } = request;
  const { fault, status = 200, encoding = 'utf8' } = answer;
  const text = answer.echo ? JSON.stringify(callerHeaders(request.headers)) : (answer.body ?? '');
  const plain = Buffer.from(text, encoding);
  const body = answer.gzip && !fault ? gzipSync(plain) : plain;
  const broken = (): void => {
    sighting.end = 'broken';
  };
  switch (fault) {
    case 'silent':
      return;
    case 'reset':
      broken();
      socket.resetAndDestroy();
      return;
    case 'hang up':
      broken();
      socket.destroy();
      return;
    case 'no HTTP':
      broken();
      socket.end('SSH-2.0-OpenSSH_9.2\r\n');
      return;
  }

  const announced: OutgoingHttpHeaders = {
    ...CORS,
    'content-type': 'application/json',
    ...(answer.gzip && { 'content-encoding': 'gzip' }),
    ...(!answer.keepAlive && { connection: 'close' }),
    ...answer.headers,
  };
  if (!fault && status !== 204 && status !== 304) announced['content-length'] = body.byteLength;
  if (fault === 'reset in body' || fault === 'cut off') {
    announced['content-length'] = body.byteLength + 10;
  }
  response.writeHead(status, announced);
  response.flushHeaders();

  const send = (bytes: Buffer, then: () => void): void => {
    response.write(bytes, (error) => {
      if (!error) {
        sighting.sent += bytes.byteLength;
        then();
      }
    });
  };
  switch (fault) {
    case undefined: {
      const { splitAt } = answer;
      if (splitAt === undefined) response.end(body);
      // later, so that the client reads two chunks
      else
        send(body.subarray(0, splitAt), () =>
          setTimeout(() => response.end(body.subarray(splitAt)), 20),
        );
      return;
    }
    case 'reset in body':
      // later: a reset discards data in flight
      send(body, () =>
        setTimeout(() => {
          broken();
          socket.resetAndDestroy();
        }, 20),
      );
      return;
    case 'cut off':
    case 'cut off in chunks':
      send(body, () => {
        broken();
        socket.end();
      });
      return;
    case 'stalls':
      send(body, () => undefined);
      return;
    case 'trickles': {
      response.write(body);
      const drip = setInterval(() => response.write(' '), 10);
      response.on('close', () => clearInterval(drip));
      return;
    }
    case 'endless':
      response.write(body);
      flood(answer.gzip ? gzipInto(send) : send, response);
  }
}

/** The headers that the caller has set, without those of the runtime. */
function callerHeaders(headers: IncomingHttpHeaders): IncomingHttpHeaders {
  return Object.fromEntries(
    Object.entries(headers).filter(([name]) => name === 'authorization' || name.startsWith('x-')),
  );
}

/** Writes white space without end, each piece when the previous one has been sent. */
function flood(send: (bytes: Buffer, then: () => void) => void, response: ServerResponse): void {
  const piece = Buffer.alloc(16_384, ' ');
  const more = (): void => {
    if (!response.destroyed) send(piece, () => setImmediate(more));
  };
  more();
}

function gzipInto(
  send: (bytes: Buffer, then: () => void) => void,
): (bytes: Buffer, then: () => void) => void {
  // flush each piece: otherwise nothing is sent before 16 MiB of white space
  const gzip = createGzip({ level: 1, flush: constants.Z_SYNC_FLUSH });
  gzip.on('data', (bytes: Buffer) => {
    gzip.pause();
    send(bytes, () => gzip.resume());
  });
  return (bytes, then) => void gzip.write(bytes, then);
}
