import { firstValueFrom, Subject, takeUntil, timer, type SchedulerLike } from 'rxjs';

import type { ThrottledLogger } from './logger.js';
import { messageOf } from './message-of.js';

/** The delays between tries, ms. */
const FIRST_DELAY = 100;
const MAX_DELAY = 2_000;

/** Repeats commands until Redis accepts them: it may be full, read-only, loading or away. */
export class RedisRetry {
  readonly #scheduler: SchedulerLike;
  readonly #closed$ = new Subject<void>();
  readonly #log: ThrottledLogger;
  #closed = false;

  constructor(scheduler: SchedulerLike, log: ThrottledLogger) {
    this.#scheduler = scheduler;
    this.#log = log;
  }

  /** From now on commands are not repeated. */
  close(): void {
    this.#closed = true;
    this.#closed$.next();
  }

  /** Runs a command until it succeeds. Rejects only after the close, with the last error. */
  async run<T>(command: () => Promise<T>): Promise<T> {
    for (let delay = FIRST_DELAY; ; delay = Math.min(2 * delay, MAX_DELAY)) {
      try {
        return await command();
      } catch (error) {
        if (this.#closed) throw error;
        const message = messageOf(error);
        const [code = ''] = message.split(' ');
        this.#log.warn(`redis ${code}`, `Redis refused a command, which is repeated: ${message}`);
      }
      await this.sleep(delay);
    }
  }

  /** Waits; not beyond the close. */
  async sleep(ms: number): Promise<void> {
    await firstValueFrom(timer(ms, this.#scheduler).pipe(takeUntil(this.#closed$)), {
      defaultValue: 0,
    });
  }
}
