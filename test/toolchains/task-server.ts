import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { readFile } from 'node:fs/promises';
import { extname, join } from 'node:path';

const STATUSES = ['created', 'running', 'finished'];

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html',
  '.js': 'text/javascript',
  '.cjs': 'text/javascript',
  '.mjs': 'text/javascript',
};

/** A task API on a port of this machine, which also serves the pages that poll it. */
export interface TaskServer {
  /** A base URL at which a task is created, running and finished at its first three polls. */
  readonly api: () => string;
  /** Serves a folder, whose pages find an API in TASK_API; gives its URL. */
  readonly serve: (folder: string) => string;
  readonly close: () => void;
}

export async function startTaskServer(): Promise<TaskServer> {
  const polls = new Map<string, number>();
  const folders: string[] = [];

  const server = createServer((request, response) => {
    const [, kind = '', key = '', ...rest] = (request.url ?? '').split('/');
    if (kind === 'api') {
      const poll = polls.get(key) ?? 0;
      polls.set(key, poll + 1);
      response.setHeader('content-type', 'application/json');
      response.end(JSON.stringify(STATUSES[Math.min(poll, STATUSES.length - 1)]));
      return;
    }
    const path = join(folders[Number(key)] ?? '', ...rest);
    response.setHeader('content-type', TYPES[extname(path)] ?? 'text/plain');
    readFile(path, 'utf8').then(
      (content) =>
        response.end(content.replace(/^<!doctype html>/i, (doctype) => doctype + apiScript())),
      () => response.writeHead(404).end(),
    );
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const origin = `http://127.0.0.1:${(server.address() as AddressInfo).port}`;

  let apis = 0;
  const api = (): string => `${origin}/api/${++apis}`;
  const apiScript = (): string => `<script>TASK_API = ${JSON.stringify(api())}</script>`;

  return {
    api,
    serve: (folder) => `${origin}/pages/${folders.push(folder) - 1}`,
    close: () => {
      server.closeAllConnections();
      server.close();
    },
  };
}
