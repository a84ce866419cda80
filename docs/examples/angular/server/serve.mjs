// @ts-check
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { statusProxy } from './proxy.mjs';

/** @type {Record<string, string>} */
const TYPES = {
  '.css': 'text/css',
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript',
  '.svg': 'image/svg+xml',
};

/** Allows only this origin, even for injected code. Angular's styles are `<style>` elements. */
const POLICY =
  "default-src 'none'; script-src 'self'; style-src 'self' 'unsafe-inline'; connect-src 'self'; " +
  "img-src 'self'; base-uri 'self'; form-action 'self'; frame-ancestors 'none'";

/**
 * Serves the built application, the list of its tasks, and the proxy for their status.
 *
 * @param {object} options
 * @param {string} options.folder where the application was built to
 * @param {string} options.upstream the task API's origin
 * @param {string} options.apiKey
 * @param {() => unknown} options.tasks returns the list of tasks
 * @param {number} [options.port] 0 for a free one
 * @returns {Promise<import('node:http').Server>}
 */
export async function serve({ folder, upstream, apiKey, tasks, port = 0 }) {
  const proxy = statusProxy({ upstream, apiKey });

  /** @type {(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => Promise<void>} */
  const answer = async (request, response) => {
    response.setHeader('content-security-policy', POLICY);
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('referrer-policy', 'no-referrer');
    if (await proxy(request, response)) return;

    const { pathname } = new URL(request.url ?? '/', upstream);
    if (request.method !== 'GET') {
      response.writeHead(405).end();
    } else if (pathname === '/api/tasks') {
      response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(JSON.stringify(tasks()));
    } else if (pathname.startsWith('/api/')) {
      response.writeHead(404).end();
    } else {
      const file = TYPES[extname(pathname)] ? pathname : 'index.html'; // a view of the application
      response.setHeader('content-type', TYPES[extname(file)] ?? '');
      response.end(await readFile(join(folder, file)));
    }
  };

  const server = createServer((request, response) => {
    answer(request, response).catch(() => {
      if (!response.headersSent) response.writeHead(404);
      response.end();
    });
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(undefined)));
  return server;
}
