// The settings of the fleet, from environment variables.
import { Redis } from 'ioredis';

const {
  REDIS_URL = 'redis://127.0.0.1:6379',
  BROWSER_USE_API_KEY: apiKey,
  BROWSER_USE_BASE_URL: baseUrl,
} = process.env;

/** Options for `taskStatus$`: the API's URL and the key. */
export const api = { apiKey, baseUrl };

/** The name of the queue of tasks. */
export const QUEUE = 'tasks';

/** The prefix of every key. In braces, so that a Redis cluster keeps all keys on one node. */
export const PREFIX = '{fleet}';

export const settings = {
  /** The request limit of the whole fleet. Every worker must have the same value. */
  requestsPerSecond: number('FLEET_REQUESTS_PER_SECOND', 20),
  /** How many tasks one worker watches at the same time. */
  concurrency: number('FLEET_CONCURRENCY', 500),
  /** How long a worker may lose its connection before other workers get its tasks, ms. */
  lockDuration: number('FLEET_LOCK_DURATION', 30_000),
  /** How often workers check for such tasks, ms. */
  stalledInterval: number('FLEET_STALLED_INTERVAL', 15_000),
};

/** A connection that waits for Redis, however long it is down. */
export function connect(): Redis {
  const redis = new Redis(REDIS_URL, { maxRetriesPerRequest: null });
  // ioredis reconnects by itself
  redis.on('error', ({ message }) => console.error(`Redis: ${message}`));
  return redis;
}

function number(name: string, fallback: number): number {
  const value = Number(process.env[name] ?? fallback);
  if (!(value > 0)) throw new RangeError(`${name} must be a number above 0, got ${String(value)}`);
  return value;
}
