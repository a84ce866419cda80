// Watches a task for each server: suspend.ts <JSON of SuspendedWatch[]>. Prints a JSON line for each
// event. After SIGUSR2 it handles no events until it has been stopped for more than 5 s.
import { writeSync } from 'node:fs';
import { Agent } from 'node:http';
import crossFetch from 'cross-fetch';
import { type FetchLike, taskPolls$ } from 'rxjs-task-status';

/** A watch of the program, and what it watches with. */
export interface SuspendedWatch {
  readonly name: string;
  readonly baseUrl: string;
  readonly client: 'fetch' | 'cross-fetch';
  readonly timeout: number;
  readonly requestTimeout: number;
  readonly initialDelay: number;
}

/** A line that the program prints. */
export interface SuspendedEvent {
  readonly name: string;
  /** A status, the code of an error, or `complete`. */
  readonly event: string;
}

process.on('SIGUSR2', () => {
  // what follows this phase of the event loop is timers, and only then sockets
  setImmediate(() => {
    const cell = new Int32Array(new SharedArrayBuffer(4));
    let last = performance.now();
    let passed = 0;
    writeSync(1, 'blocked\n');
    while (passed < 5_000) {
      Atomics.wait(cell, 0, 0, 10);
      const now = performance.now();
      passed = now - last;
      last = now;
    }
  });
});

// without an agent, cross-fetch closes each connection
const agent = new Agent({ keepAlive: true });
const withAgent: FetchLike = (url, init) =>
  crossFetch(url, { ...init, agent } as unknown as RequestInit);

const watches = JSON.parse(process.argv[2] ?? '[]') as SuspendedWatch[];
for (const { name, client, baseUrl, timeout, requestTimeout, initialDelay } of watches) {
  const print = (event: string): void => {
    process.stdout.write(`${JSON.stringify({ name, event } satisfies SuspendedEvent)}\n`);
  };
  taskPolls$('task_1', {
    baseUrl,
    timeout,
    requestTimeout,
    backoff: { initialDelay },
    ...(client === 'fetch' ? {} : { fetch: withAgent }),
  }).subscribe({
    next: ({ status, error }) => print(status ?? error.code),
    error: (error: unknown) => print(`error: ${String(error)}`),
    complete: () => print('complete'),
  });
}
