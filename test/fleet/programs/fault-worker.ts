// A worker of the fault run. It reports the answers that it has read, its stats and its log to its parent.
import './slow-clock.js';
import { fetchTransport } from 'rxjs-task-status';
import { createFleetWorker } from 'rxjs-task-status/fleet';
import type { WorkerMessage, WorkerSettings } from '../faults/workers.js';

const settings = JSON.parse(process.argv[2] ?? '') as WorkerSettings;
const claims = new Map<string, number>();
const transport = fetchTransport();
const tell = (message: WorkerMessage) => {
  if (process.connected) process.send!(message);
};
const log = (line: string) => tell({ type: 'log', line });

const worker = createFleetWorker({
  connection: { host: '127.0.0.1', port: settings.redisPort },
  concurrency: settings.concurrency,
  lockDuration: settings.lockDuration,
  maxAge: settings.maxAge,
  limit: { requestsPerSecond: settings.requestsPerSecond },
  watch: {
    apiKey: 'local-key',
    baseUrl: settings.baseUrl,
    backoff: { initialDelay: 400, factor: 1.3, maxDelay: 2_000 },
    retry: { maxDelay: 2_000 },
    transport: async (request) => {
      const claim = String(claims.get(request.taskId) ?? 0);
      const headers = { ...request.headers, 'x-worker': settings.name, 'x-claim': claim };
      const response = await transport({ ...request, headers });
      if (typeof response.headers.get === 'function') {
        tell({ type: 'read', answer: Number(response.headers.get('x-answer')) });
      }
      return response;
    },
  },
  logger: {
    debug: (line) => {
      const [, taskId] = /claimed (.*)$/.exec(line) ?? [];
      if (taskId === undefined) return;
      claims.set(taskId, (claims.get(taskId) ?? 0) + 1);
      tell({ type: 'claimed', taskId });
    },
    info: log,
    warn: log,
    error: log,
  },
});
worker.stats$.subscribe((stats) => tell({ type: 'stats', stats, clock: Date.now() }));

process.once('SIGTERM', () => {
  void worker.stop().then(() => process.disconnect());
});
// the run has died
process.once('disconnect', () => void worker.stop());
