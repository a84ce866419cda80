import { IncomingMessage, ServerResponse } from 'node:http';
import { connect, Socket } from 'node:net';
import { buffer } from 'node:stream/consumers';
import { nodeHandler, type NodeHandler, type WebHandler } from 'rxjs-task-status/node';
import { describe, expect, test, vi } from 'vitest';
import { deferred, express, get, listen, send, sendError, serve } from './serve-handler.js';

/** Answers with the URL that it gets. */
const echoUrl: WebHandler = (request) => new Response(request.url);

describe('the request', () => {
  test('has the method, the absolute URL and the headers, repeated ones joined', async () => {
    let seen: Request | undefined;
    const { port } = await serve((request) => {
      seen = request;
      return new Response('ok');
    });
    await send(
      port,
      'DELETE /tasks/a%2Fb?x=1&y=%20 HTTP/1.1',
      `Host: example.com:8080`,
      'X-Twice: 1',
      'X-Twice: 2',
      'Cookie: a=1',
      'Cookie: b=2',
      'Set-Cookie: c=3',
      'Connection: close',
    );
    expect(seen?.method).toBe('DELETE');
    expect(seen?.url).toBe('http://example.com:8080/tasks/a%2Fb?x=1&y=%20');
    expect(seen?.headers.get('x-twice')).toBe('1, 2');
    expect(seen?.headers.get('cookie')).toBe('a=1; b=2');
    expect(seen?.headers.getSetCookie()).toEqual(['c=3']);
  });

  test('has the URL of an absolute request target', async () => {
    const { port } = await serve(echoUrl);
    expect(await get(port, 'https://other.example/a?b')).toContain('https://other.example/a?b');
  });

  const HOSTILE = [
    '//',
    '//evil.example/tasks/a',
    'http://[',
    'http://user:password@host/a',
    'http://host',
    '*',
    'a',
    '/a/../b',
    '/a/%2e%2E/b',
    '/a/./b',
    '/a\\b',
    '/\\evil.example',
    '/a#b',
    'http://host\\b/c',
  ];
  test.each(HOSTILE)('%s is a 400, and the handler is not called', async (target) => {
    const handler = vi.fn(echoUrl);
    const { port } = await serve(handler);
    expect(await get(port, target)).toMatch(/^HTTP\/1.1 400 /);
    expect(handler).not.toHaveBeenCalled();
    expect(await get(port, '/still-there')).toContain('/still-there');
  });

  test.each(['', 'a/b', 'user@host', 'host:port', '[', 'a?b', 'a#b', 'a\\b', 'a b'])(
    'a Host "%s" is a 400',
    async (host) => {
      const handler = vi.fn(echoUrl);
      const { port } = await serve(handler);
      expect(await get(port, '/', host)).toMatch(/^HTTP\/1.1 400 /);
      expect(handler).not.toHaveBeenCalled();
    },
  );

  test('without Host is a 400, and so is a method that no web request has', async () => {
    const handler = vi.fn(echoUrl);
    const { port } = await serve(handler);
    expect(await send(port, 'GET / HTTP/1.0')).toMatch(/^HTTP\/1.1 400 /);
    expect(await send(port, 'TRACE / HTTP/1.1', 'Host: h', 'Connection: close')).toMatch(
      /^HTTP\/1.1 400 /,
    );
    expect(handler).not.toHaveBeenCalled();
  });

  test('keeps what is escaped, and escapes what a URL cannot contain', async () => {
    const { port } = await serve(echoUrl);
    expect(await get(port, '/a%2Fb%5C%zz')).toContain('http://127.0.0.1/a%2Fb%5C%zz');
    expect(await get(port, '/"{')).toContain('http://127.0.0.1/%22%7B');
    expect(await get(port, '/a//b')).toContain('http://127.0.0.1/a//b');
  });

  test('of GET has no body, and that of POST is a stream', async () => {
    const { url, port } = await serve(async (request) =>
      Response.json({ stream: request.body !== null, text: await request.text() }),
    );
    const post = await fetch(url, { method: 'POST', body: 'é'.repeat(100_000) });
    expect(await post.json()).toEqual({ stream: true, text: 'é'.repeat(100_000) });
    const empty = await fetch(url, { method: 'POST' });
    expect(await empty.json()).toEqual({ stream: true, text: '' });
    const withBody = await send(
      port,
      'GET / HTTP/1.1',
      'Host: h',
      'Content-Length: 2',
      'Connection: close',
      '',
      'ab',
    );
    expect(withBody).toContain('{"stream":false,"text":""}');
  });

  test('the rest of a body that the handler stops reading is discarded, and the connection stays open', async () => {
    const { port } = await serve(async (request) => {
      if (request.method === 'GET') return new Response('second');
      for await (const chunk of request.body ?? []) {
        return new Response(`first: ${String(chunk.length > 0)}`, { status: 413 });
      }
      return undefined;
    });
    const body = 'x'.repeat(5_000_000);
    const answers = await send(
      port,
      'POST / HTTP/1.1',
      'Host: h',
      `Content-Length: ${body.length}`,
      '',
      `${body}GET / HTTP/1.1`,
      'Host: h',
      'Connection: close',
    );
    expect(answers).toMatch(/^HTTP\/1.1 413 [^]*first: true[^]*HTTP\/1.1 200 OK[^]*second/);
  });

  test('reading the body rejects if the client disconnects during it', async () => {
    const failed = deferred<unknown>();
    const { port } = await serve(async (request) => {
      await request.text().catch((error: unknown) => failed.resolve(error));
      return new Response();
    });
    const socket = connect(port, '127.0.0.1');
    socket.write('POST / HTTP/1.1\r\nHost: h\r\nContent-Length: 10\r\n\r\nab', () =>
      socket.destroy(),
    );
    expect(await failed.promise).toBeInstanceOf(Error);
  });

  test('signal aborts when the client disconnects', async () => {
    const started = deferred<Request>();
    const aborted = deferred<string>();
    const { url } = await serve((request) => {
      started.resolve(request);
      return new Promise((_, reject) =>
        request.signal.addEventListener('abort', () => {
          aborted.resolve('aborted');
          reject(new Error('disconnected'));
        }),
      );
    });
    const client = new AbortController();
    const answer = fetch(url, { signal: client.signal }).catch(() => 'disconnected');
    expect((await started.promise).signal.aborted).toBe(false);
    client.abort();
    expect(await answer).toBe('disconnected');
    expect(await aborted.promise).toBe('aborted');
  });

  test('signal does not abort after a whole answer', async () => {
    let seen: Request | undefined;
    const { port } = await serve((request) => {
      seen = request;
      return new Response('whole');
    });
    expect(await get(port, '/')).toContain('whole');
    expect(seen?.signal.aborted).toBe(false);
  });
});

describe('in Express, the request', () => {
  test('has the whole path below a mount, and the protocol that a trusted proxy names', async () => {
    const app = express();
    app.set('trust proxy', true);
    const { port } = await listen(app.use('/api', nodeHandler(echoUrl)));
    const answer = await send(
      port,
      'GET /api/tasks?x HTTP/1.1',
      'Host: example.com',
      'X-Forwarded-Proto: https',
      'Connection: close',
    );
    expect(answer).toContain('https://example.com/api/tasks?x');
  });

  test('has http for any other protocol that a trusted proxy names', async () => {
    const app = express();
    app.set('trust proxy', true);
    const { port } = await listen(app.use(nodeHandler(echoUrl)));
    const answer = await send(
      port,
      'GET /a HTTP/1.1',
      'Host: example.com',
      'X-Forwarded-Proto: file://',
      'Connection: close',
    );
    expect(answer).toContain('http://example.com/a');
  });

  test('is passed to next if it is hostile', async () => {
    const handler = vi.fn(echoUrl);
    const app = express().use(nodeHandler(handler));
    app.use((_: unknown, res: ServerResponse) => res.end('from next'));
    const { port } = await listen(app);
    expect(await get(port, '//')).toContain('from next');
    expect(await get(port, '/a/..%2e/../b')).toContain('from next');
    expect(handler).not.toHaveBeenCalled();
  });

  const readBody = nodeHandler(async (request) => new Response(await request.text()));
  const post = async (app: NodeHandler, type: string, body: string) => {
    const { url } = await listen(app);
    const answer = await fetch(url, { method: 'POST', headers: { 'content-type': type }, body });
    return answer.text();
  };

  test('has the JSON that a parser has read before', async () => {
    const app = express().use(express.json(), readBody);
    expect(await post(app, 'application/json; charset=utf-8', '{ "a": "é" }')).toBe('{"a":"é"}');
    expect(await post(app, 'text/plain', 'not for the parser')).toBe('not for the parser');
  });

  test('has the text that a parser has read before', async () => {
    const app = express().use(express.text(), readBody);
    expect(await post(app, 'text/plain', ' aé ')).toBe(' aé ');
  });

  test('has the bytes that a parser has kept in rawBody', async () => {
    const app = express().use(
      async (req: IncomingMessage & { rawBody?: Buffer }, _: unknown, next: () => void) => {
        req.rawBody = await buffer(req);
        next();
      },
      readBody,
    );
    expect(await post(app, 'application/json', '{ "a": 1.0 }')).toBe('{ "a": 1.0 }');
  });

  test('has a body that cannot be read if a parser has read it and not kept it', async () => {
    const app = express().use(express.urlencoded({ extended: false }), readBody);
    app.use(sendError);
    expect(await post(app, 'application/x-www-form-urlencoded', 'a=1')).toBe(
      'TypeError: The body was already read: put nodeHandler() before the middleware that parses it',
    );
  });

  test('leaves the body to the next handler if it does not read it', async () => {
    const app = express().use(
      nodeHandler((request) => (request.body ? undefined : new Response())),
      express.json(),
      (req: { body: unknown }, res: ServerResponse) => res.end(JSON.stringify(req.body)),
    );
    expect(await post(app, 'application/json', '[1]')).toBe('[1]');
  });
});

test('a body in strings, by setEncoding(), is read in UTF-8', async () => {
  const read = nodeHandler(async (request) => new Response(await request.text()));
  const { url } = await listen((req, res) => {
    req.setEncoding('utf8');
    read(req, res);
  });
  expect(await (await fetch(url, { method: 'POST', body: 'aé' })).text()).toBe('aé');
});

test('a body that was read before it without a parser cannot be read', async () => {
  const next = vi.fn();
  const read = nodeHandler(async (request) => new Response(await request.text()));
  const { url } = await listen((req, res) => {
    void buffer(req).then(() =>
      read(req, res, (error) => {
        next(String(error));
        res.end();
      }),
    );
  });
  await fetch(url, { method: 'POST', body: 'a' });
  expect(next.mock.calls).toEqual([[expect.stringContaining('The body was already read')]]);
});

test('a request that no parser has made is sent on if it has a URL', () => {
  const req = new IncomingMessage(new Socket());
  const next = vi.fn();
  const handler = vi.fn<WebHandler>();
  nodeHandler(handler)(req, new ServerResponse(req), next);
  expect(next.mock.calls).toEqual([[]]);

  Object.assign(req, { url: '/a', headers: { host: 'h', 'x-a': undefined } });
  nodeHandler(handler)(req, new ServerResponse(req), next);
  const [request] = handler.mock.calls.map(([only]) => only);
  expect(request?.url).toBe('http://h/a');
  expect(request?.headers.has('x-a')).toBe(false);
});

test('a request on a TLS connection has https', async () => {
  const handle = nodeHandler(echoUrl);
  const { port } = await listen((req, res) => {
    Object.assign(req.socket, { encrypted: true });
    handle(req, res);
  });
  expect(await get(port, '/a', 'example.com')).toContain('https://example.com/a');
});
