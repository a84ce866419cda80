// @ts-check
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';
import { browserUseV1 } from 'rxjs-task-status';
import { nodeHandler } from 'rxjs-task-status/node';
import { taskStatusProxy } from 'rxjs-task-status/proxy';
import { taskCommands } from './task-commands.mjs';

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
 * Serves the built application, the list of its tasks, the proxy for their status and results, and the
 * routes that start and stop a task.
 *
 * @param {object} options
 * @param {string} options.folder where the application was built to
 * @param {string} options.upstream the task API's origin
 * @param {string} options.apiKey
 * @param {import('./fake-tasks.mjs').Task[]} options.tasks the list of tasks; started ones are added
 * @param {number} [options.port] 0 for a free one
 * @returns {Promise<import('node:http').Server>}
 */
export async function serve({ folder, upstream, apiKey, tasks, port = 0 }) {
  const proxy = nodeHandler(
    taskStatusProxy({
      basePath: '/api/v1',
      api: { ...browserUseV1, baseUrl: `${upstream}/api/v1` },
      apiKey,
      // with spaces: there is a page for an id that the API refuses
      taskId: /[\w -]+/,
      results: true,
      // if tasks belong to users, `authorize` checks here who sends the request
      onError: (error) => console.error(error),
    }),
  );

  const commands = nodeHandler(taskCommands({ upstream, apiKey, tasks }));

  /** @type {(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => Promise<void>} */
  const answer = async (request, response) => {
    const { pathname } = new URL(request.url ?? '/', 'http://localhost');
    if (request.method !== 'GET') {
      response.writeHead(405).end();
    } else if (pathname === '/api/tasks') {
      response.writeHead(200, { 'content-type': 'application/json', 'cache-control': 'no-store' });
      response.end(JSON.stringify(tasks));
    } else if (pathname.startsWith('/api/')) {
      response.writeHead(404).end();
    } else {
      const file = TYPES[extname(pathname)] ? pathname : 'index.html'; // a view of the application
      response.setHeader('content-type', TYPES[extname(file)] ?? '');
      response.end(await readFile(join(folder, file)));
    }
  };

  const server = createServer((request, response) => {
    response.setHeader('content-security-policy', POLICY);
    response.setHeader('x-content-type-options', 'nosniff');
    response.setHeader('referrer-policy', 'no-referrer');
    proxy(request, response, () =>
      commands(request, response, () => {
        answer(request, response).catch(() => {
          if (!response.headersSent) response.writeHead(404);
          response.end();
        });
      }),
    );
  });
  await new Promise((resolve) => server.listen(port, '127.0.0.1', () => resolve(undefined)));
  return server;
}
