import { Redis } from 'ioredis';
import { toArray, takeUntil, timer, firstValueFrom, type Observable } from 'rxjs';
import type { StatusResponse, StatusTransport } from 'rxjs-task-status';
import {
  changes$,
  createFleetWorker,
  type FleetChange,
  type FleetLogger,
  type FleetWorker,
  type FleetWorkerOptions,
} from 'rxjs-task-status/fleet';
import { afterAll, afterEach, beforeAll, beforeEach } from 'vitest';
import { RedisServer } from '../support/redis-server.js';

/** An answer of the API: a status, or the parts of a response. */
export type Answer = string | { status: number; body?: string; headers?: Record<string, string> };

/** A task API in memory whose answers depend on the number of requests. */
export interface CountingApi {
  readonly transport: StatusTransport;
  /** The answers of each task, one for each request, then always the last one. */
  readonly scripts: Record<string, readonly Answer[]>;
  /** The tasks that were asked for, in order. */
  readonly requests: string[];
}

export function countingApi(scripts: Record<string, readonly Answer[]>): CountingApi {
  const requests: string[] = [];
  return {
    scripts,
    requests,
    transport: ({ taskId }) => {
      const count = requests.filter((other) => other === taskId).length;
      requests.push(taskId);
      const script = scripts[taskId] ?? [{ status: 404 }];
      return Promise.resolve(responseOf(script[Math.min(count, script.length - 1)]!));
    },
  };
}

export function responseOf(answer: Answer): StatusResponse {
  return typeof answer === 'string'
    ? { status: 200, headers: {}, body: JSON.stringify(answer) }
    : { headers: {}, body: '{}', ...answer };
}

/** A logger that keeps what was logged. */
export function memoryLogger(): FleetLogger & { readonly lines: string[] } {
  const lines: string[] = [];
  const log = (level: string) => (message: string) => void lines.push(`${level} ${message}`);
  return { lines, debug: log('debug'), info: log('info'), warn: log('warn'), error: log('error') };
}

/** Fast delays, so that a test does not take long. */
export const FAST = {
  backoff: { initialDelay: 20, maxDelay: 50, jitter: 0 },
  retry: { initialDelay: 20, maxDelay: 100, jitter: 0 },
} as const;

/** A Redis server for the tests of a file, empty before each of them, and workers that are stopped after it. */
export function useFleet() {
  let server: RedisServer | undefined;
  let client: Redis | undefined;
  const workers: FleetWorker[] = [];
  beforeAll(async () => {
    server = await RedisServer.start();
    client = new Redis(server.url);
    // it connects again
    client.on('error', () => undefined);
  });
  beforeEach(async () => {
    await client?.config('SET', 'maxmemory', '0');
    await client?.flushall();
  });
  afterEach(() => Promise.all(workers.splice(0).map((worker) => worker.stop())));
  afterAll(async () => {
    client?.disconnect();
    await server?.stop();
  });
  const connection = () => ({ port: Number(new URL(server!.url).port) });
  return {
    get server() {
      return server!;
    },
    get redis() {
      return client!;
    },
    connection,
    worker(options: Partial<FleetWorkerOptions> = {}): FleetWorker {
      const worker = createFleetWorker({
        connection: connection(),
        watch: {},
        logger: memoryLogger(),
        ...options,
      });
      workers.push(worker);
      return worker;
    },
    changes(consumer = 'test'): Observable<FleetChange> {
      return changes$(connection(), { consumer });
    },
    /** What a consumer receives within some time, ms. */
    received(consumer: string, ms = 300): Promise<FleetChange[]> {
      return firstValueFrom(
        changes$(connection(), { consumer }).pipe(takeUntil(timer(ms)), toArray()),
      );
    },
  };
}

/** The status or the error of each change. */
export function wordsOf(changes: readonly FleetChange[]): string[] {
  return changes.map(({ status, error }) => status ?? error);
}
