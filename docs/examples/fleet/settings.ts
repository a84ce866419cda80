// What the fleet's programs are told through the environment.
import { Redis } from 'ioredis';

const {
  REDIS_URL = 'redis://127.0.0.1:6379',
  BROWSER_USE_API_KEY: apiKey,
  BROWSER_USE_BASE_URL: baseUrl,
} = process.env;

/** For `taskStatus$`: where the API is, and the key. */
export const api = { apiKey, baseUrl };

/** The name of the queue of tasks. */
export const QUEUE = 'tasks';

/** Before every key; in braces, so that a Redis cluster keeps them in one place. */
export const PREFIX = '{fleet}';

export const settings = {
  /** How many requests may leave in a second, over all workers: the same for each of them. */
  requestsPerSecond: number('FLEET_REQUESTS_PER_SECOND', 20),
  /** How many tasks one worker watches at most. */
  concurrency: number('FLEET_CONCURRENCY', 500),
  /** How long a worker may be out of touch before its tasks are given to others, ms. */
  lockDuration: number('FLEET_LOCK_DURATION', 30_000),
  /** How often it is looked for such tasks, ms. */
  stalledInterval: number('FLEET_STALLED_INTERVAL', 15_000),
};

/** A connection that waits for Redis to come back, however long that takes. */
export function connect(): Redis {
  const redis = new Redis(REDIS_URL, { maxRetriesPerRequest: null });
  // it connects again by itself
  redis.on('error', ({ message }) => console.error(`Redis: ${message}`));
  return redis;
}

function number(name: string, fallback: number): number {
  const value = Number(process.env[name] ?? fallback);
  if (!(value > 0)) throw new RangeError(`${name} must be a number above 0, got ${String(value)}`);
  return value;
}
