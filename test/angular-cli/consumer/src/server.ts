import {
  AngularNodeAppEngine,
  createNodeRequestHandler,
  isMainModule,
  writeResponseToNodeResponse,
} from '@angular/ssr/node';
import { readFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import { extname, join } from 'node:path';

const engine = new AngularNodeAppEngine();
const files = join(import.meta.dirname, '../browser');

export const reqHandler = createNodeRequestHandler(async (request, response) => {
  const { pathname } = new URL(request.url ?? '/', 'http://localhost');
  if (pathname.startsWith('/api/')) {
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    try {
      const answer = await fetch(process.env['TASK_UPSTREAM'] + pathname, {
        headers: { 'user-agent': request.headers['user-agent'] ?? '' },
        signal: gone.signal,
      });
      response.writeHead(answer.status, { 'content-type': 'application/json' });
      response.end(await answer.text());
    } catch {
      response.destroy();
    }
  } else if (extname(pathname) === '.js') {
    response.setHeader('content-type', 'text/javascript');
    response.end(await readFile(join(files, pathname)));
  } else {
    const page = await engine.handle(request);
    if (page) await writeResponseToNodeResponse(page, response);
    else response.writeHead(404).end();
  }
});

if (isMainModule(import.meta.url)) {
  const server = createServer((request, response) => {
    Promise.resolve(reqHandler(request, response)).catch((error: unknown) => {
      console.error(error);
      response.destroy();
    });
  });
  server.listen(Number(process.env['PORT']), 'localhost', () => {
    const address = server.address();
    if (address === null || typeof address === 'string') throw new Error('The server has no port');
    // before the first page, because the server's configuration reads it
    process.env['PORT'] = String(address.port);
    console.log(`http://localhost:${address.port}`);
  });
}
