// A worker of the fleet, with probes and metrics over HTTP. It hands its tasks over on SIGTERM. Any number
// of workers can run, on any number of machines.
// REDIS_URL=… BROWSER_USE_API_KEY=… node --import tsx docs/examples/fleet/worker.ts
import { createServer } from 'node:http';
import { collectDefaultMetrics, Gauge, Registry } from 'prom-client';
import { createFleetWorker } from 'rxjs-task-status/fleet';
import { learnedDelay } from 'rxjs-task-status/learned';
import { api, connection, number } from './settings.js';

const { FLEET_DEBUG, FLEET_LEARNED, FLEET_MAX_AGE, PORT = '9464' } = process.env;

const worker = createFleetWorker({
  connection,
  watch: {
    ...api,
    notFoundGrace: 60_000,
    ...(FLEET_LEARNED && { backoff: { maxDelay: 60_000 } }),
  },
  ...(FLEET_LEARNED && { learned: learnedDelay() }),
  limit: { requestsPerSecond: number('FLEET_REQUESTS_PER_SECOND', 20) },
  concurrency: number('FLEET_CONCURRENCY', 500),
  lockDuration: number('FLEET_LOCK_DURATION', 30_000),
  maxAge: FLEET_MAX_AGE === undefined ? Infinity : number('FLEET_MAX_AGE', 1),
  ...(FLEET_DEBUG && { logger: console }),
});

const registry = new Registry();
collectDefaultMetrics({ register: registry });
const HELP = {
  watching: 'tasks that this worker watches',
  waiting: 'tasks of the fleet that wait for a slot',
  failing: 'tasks whose latest answer was a failure',
  queued: 'requests that wait for Redis, the limit, a hold or a pause',
  inFlight: 'requests in flight',
  requests: 'requests since the start',
  errors: 'failed requests since the start',
  unpublished: 'changes that Redis has not accepted yet',
  published: 'published changes since the start',
  lost: 'tasks that other workers have taken over since the start',
  paused: '1 while the API key is rejected',
  heldUntil: 'when the requests may be sent again that the server asked to hold',
  lastAnswerAt: 'the time of the last good answer',
} as const;
for (const name of Object.keys(HELP) as (keyof typeof HELP)[]) {
  const gauge: Gauge = new Gauge({
    name: `fleet_${name.replace(/[A-Z]/g, (letter) => `_${letter.toLowerCase()}`)}`,
    help: HELP[name],
    registers: [registry],
    collect: () => gauge.set(Number(worker.stats()[name] ?? 0)),
  });
}

let stopping = false;

const server = createServer((request, response) => {
  if (request.url === '/live') response.end('live');
  else if (request.url === '/ready') {
    // not ready: it is stopping, or Redis does not take its changes
    const isReady = !stopping && worker.stats().unpublished < 100;
    response.writeHead(isReady ? 200 : 503).end(isReady ? 'ready' : 'not ready');
  } else if (request.url === '/metrics') {
    void registry.metrics().then((text) => {
      response.writeHead(200, { 'content-type': registry.contentType }).end(text);
    });
  } else response.writeHead(404).end();
}).listen(Number(PORT), () => console.log('started'));

for (const signal of ['SIGTERM', 'SIGINT'] as const) process.once(signal, () => void stop());

async function stop(): Promise<void> {
  stopping = true;
  await worker.stop();
  server.close();
  console.log('handed over');
}
