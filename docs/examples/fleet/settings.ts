// The settings of the fleet, from environment variables.
import type { RedisOptions } from 'ioredis';

const {
  REDIS_URL = 'redis://127.0.0.1:6379',
  BROWSER_USE_API_KEY: apiKey,
  BROWSER_USE_BASE_URL: baseUrl,
} = process.env;

/** Options for `taskStatus$`: the API's URL and the key. */
export const api = { apiKey, baseUrl };

/** Options for ioredis. `rediss:` is Redis over TLS. */
export const connection = optionsOf(new URL(REDIS_URL));

/** A number from an environment variable. */
export function number(name: string, fallback: number): number {
  const value = Number(process.env[name] ?? fallback);
  if (!(value > 0)) throw new RangeError(`${name} must be a number above 0, got ${value}`);
  return value;
}

function optionsOf({ hostname, port, username, password, protocol }: URL): RedisOptions {
  return {
    host: hostname,
    port: Number(port || 6379),
    ...(username && { username: decodeURIComponent(username) }),
    ...(password && { password: decodeURIComponent(password) }),
    ...(protocol === 'rediss:' && { tls: {} }),
  };
}
