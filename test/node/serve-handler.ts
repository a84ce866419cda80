import { once } from 'node:events';
import { createServer, type ServerResponse } from 'node:http';
import { createRequire } from 'node:module';
import { connect } from 'node:net';
import { text } from 'node:stream/consumers';
import { nodeHandler, type NodeHandler, type WebHandler } from 'rxjs-task-status/node';
import { onTestFinished } from 'vitest';

/** The part of Express that the tests use. Express contains no types. */
interface Express {
  (): ExpressApp;
  json(): NodeHandler;
  text(): NodeHandler;
  urlencoded(options: { extended: boolean }): NodeHandler;
}

interface ExpressApp extends NodeHandler {
  use(...handlers: readonly unknown[]): ExpressApp;
  set(setting: string, value: unknown): ExpressApp;
}

export const express = createRequire(import.meta.url)('express') as Express;

/** Serves a handler of `node:http` on a free port until the end of the test. */
export async function listen(handler: NodeHandler): Promise<{ url: string; port: number }> {
  const server = createServer((req, res) => handler(req, res));
  await once(server.listen(0, '127.0.0.1'), 'listening');
  onTestFinished(() => {
    server.closeAllConnections();
    server.close();
  });
  const address = server.address();
  const port = typeof address === 'object' ? (address?.port ?? 0) : 0;
  return { url: `http://127.0.0.1:${port}`, port };
}

/** Serves a web handler with `nodeHandler()`. */
export const serve = (handler: WebHandler) => listen(nodeHandler(handler));

/** Sends the lines of a request, and returns all answers. The server must close the connection. */
export async function send(port: number, ...lines: readonly string[]): Promise<string> {
  const socket = connect(port, '127.0.0.1');
  socket.write(`${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  return text(socket);
}

/** Sends a `GET` with any target and any host. `fetch` and `http.request` would reject or change some. */
export const get = (port: number, target: string, host = '127.0.0.1') =>
  send(port, `GET ${target} HTTP/1.1`, `Host: ${host}`, 'Connection: close');

/** An error handler of Express, which recognises it by its four parameters. */
export function sendError(
  error: unknown,
  _: unknown,
  res: ServerResponse,
  next: (error: unknown) => void,
): void {
  if (res.headersSent) next(error);
  else res.writeHead(500).end(String(error));
}

/** A promise and the function that resolves it. */
export function deferred<T>(): { readonly promise: Promise<T>; resolve(value: T): void } {
  let resolve: (value: T) => void = () => undefined;
  const promise = new Promise<T>((onResolve) => (resolve = onResolve));
  return { promise, resolve };
}
