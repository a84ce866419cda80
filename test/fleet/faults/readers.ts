import type { ChildProcess } from 'node:child_process';
import { fileURLToPath } from 'node:url';
import type { Subscription } from 'rxjs';
import { changes$, type FleetChange } from 'rxjs-task-status/fleet';
import { startProgram } from '../../support/run-program.js';

/** What a consumer has received. */
class Deliveries {
  /** The changes, without repetitions. */
  readonly changes: FleetChange[] = [];
  /** How many changes came again. */
  repeated = 0;
  readonly #keys = new Set<string>();
  readonly #words = new Map<string, string[]>();

  add(change: FleetChange): void {
    if (this.#keys.has(change.key)) {
      this.repeated += 1;
      return;
    }
    this.#keys.add(change.key);
    this.changes.push(change);
    const words = this.#words.get(change.taskId) ?? [];
    this.#words.set(change.taskId, words);
    words.push(change.status ?? change.error);
  }

  get count(): number {
    return this.changes.length;
  }

  /** The words of a task, in order. */
  wordsOf(taskId: string): readonly string[] {
    return this.#words.get(taskId) ?? [];
  }
}

/** A consumer in this process. */
export class LocalReader {
  readonly deliveries = new Deliveries();
  /** The error that ended it. */
  error: unknown;
  readonly #port: number;
  readonly #consumer: string;
  #subscription: Subscription | undefined;

  constructor(port: number, consumer: string) {
    this.#port = port;
    this.#consumer = consumer;
  }

  start(from?: string): void {
    const connection = { host: '127.0.0.1', port: this.#port };
    this.#subscription = changes$(connection, { consumer: this.#consumer, from }).subscribe({
      next: (change) => this.deliveries.add(change),
      error: (error: unknown) => {
        this.error = error;
      },
    });
  }

  stop(): void {
    this.#subscription?.unsubscribe();
  }
}

const PROGRAM = fileURLToPath(new URL('../../../docs/examples/fleet/changes.ts', import.meta.url));

/** A consumer in a process of its own: the program of the documentation. */
export class ReaderProcess {
  readonly deliveries = new Deliveries();
  readonly #port: number;
  #child: ChildProcess | undefined;
  #ended: Promise<unknown> | undefined;

  constructor(port: number) {
    this.#port = port;
  }

  start(): void {
    const env = { REDIS_URL: `redis://127.0.0.1:${this.#port}` };
    const { child, output, ended } = startProgram(PROGRAM, ['printer'], env, 30 * 60_000);
    output.on('line', (line) => this.deliveries.add(JSON.parse(line) as FleetChange));
    this.#child = child;
    this.#ended = ended;
  }

  async kill(signal: NodeJS.Signals): Promise<void> {
    this.#child?.kill(signal);
    await this.#ended;
  }
}
