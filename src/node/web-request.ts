import type { IncomingMessage } from 'node:http';

/**
 * Converts a request of `node:http` into a web request; `undefined` if there is no such web request.
 *
 * There is none without a valid `Host`, and none if parsing the URL would change the path by more than
 * percent-encoding. Otherwise code that reads `request.url` would see another path than the router before it.
 *
 * @param signal for `request.signal`
 */
export function toWebRequest(req: IncomingMessage, signal: AbortSignal): Request | undefined {
  const { method = 'GET', url: target = '' } = req;
  const url = urlOf(req, textIn(req, 'originalUrl') ?? target);
  if (url === undefined) return undefined;
  const headers = new Headers();
  for (const [name, value] of Object.entries(req.headers)) {
    for (const item of [value ?? []].flat()) headers.append(name, item);
  }
  const hasBody = method !== 'GET' && method !== 'HEAD';
  // a variable, because the DOM's type of these options has no `duplex`
  const init = {
    method,
    headers,
    signal,
    ...(hasBody && { body: toWebStream(req), duplex: 'half' }),
  };
  try {
    return new Request(url, init);
  } catch {
    // a method that the platform does not allow, such as TRACE
    return undefined;
  }
}

/** The absolute URL; `undefined` if it is not valid, or if parsing changes its path. */
function urlOf(req: IncomingMessage, target: string): string | undefined {
  // the absolute form contains the host
  const origin = target.startsWith('/') ? originOf(req) : '';
  const [, path] = /^(?:https?:\/\/[^/?#\\@]+)?(\/(?!\/)[^?#]*)?(?:\?[^#]*)?$/i.exec(target) ?? [];
  if (origin === undefined || path === undefined) return undefined;
  try {
    const url = new URL(origin + target);
    return decoded(url.pathname) === decoded(path) ? url.href : undefined;
  } catch {
    // the host is not valid
    return undefined;
  }
}

function originOf(req: IncomingMessage): string | undefined {
  const { host = '' } = req.headers;
  if (!/^[^\s/?#@\\]+$/.test(host)) return undefined;
  // Express sets `protocol`, and follows `trust proxy`
  const encrypted = 'encrypted' in req.socket && req.socket.encrypted === true;
  const isSecure = encrypted || textIn(req, 'protocol') === 'https';
  return `${isSecure ? 'https' : 'http'}://${host}`;
}

/** A property that a framework has added to the request. */
function textIn(req: object, name: 'originalUrl' | 'protocol'): string | undefined {
  const value: unknown = name in req ? Reflect.get(req, name) : undefined;
  return typeof value === 'string' && value !== '' ? value : undefined;
}

function decoded(path: string): string {
  try {
    return decodeURIComponent(path);
  } catch {
    return path;
  }
}

/**
 * The body as a web stream. It reads nothing before its first use, so another handler can still read the
 * body if this one has not.
 */
function toWebStream(req: IncomingMessage): ReadableStream<Uint8Array> {
  // not by Readable.toWeb(): it reads ahead, and cancelling it closes the connection
  const chunks = bodyOf(req);
  return new ReadableStream<Uint8Array>(
    {
      async pull(controller) {
        const { done, value } = await chunks.next();
        if (done) controller.close();
        else controller.enqueue(value);
      },
      async cancel() {
        await chunks.return(undefined);
        // discards the rest, as Node does with an unread body
        req.resume();
      },
    },
    { highWaterMark: 0 },
  );
}

/** The bytes of the body, even if a parser such as `express.json()` has already read it. */
async function* bodyOf(req: IncomingMessage): AsyncGenerator<Uint8Array, undefined> {
  if (req.readableDidRead) yield parsedBody(req);
  else for await (const chunk of req.iterator({ destroyOnReturn: false })) yield toBytes(chunk);
  return undefined;
}

function parsedBody(req: IncomingMessage): Uint8Array {
  // NestJS sets it with `rawBody: true`, and other frameworks do too
  if ('rawBody' in req && isText(req.rawBody)) return toBytes(req.rawBody);
  const body: unknown = 'body' in req ? req.body : undefined;
  if (isText(body)) return toBytes(body);
  const isJson = /^application\/([^;]+\+)?json\b/i.test(String(req.headers['content-type']));
  if (body !== undefined && isJson) return toBytes(JSON.stringify(body));
  throw new TypeError(
    'The body was already read: put nodeHandler() before the middleware that parses it',
  );
}

function isText(value: unknown): value is string | Uint8Array {
  return typeof value === 'string' || value instanceof Uint8Array;
}

function toBytes(chunk: unknown): Uint8Array {
  return chunk instanceof Uint8Array ? chunk : new TextEncoder().encode(String(chunk));
}
