// Metrics of a pool for Prometheus, at http://127.0.0.1:9464/metrics until SIGTERM.
// PORT=9464 node --import tsx docs/examples/node/prometheus.ts <task-id...>
import { once } from 'node:events';
import { createServer } from 'node:http';
import { Registry } from 'prom-client';
import { createTaskStatusPool } from 'rxjs-task-status';
import { collectPolls } from './poll-prometheus.js';
import { options } from './run-task.js';

const registry = new Registry();
const pool = createTaskStatusPool(options);
collectPolls(pool, registry);

const server = createServer((request, response) => {
  if (request.method !== 'GET' || request.url !== '/metrics') {
    response.writeHead(404).end();
    return;
  }
  registry.metrics().then(
    (text) => response.setHeader('Content-Type', registry.contentType).end(text),
    (error: unknown) => response.writeHead(500).end(String(error)),
  );
});
await once(server.listen(Number(process.env['PORT'] ?? 9464), '127.0.0.1'), 'listening');
console.log('listening', JSON.stringify(server.address()));

pool.statuses$(process.argv.slice(2)).subscribe({
  next: ({ taskId, status, error }) => console.log(taskId, status ?? String(error)),
  complete: () => console.log('all tasks have ended'),
});
process.once('SIGTERM', () => {
  pool.close();
  server.close();
  server.closeAllConnections();
});
