import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { gzipSync } from 'node:zlib';
import { headersOf } from '../support/run-history.js';
import type { Answer, Broken, Framing } from './answers.js';

/** A request as the server received it. */
export interface ReceivedRequest {
  /** `GET /path HTTP/1.1` */
  readonly line: string;
  readonly headers: ReadonlyMap<string, string>;
  /** Whether the connection has finished it: closed, or kept alive after the whole answer. */
  done: boolean;
}

/** Returns the answer to a request. */
export type OnRequest = (request: ReceivedRequest) => Answer | undefined;

/** The delay between two bytes of a trickle, ms. */
const BYTE_DELAY = 2;
const SLOW_BYTE_DELAY = 60;

/**
 * A server that writes raw bytes, so that it can send what Node's HTTP server does not.
 *
 * A request without an answer of `onRequest` gets a finished task, which must never reach a subscriber.
 */
export class BrokenServer {
  /** `http://127.0.0.1:…` */
  origin = '';
  readonly #server: Server;
  readonly #onRequest: OnRequest;
  readonly #elsewhere: string;

  private constructor(onRequest: OnRequest, elsewhere: string) {
    this.#onRequest = onRequest;
    this.#elsewhere = elsewhere;
    this.#server = createServer({ allowHalfOpen: true, noDelay: true }, (socket) =>
      this.#serve(socket),
    );
  }

  /** Starts a server on a free local port. Its redirects lead to `elsewhere`. */
  static async start(onRequest: OnRequest, elsewhere = ''): Promise<BrokenServer> {
    const it = new BrokenServer(onRequest, elsewhere);
    it.#server.listen(0, '127.0.0.1', 1_000);
    await once(it.#server, 'listening');
    it.origin = `http://127.0.0.1:${(it.#server.address() as AddressInfo).port}`;
    return it;
  }

  /** How many connections are open. */
  connections(): Promise<number> {
    return new Promise((resolve, reject) =>
      this.#server.getConnections((error, count) => (error ? reject(error) : resolve(count))),
    );
  }

  async close(): Promise<void> {
    this.#server.close();
    await once(this.#server, 'close');
  }

  #serve(socket: Socket): void {
    let read = '';
    let current: ReceivedRequest | undefined;
    socket.setEncoding('latin1');
    socket.on('error', () => undefined);
    socket.on('close', () => {
      if (current) current.done = true;
    });
    // the client has closed its half
    socket.on('end', () => socket.end());
    socket.on('data', (text) => {
      read += String(text);
      const end = read.indexOf('\r\n\r\n');
      if (end < 0) return;
      const [line = '', ...fields] = read.slice(0, end).split('\r\n');
      read = read.slice(end + 4);
      const headers = new Map(
        fields.map((field) => {
          const colon = field.indexOf(':');
          return [field.slice(0, colon).toLowerCase(), field.slice(colon + 1).trim()];
        }),
      );
      current = { line, headers, done: false };
      respond(
        this.#onRequest(current) ?? UNEXPECTED,
        socket,
        current,
        this.origin + pathOf(line),
        this.#elsewhere,
      );
    });
  }
}

const UNEXPECTED: Answer = {
  kind: 'status',
  word: 'finished',
  framing: 'with its length',
  latency: 0,
  keepAlive: false,
  pacing: undefined,
};

const pathOf = (line: string): string => line.split(' ')[1] ?? '';

function respond(
  answer: Answer,
  socket: Socket,
  request: ReceivedRequest,
  self: string,
  elsewhere: string,
): void {
  if (answer.kind === 'refused') throw new Error('a refused request was received');
  setTimeout(() => {
    if (socket.destroyed) return;
    switch (answer.kind) {
      case 'status': {
        const { framing, word } = answer;
        send(answer, 200, JSON.stringify(word), framing);
        return;
      }
      case 'no status':
        send(answer, 200, answer.body);
        return;
      case 'http':
        send(answer, answer.status, answer.status === 503 ? '' : '{"detail": "as it is"}');
        return;
      case 'redirect': {
        const location = answer.to === 'itself' ? self : `${elsewhere}/misdirected`;
        socket.end(
          `${head(answer.status)}Location: ${location}\r\nContent-Length: 0\r\n${CLOSE}\r\n`,
        );
        return;
      }
      default:
        sendFault(answer.kind, socket);
    }
  }, answer.latency);

  function send(
    { keepAlive, pacing }: Extract<Answer, { keepAlive: boolean }>,
    status: number,
    body: string,
    framing: Framing = 'with its length',
  ): void {
    const headers = headersOf(pacing, Date.now());
    const paced = ['Date', 'Retry-After', 'retry-after-ms'].flatMap((name) => {
      const value = headers.get(name);
      return value === null ? [] : [`${name}: ${value}\r\n`];
    });
    const kept = keepAlive && framing !== 'until the connection ends';
    const begin = [head(status), JSON_BODY, ...paced, kept ? '' : CLOSE].join('');
    const end = (bytes: string | Buffer): void => {
      if (!kept) socket.end(bytes);
      else socket.write(bytes, () => (request.done = true));
    };
    const withLength = `${begin}Content-Length: ${body.length}\r\n\r\n`;
    switch (framing) {
      case 'with its length':
        end(withLength + body);
        return;
      case 'until the connection ends':
        end(`${begin}\r\n${body}`);
        return;
      case 'in chunks':
        end(`${begin}${CHUNKED}\r\n${body.replace(/[^]/g, chunk)}${LAST_CHUNK}`);
        return;
      case 'in gzip': {
        const bytes = gzipSync(body);
        const heading = `${begin}${GZIP}Content-Length: ${bytes.length}\r\n\r\n`;
        end(Buffer.concat([Buffer.from(heading), bytes]));
        return;
      }
      case 'in two pieces':
        socket.write(withLength + body.slice(0, 4));
        setTimeout(() => end(body.slice(4)), BYTE_DELAY);
        return;
      case 'in a trickle':
        socket.write(withLength);
        trickle(socket, body, BYTE_DELAY, end);
    }
  }
}

const head = (status: number): string => `HTTP/1.1 ${status} Whatever\r\n`;
const chunk = (text: string): string => `${text.length.toString(16)}\r\n${text}\r\n`;
const CLOSE = 'Connection: close\r\n';
const CHUNKED = 'Transfer-Encoding: chunked\r\n';
const GZIP = 'Content-Encoding: gzip\r\n';
const JSON_BODY = 'Content-Type: application/json\r\n';
const LAST_CHUNK = '0\r\n\r\n';

/** A body that is never sent completely, so its status must never be emitted. */
const BODY = '"stopped"';

function sendFault(fault: Broken, socket: Socket): void {
  const begin = head(200) + JSON_BODY;
  const announced = `${begin}Content-Length: ${BODY.length}\r\n\r\n`;
  const half = BODY.slice(0, 4);
  // later, because a reset discards bytes that are still being sent
  const thenReset = (): void => void setTimeout(() => socket.resetAndDestroy(), BYTE_DELAY);
  switch (fault) {
    case 'a reset before the headers':
      socket.resetAndDestroy();
      return;
    case 'a reset in the headers':
      socket.write(begin.slice(0, -9), thenReset);
      return;
    case 'a reset after the headers':
      socket.write(announced, thenReset);
      return;
    case 'a reset in the body':
      socket.write(announced + half, thenReset);
      return;
    case 'half-closed before the headers':
      socket.end();
      return;
    case 'half-closed in the body':
      socket.end(announced + half);
      return;
    case 'no headers':
      return;
    case 'headers without end':
      socket.write(begin);
      return;
    case 'a body without end':
      socket.write(`${begin}${CHUNKED}\r\n${chunk(BODY)}`);
      return;
    case 'a trickle that takes too long':
      socket.write(announced);
      trickle(socket, BODY, SLOW_BYTE_DELAY, (last) => socket.end(last));
      return;
    case 'more length than body, closed':
      socket.write(`${begin}Content-Length: 99\r\n\r\n${BODY}`, () =>
        setTimeout(() => socket.destroy(), BYTE_DELAY),
      );
      return;
    case 'more length than body, open':
      socket.write(`${begin}Content-Length: 99\r\n\r\n${BODY}`);
      return;
    case 'less length than body':
      socket.end(`${begin}Content-Length: 4\r\n\r\n${BODY}`);
      return;
    case 'an invalid chunk size':
      socket.end(`${begin}${CHUNKED}\r\n${chunk('"st')}zz\r\nopped"\r\n${LAST_CHUNK}`);
      return;
    case 'chunks without the last one':
      socket.end(`${begin}${CHUNKED}\r\n${chunk(BODY)}`);
      return;
    case 'invalid gzip':
      sendZipped(Buffer.from(BODY));
      return;
    case 'gzip that is cut off': {
      const bytes = gzipSync(BODY);
      sendZipped(bytes.subarray(0, bytes.length / 2));
      return;
    }
    case 'gzip that is damaged': {
      const bytes = gzipSync(BODY);
      // in the compressed data, after the header of ten bytes
      bytes.fill(0xff, 11, 15);
      sendZipped(bytes);
      return;
    }
    case 'a megabyte of headers': {
      const line = `X-Padding: ${'x'.repeat(8_000)}\r\n`;
      socket.end(`${begin}${line.repeat(131)}Content-Length: ${BODY.length}\r\n\r\n${BODY}`);
      return;
    }
    case 'no HTTP':
      socket.end('SSH-2.0-OpenSSH_9.2\r\n');
  }

  function sendZipped(bytes: Buffer): void {
    const heading = `${begin}${GZIP}${CLOSE}Content-Length: ${bytes.length}\r\n\r\n`;
    socket.end(Buffer.concat([Buffer.from(heading), bytes]));
  }
}

/** Writes one byte at a time. `end` gets the last one. */
function trickle(socket: Socket, text: string, every: number, end: (last: string) => void): void {
  let sent = 0;
  const timer = setInterval(() => {
    const last = sent === text.length - 1;
    if (last) clearInterval(timer);
    const byte = text.charAt(sent++);
    if (last) end(byte);
    else socket.write(byte);
  }, every);
  socket.on('close', () => clearInterval(timer));
}
