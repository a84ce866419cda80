import type { SchedulerLike } from 'rxjs';

/** Where a worker logs: `console`, pino, winston and others fit. */
export interface FleetLogger {
  /** For debugging: each task that the worker takes. Optional. */
  debug?(message: string): void;
  /** An event that needs no action, such as the end of a pause. */
  info(message: string): void;
  /** A failure that passes, and an unknown status. */
  warn(message: string): void;
  /** A problem that somebody must fix: a rejected API key. */
  error(message: string): void;
}

/** A message of the same kind is logged at most this often, ms. */
const INTERVAL = 60_000;

/** More kinds than this are forgotten. */
const MAX_KINDS = 1_000;

/** Logs a message of one kind at most once a minute. A failing logger changes nothing. */
export class ThrottledLogger {
  readonly #logger: FleetLogger;
  readonly #scheduler: SchedulerLike;
  readonly #loggedAt = new Map<string, number>();

  constructor(logger: FleetLogger, scheduler: SchedulerLike) {
    this.#logger = logger;
    this.#scheduler = scheduler;
  }

  /** Logs the message each time. */
  log(level: keyof FleetLogger, message: string): void {
    try {
      this.#logger[level]?.(`rxjs-task-status: ${message}`);
    } catch {
      // a logger must not end a task
    }
  }

  /** Warns, unless a message of this kind was logged within the last minute. */
  warn(kind: string, message: string): void {
    const now = this.#scheduler.now();
    const loggedAt = this.#loggedAt.get(kind);
    if (loggedAt !== undefined && Math.abs(now - loggedAt) < INTERVAL) return;
    if (this.#loggedAt.size >= MAX_KINDS) this.#loggedAt.clear();
    this.#loggedAt.set(kind, now);
    this.log('warn', message);
  }
}
