import { fork, type ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import { fileURLToPath } from 'node:url';
import type { FleetStats } from 'rxjs-task-status/fleet';

/** The settings of a worker of the fault run. */
export interface WorkerSettings {
  readonly name: string;
  readonly redisPort: number;
  readonly baseUrl: string;
  readonly concurrency: number;
  readonly lockDuration: number;
  readonly requestsPerSecond: number;
  readonly maxAge: number;
}

/** What a worker reports. */
export type WorkerMessage =
  | { readonly type: 'read'; readonly answer: number }
  | { readonly type: 'claimed'; readonly taskId: string }
  | { readonly type: 'log'; readonly line: string }
  | { readonly type: 'stats'; readonly stats: FleetStats; readonly clock: number };

const PROGRAM = fileURLToPath(new URL('../programs/fault-worker.ts', import.meta.url));

/** The clock of a worker with a slow clock is behind by this, ms. */
export const SLOW_CLOCK = 600_000;

/** A worker in a process of its own. */
export interface FleetProcess {
  readonly name: string;
  readonly isSlow: boolean;
  readonly child: ChildProcess;
  readonly log: readonly string[];
  /** How often it has claimed each task. */
  readonly claims: ReadonlyMap<string, number>;
  /** The latest stats. */
  stats(): FleetStats | undefined;
  /** How far its clock was behind when it last reported, ms. */
  clockLag(): number;
  /** The exit code. */
  readonly exited: Promise<number | null>;
}

/** The workers of the fault run. */
export class Workers {
  /** Those that are running. A frozen one is not in it. */
  readonly running = new Set<FleetProcess>();
  /** What the workers wrote to stderr. */
  readonly stderr: string[] = [];
  /** The logs of all workers. */
  readonly log: string[] = [];
  readonly #settings: Omit<WorkerSettings, 'name'>;
  readonly #onRead: (answer: number) => void;
  readonly #all: ChildProcess[] = [];
  #count = 0;

  constructor(settings: Omit<WorkerSettings, 'name'>, onRead: (answer: number) => void) {
    this.#settings = settings;
    this.#onRead = onRead;
  }

  /** Starts a worker. */
  add(isSlow: boolean): FleetProcess {
    this.#count += 1;
    const name = `worker-${this.#count}`;
    const child = fork(PROGRAM, [JSON.stringify({ ...this.#settings, name })], {
      execArgv: ['--import', 'tsx'],
      stdio: ['ignore', 'ignore', 'pipe', 'ipc'],
      env: { ...process.env, CLOCK_OFFSET: isSlow ? String(-SLOW_CLOCK) : '0' },
    });
    const log: string[] = [];
    const claims = new Map<string, number>();
    let stats: FleetStats | undefined;
    let lag = 0;
    child.stderr?.on('data', (chunk) => this.stderr.push(String(chunk)));
    child.on('message', (message: WorkerMessage) => {
      if (message.type === 'read') this.#onRead(message.answer);
      else if (message.type === 'claimed') {
        claims.set(message.taskId, (claims.get(message.taskId) ?? 0) + 1);
      } else if (message.type === 'log') {
        log.push(message.line);
        this.log.push(`${name}: ${message.line}`);
      } else {
        ({ stats } = message);
        lag = Date.now() - message.clock;
      }
    });
    const exited = once(child, 'exit').then(() => child.exitCode);
    const latest = { stats: () => stats, clockLag: () => lag };
    const worker = { name, isSlow, child, log, claims, ...latest, exited };
    this.running.add(worker);
    this.#all.push(child);
    return worker;
  }

  /** Takes a worker out, and starts another one in its place. */
  replace(worker: FleetProcess): void {
    this.running.delete(worker);
    this.add(worker.isSlow);
  }

  /** Kills all workers that are left. */
  kill(): void {
    for (const child of this.#all) child.kill('SIGKILL');
  }
}
