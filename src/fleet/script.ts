import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

import { messageOf } from './message-of.js';

/**
 * The start of a script that needs the time. All scripts use the clock of Redis, because the clocks of the
 * workers may differ.
 */
export const NOW = `
  local time = redis.call('TIME')
  local micros = time[1] * 1000000 + time[2]
  local now = math.floor(micros / 1000)
  local function text(number) return string.format('%.0f', number) end
`;

/** A Lua script that Redis runs atomically. Its text is sent only if the server does not have it yet. */
export class Script {
  readonly #text: string;
  readonly #hash: string;

  constructor(text: string) {
    this.#text = text;
    this.#hash = createHash('sha1').update(text).digest('hex');
  }

  /** Runs the script. Rejects with any error of Redis. */
  async run(
    redis: Redis,
    keys: readonly string[],
    values: readonly (string | number)[] = [],
  ): Promise<unknown> {
    try {
      return await redis.evalsha(this.#hash, keys.length, ...keys, ...values);
    } catch (error) {
      // a server that was restarted has forgotten the script
      if (!messageOf(error).startsWith('NOSCRIPT')) throw error;
      return redis.eval(this.#text, keys.length, ...keys, ...values);
    }
  }

  /** Runs a script that returns a list. */
  async list(...script: Parameters<Script['run']>): Promise<readonly unknown[]> {
    const empty: readonly unknown[] = [];
    return empty.concat(await this.run(...script));
  }
}
