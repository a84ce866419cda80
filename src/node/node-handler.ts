import type { IncomingMessage, ServerResponse } from 'node:http';

import { toWebRequest } from './web-request.js';
import { writeResponse } from './write-response.js';

/** A handler of web requests, such as `taskStatusProxy()` returns. `undefined`: not for this handler. */
export type WebHandler = (request: Request) => Promise<Response | undefined> | Response | undefined;

/** A handler for `createServer()` of `node:http`, and for Express: the result of {@link nodeHandler}. */
export type NodeHandler = (
  req: IncomingMessage,
  res: ServerResponse,
  next?: (error?: unknown) => void,
) => void;

/**
 * Adapts a handler of web requests to `node:http` and Express.
 *
 * - The URL is absolute. It consists of the `Host` header and the path: the whole path, also below an
 *   Express mount. The handler is not called without a valid `Host`, for a path that begins with `//`, and
 *   for a path that URL parsing would change by more than percent-encoding (`..`, `%2e`, a backslash).
 *   Then `next()` is called, or the answer is a 400.
 * - `GET` and `HEAD` have no body. Other bodies are streams, which are read only when the handler reads
 *   them. A body that `express.json()` has parsed is written again as JSON, not byte for byte.
 * - `request.signal` aborts when the client disconnects; this also cancels the body of the response.
 * - If the handler returns `undefined`, `next()` is called, or the answer is a 404.
 * - If the handler throws or rejects, `next(error)` is called, or the answer is an empty 500. To log
 *   errors without Express, pass a `next`. If the body of the response fails, the connection is closed,
 *   then `next(error)` is called. Errors after the client has disconnected are ignored.
 *
 * The returned function returns nothing and never throws.
 *
 * @param handler from a web request to a web response
 * @throws TypeError for a handler that is not a function
 *
 * @example
 * const proxy = nodeHandler(taskStatusProxy({ apiKey, basePath: '/api/tasks' }));
 * createServer(proxy).listen(3000); // node:http
 * app.use(proxy); // Express
 * app.all('/api/tasks/*', (request, reply) => proxy(request.raw, reply.hijack().raw)); // Fastify
 */
export function nodeHandler(handler: WebHandler): NodeHandler {
  if (typeof handler !== 'function') {
    throw new TypeError(
      `handler must be a function from a Request to a Response or undefined, got ${typeof handler}`,
    );
  }
  return (req, res, next) => void serve(handler, req, res, next);
}

/** Never rejects. */
async function serve(
  handler: WebHandler,
  ...[req, res, next]: Parameters<NodeHandler>
): Promise<void> {
  const disconnect = new AbortController();
  const { signal } = disconnect;
  const onClose = () => {
    if (!res.writableFinished) disconnect.abort();
  };
  if (res.destroyed) onClose();
  res.on('close', onClose);
  let status: number;
  let isSending = false;
  let failure: [] | [error: unknown] = [];
  try {
    const request = toWebRequest(req, signal);
    const response = request && (await handler(request));
    if (response) {
      isSending = !res.headersSent;
      await writeResponse(response, res, signal);
      return;
    }
    status = request ? 404 : 400;
  } catch (error) {
    status = 500;
    // after next(undefined), Express would continue with the next handler
    failure = [error ?? new Error(`The handler threw ${String(error)}`)];
  }
  if (signal.aborted) return;
  // from here on, another handler may answer
  res.off('close', onClose);
  // the client must see that the body is incomplete
  if (isSending && res.headersSent) res.destroy();
  try {
    if (next) {
      next(...failure);
      return;
    }
  } catch {
    status = 500;
  }
  sendEmpty(res, status);
}

function sendEmpty(res: ServerResponse, status: number): void {
  if (res.headersSent) return;
  // the headers of a response that could not be sent, such as its content-length
  if (status === 500) for (const name of res.getHeaderNames()) res.removeHeader(name);
  res.writeHead(status, { 'content-length': 0 }).end();
}
