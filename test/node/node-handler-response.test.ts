import type { ServerResponse } from 'node:http';
import { connect } from 'node:net';
import { nodeHandler, type NodeHandler } from 'rxjs-task-status/node';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { deferred, express, get, listen, sendError, serve } from './serve-handler.js';

const rejections: unknown[] = [];
const onRejection = (error: unknown) => void rejections.push(error);
beforeEach(() => void process.on('unhandledRejection', onRejection));
afterEach(async () => {
  await new Promise((resolve) => setImmediate(resolve));
  process.off('unhandledRejection', onRejection);
  expect(rejections.splice(0)).toEqual([]);
});

const refuse = () => Promise.reject(new Error('secret details'));

/** A body that counts how many chunks were taken from it. */
function countedBody(chunks: number, size = 65_536) {
  const cancelled = deferred<unknown>();
  const counts = { pulled: 0 };
  const body = new ReadableStream<Uint8Array>({
    pull(controller) {
      counts.pulled += 1;
      controller.enqueue(new Uint8Array(size));
      if (counts.pulled === chunks) controller.close();
    },
    cancel: (reason) => cancelled.resolve(reason ?? 'cancelled'),
  });
  return { body, counts, cancelled: cancelled.promise };
}

/** A body with one chunk that neither ends nor fails by itself. */
function openBody() {
  const cancelled = deferred<unknown>();
  const body = new ReadableStream<Uint8Array>({
    start: (controller) => controller.enqueue(new TextEncoder().encode('first')),
    cancel: (reason) => cancelled.resolve(reason ?? 'cancelled'),
  });
  return { body, cancelled: cancelled.promise };
}

describe('the response', () => {
  test('has the status, its text, the headers and each cookie', async () => {
    const headers = new Headers({ 'x-a': '1', 'content-type': 'text/plain' });
    headers.append('set-cookie', 'a=1; Path=/');
    headers.append('set-cookie', 'b=2');
    const { port } = await serve(
      () => new Response('body', { status: 418, statusText: 'Teapot', headers }),
    );
    const answer = await get(port, '/');
    expect(answer).toMatch(/^HTTP\/1.1 418 Teapot\r\n/);
    expect(answer).toContain('x-a: 1\r\n');
    expect(answer).toContain('set-cookie: a=1; Path=/\r\nset-cookie: b=2\r\n');
    expect(answer).toContain('body');
  });

  test('keeps the cookies that Express has set before', async () => {
    const app = express().use(
      (_: unknown, res: ServerResponse, next: () => void) => {
        res.setHeader('set-cookie', 'before=1');
        next();
      },
      nodeHandler(() => new Response(null, { headers: { 'set-cookie': 'a=1' } })),
    );
    const { url } = await listen(app);
    expect((await fetch(url)).headers.getSetCookie()).toEqual(['before=1', 'a=1']);
  });

  test('to HEAD has no body, and the source of the body stops', async () => {
    const { body, cancelled } = openBody();
    const { url } = await serve(() => new Response(body, { headers: { 'content-length': '5' } }));
    const answer = await fetch(url, { method: 'HEAD' });
    expect(answer.headers.get('content-length')).toBe('5');
    expect(await cancelled).toBe('cancelled');
  });

  test('sends the headers before the first chunk of the body', async () => {
    const { url } = await serve(() => new Response(new ReadableStream(), { status: 202 }));
    const client = new AbortController();
    expect((await fetch(url, { signal: client.signal })).status).toBe(202);
    client.abort();
  });

  test('sends all of a long body', async () => {
    const { body } = countedBody(100);
    const { url } = await serve(() => new Response(body));
    expect((await (await fetch(url)).arrayBuffer()).byteLength).toBe(100 * 65_536);
  });

  test('waits for a client that reads slowly, and stops when it disconnects', async () => {
    const { body, counts, cancelled } = countedBody(Infinity);
    const { port } = await serve(() => new Response(body));
    const socket = connect(port, '127.0.0.1').pause();
    socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    let before = -1;
    while (counts.pulled !== before) {
      before = counts.pulled;
      await new Promise((resolve) => setTimeout(resolve, 50));
    }
    // the buffers of the connection are full
    expect(counts.pulled).toBeGreaterThan(0);
    socket.destroy();
    await cancelled;
  });

  test('a client that disconnects cancels a body that waits', async () => {
    const { body, cancelled } = openBody();
    const { url } = await serve(() => new Response(body));
    const answer = await fetch(url);
    await answer.body?.cancel();
    expect(await cancelled).toMatchObject({ name: 'AbortError' });
  });

  test('a client that disconnects before there is a response cancels its body', async () => {
    const { body, cancelled } = openBody();
    const started = deferred<undefined>();
    const { url } = await serve(async (request) => {
      started.resolve(undefined);
      await new Promise((resolve) => request.signal.addEventListener('abort', resolve));
      return new Response(body);
    });
    const client = new AbortController();
    const answer = fetch(url, { signal: client.signal }).catch(() => 'disconnected');
    await started.promise;
    client.abort();
    expect(await answer).toBe('disconnected');
    expect(await cancelled).toBe('cancelled');
  });

  test('may have a body that cannot be cancelled', async () => {
    const cancelled = deferred<undefined>();
    const newBody = () =>
      new ReadableStream<Uint8Array>({
        start: (controller) => controller.enqueue(new Uint8Array(1)),
        cancel() {
          cancelled.resolve(undefined);
          throw new Error('it cannot be cancelled');
        },
      });
    const { url } = await serve(() => new Response(newBody()));
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(200);
    const client = new AbortController();
    await fetch(url, { signal: client.signal });
    client.abort();
    await cancelled.promise;
    expect((await fetch(url, { method: 'HEAD' })).status).toBe(200);
  });

  test('is discarded if another handler has answered', async () => {
    const { body, cancelled } = openBody();
    const handle = nodeHandler(() => new Response(body));
    const { url } = await listen((req, res) => {
      res.end('other');
      handle(req, res);
    });
    expect(await (await fetch(url)).text()).toBe('other');
    expect(await cancelled).toBe('cancelled');
  });
});

describe('without a response', () => {
  test('undefined is a 404', async () => {
    const { url } = await serve(() => undefined);
    const answer = await fetch(url);
    expect(answer.status).toBe(404);
    expect(await answer.text()).toBe('');
  });

  test('undefined is left to a handler that has already answered', async () => {
    const handle = nodeHandler(() => undefined);
    const { url } = await listen((req, res) => {
      res.write('a');
      handle(req, res);
      setImmediate(() => res.end('b'));
    });
    expect(await (await fetch(url)).text()).toBe('ab');
  });

  test.each([
    ['rejects', refuse],
    [
      'throws',
      () => {
        throw new Error('secret details');
      },
    ],
  ])('a handler that %s is an empty 500', async (_, handler) => {
    const { url } = await serve(handler);
    const answer = await fetch(url);
    expect(answer.status).toBe(500);
    expect(await answer.text()).toBe('');
  });

  test('a response that cannot be sent is a 500 without its headers', async () => {
    const { body, cancelled } = openBody();
    // Node refuses the control character
    const headers = { 'content-length': '99', 'x-a': '1', 'x-b': 'a\u0001' };
    const { port } = await serve(() => new Response(body, { headers }));
    const answer = await get(port, '/');
    expect(answer).toMatch(/^HTTP\/1.1 500 /);
    expect(answer).toContain('content-length: 0\r\n');
    expect(answer).not.toContain('x-a');
    expect(await cancelled).toBe('cancelled');
  });

  test('a body that fails closes the connection, so the client sees that it is incomplete', async () => {
    const { port, url } = await serve(() => {
      const chunks = [new TextEncoder().encode('part')];
      return new Response(
        new ReadableStream<Uint8Array>({
          pull(controller) {
            const chunk = chunks.pop();
            if (chunk) controller.enqueue(chunk);
            else controller.error(new Error('secret details'));
          },
        }),
      );
    });
    await expect(fetch(url).then((answer) => answer.text())).rejects.toThrow();
    const answer = await get(port, '/').catch(() => 'cut');
    expect(answer).not.toContain('0\r\n\r\n');
    expect(answer).not.toContain('secret');
  });

  test('a chunk that is not bytes closes the connection and cancels the body', async () => {
    const cancelled = deferred<unknown>();
    const { url } = await serve(
      () =>
        new Response(
          new ReadableStream({
            pull: (controller) => controller.enqueue(1),
            cancel: () => cancelled.resolve('cancelled'),
          }),
        ),
    );
    await expect(fetch(url).then((answer) => answer.text())).rejects.toThrow();
    expect(await cancelled.promise).toBe('cancelled');
  });

  test('an error after the client has disconnected is ignored', async () => {
    const next = vi.fn();
    const ended = deferred<undefined>();
    const started = deferred<undefined>();
    const handle = nodeHandler(async ({ signal }) => {
      started.resolve(undefined);
      await new Promise((resolve) => signal.addEventListener('abort', resolve));
      setImmediate(() => ended.resolve(undefined));
      throw signal.reason;
    });
    const { port } = await listen((req, res) => handle(req, res, next));
    const socket = connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    await started.promise;
    socket.destroy();
    await ended.promise;
    expect(next).not.toHaveBeenCalled();
  });

  test('a request whose client has already disconnected is aborted', async () => {
    const aborted = deferred<boolean>();
    const handle = nodeHandler(({ signal }) => {
      aborted.resolve(signal.aborted);
      return undefined;
    });
    const { port } = await listen((req, res) => {
      res.on('close', () => handle(req, res));
      socket.destroy();
    });
    const socket = connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    expect(await aborted.promise).toBe(true);
  });
});

test.each([undefined, null, {}, 'handler'])(
  'a handler that is %o is rejected at the call',
  (value) => {
    // @ts-expect-error not a function
    expect(() => nodeHandler(value)).toThrow(
      new TypeError(
        `handler must be a function from a Request to a Response or undefined, got ${typeof value}`,
      ),
    );
  },
);

describe('with next', () => {
  /** Answers with what `next` was called with. */
  const listenNext = (handle: NodeHandler) => {
    const next = vi.fn<(...args: unknown[]) => void>();
    return listen((req, res) =>
      handle(req, res, (...args: unknown[]) => {
        next(...args);
        if (!res.headersSent) res.end(JSON.stringify(args.map(String)));
      }),
    ).then((server) => ({ ...server, next }));
  };

  test('undefined calls it without an argument', async () => {
    const { url } = await listenNext(nodeHandler(() => undefined));
    expect(await (await fetch(url)).json()).toEqual([]);
  });

  test('a handler that rejects calls it with the error', async () => {
    const { url } = await listenNext(nodeHandler(refuse));
    expect(await (await fetch(url)).json()).toEqual(['Error: secret details']);
  });

  test('a handler that rejects with undefined calls it with an error, so that Express does not continue', async () => {
    // eslint-disable-next-line @typescript-eslint/prefer-promise-reject-errors -- the point of the test
    const reject = () => Promise.reject<Response>();
    const { url } = await listenNext(nodeHandler(reject));
    expect(await (await fetch(url)).json()).toEqual(['Error: The handler threw undefined']);
  });

  test('a body that fails calls it after the connection was closed', async () => {
    const body = new ReadableStream({
      pull: (controller) => controller.error(new Error('the body failed')),
    });
    const { url, next } = await listenNext(nodeHandler(() => new Response(body)));
    await expect(fetch(url).then((answer) => answer.text())).rejects.toThrow();
    expect(next.mock.calls).toEqual([[new Error('the body failed')]]);
  });

  test('Express answers, and continues with other requests', async () => {
    const app = express().use('/refuse', nodeHandler(refuse));
    app.use(
      nodeHandler(() => undefined),
      sendError,
    );
    const { url } = await listen(app);
    const answer = await fetch(`${url}/refuse`);
    expect([answer.status, await answer.text()]).toEqual([500, 'Error: secret details']);
    expect((await fetch(`${url}/other`)).status).toBe(404);
  });

  test('an exception in it is a 500', async () => {
    const handle = nodeHandler(() => undefined);
    const { url } = await listen((req, res) =>
      handle(req, res, () => {
        throw new Error('secret details');
      }),
    );
    expect((await fetch(url)).status).toBe(500);
  });

  test('a client that disconnects from the next handler does not abort the signal', async () => {
    const signals: AbortSignal[] = [];
    const closed = deferred<undefined>();
    const handle = nodeHandler(({ signal }) => {
      signals.push(signal);
      return undefined;
    });
    const { port } = await listen((req, res) =>
      handle(req, res, () => {
        res.on('close', () => closed.resolve(undefined));
        socket.destroy();
      }),
    );
    const socket = connect(port, '127.0.0.1');
    socket.write('GET / HTTP/1.1\r\nHost: h\r\n\r\n');
    await closed.promise;
    expect(signals.map(({ aborted }) => aborted)).toEqual([false]);
  });
});
