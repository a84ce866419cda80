import type { Redis } from 'ioredis';
import type { TaskPoll } from 'rxjs-task-status';

import { FIRST_PROBE_DELAY, type Admission } from './admission.js';
import type { FleetKeys } from './keys.js';
import type { ThrottledLogger } from './logger.js';
import type { RedisRetry } from './redis-retry.js';
import { HOLD, PAUSE, RESUME } from './scripts.js';

/** The hold after a 429 without `Retry-After`, ms. */
const DEFAULT_HOLD = 5_000;

/** The longest hold: 100 years, ms. The scripts cannot return a number above 2 ** 63. */
const MAX_HOLD = 3_155_760_000_000;

/** What an answer says about the requests of the whole fleet. */
export type Verdict =
  | { readonly type: 'hold'; readonly ms: number }
  | { readonly type: 'pause' }
  | { readonly type: 'resume' }
  | { readonly type: 'nothing' };

/**
 * What an answer says about the requests of the whole fleet.
 *
 * A failure with `Retry-After`, and any 429, holds them. A rejected key pauses them. An answer that only
 * a valid key gets ends the pause.
 */
export function verdictOf({ error }: TaskPoll<string>): Verdict {
  if (!error) return { type: 'resume' };
  if (error.code === 'unauthorized') return { type: 'pause' };
  const retryAfter = 'retryAfter' in error ? Number(error.retryAfter) : undefined;
  const isRateLimited = error.code === 'rate-limited';
  if (isRateLimited || retryAfter !== undefined) {
    return { type: 'hold', ms: retryAfter ?? DEFAULT_HOLD };
  }
  return ['not-found', 'invalid', 'unexpected-response'].includes(error.code)
    ? { type: 'resume' }
    : { type: 'nothing' };
}

/** Holds and pauses the requests of the whole fleet. */
export class Gate {
  readonly #redis: Redis;
  readonly #keys: FleetKeys;
  readonly #retry: RedisRetry;
  readonly #log: ThrottledLogger;
  readonly #admission: Pick<Admission, 'state'>;

  constructor(options: {
    readonly redis: Redis;
    readonly keys: FleetKeys;
    readonly retry: RedisRetry;
    readonly log: ThrottledLogger;
    readonly admission: Pick<Admission, 'state'>;
  }) {
    this.#redis = options.redis;
    this.#keys = options.keys;
    this.#retry = options.retry;
    this.#log = options.log;
    this.#admission = options.admission;
  }

  /**
   * Does what an answer asks for.
   *
   * @param age how long ago its request was sent, ms
   */
  async onPoll(poll: TaskPoll<string>, age: number): Promise<void> {
    const verdict = verdictOf(poll);
    if (verdict.type === 'hold') await this.#hold(Math.min(verdict.ms, MAX_HOLD));
    else if (verdict.type === 'pause') await this.#pause(age, String(poll.error?.message));
    else if (verdict.type === 'resume' && this.#admission.state === 'paused') {
      await this.#resume(age);
    }
  }

  async #hold(ms: number): Promise<void> {
    if (ms === 0) return;
    const isLonger = await this.#retry.run(() => HOLD.run(this.#redis, [this.#keys.gate], [ms]));
    if (isLonger === 1) {
      this.#log.warn('hold', `The server asks to wait: no request for ${Math.round(ms / 1_000)} s`);
    }
  }

  async #pause(age: number, message: string): Promise<void> {
    const values = [age, FIRST_PROBE_DELAY];
    const isNew = await this.#retry.run(() => PAUSE.run(this.#redis, [this.#keys.gate], values));
    if (isNew !== 1) return;
    this.#log.log(
      'error',
      `${message}. The fleet is paused; one request is tried from time to time`,
    );
  }

  async #resume(age: number): Promise<void> {
    const ended = await this.#retry.run(() => RESUME.run(this.#redis, [this.#keys.gate], [age]));
    if (ended === 1) this.#log.log('info', 'The API key is accepted again. The fleet continues');
  }
}
