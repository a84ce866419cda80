import { createHash } from 'node:crypto';
import type { Redis } from 'ioredis';

import { messageOf } from './message-of.js';

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
