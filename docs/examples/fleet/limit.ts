import { setTimeout } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { StatusTransport } from 'rxjs-task-status';
import { PREFIX } from './settings.js';

// The clock of Redis, because the clocks of the workers may differ.
const NOW = `
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

// Takes the next free slot. Slots are ARGV[1] ms apart and start after a cooldown. Returns the delay, ms.
const TAKE_SLOT = `${NOW}
  local free = tonumber(redis.call('GET', KEYS[1]) or 0)
  local cooldown = tonumber(redis.call('GET', KEYS[2]) or 0)
  local slot = math.max(now, free, cooldown)
  redis.call('SET', KEYS[1], string.format('%.3f', slot + ARGV[1]), 'PX', math.ceil(slot - now) + 60000)
  return math.ceil(slot - now)
`;

// Starts a cooldown of ARGV[1] ms. It does not shorten a longer one.
const START_COOLDOWN = `${NOW}
  local cooldown = tonumber(redis.call('GET', KEYS[1]) or 0)
  if now + ARGV[1] > cooldown then
    redis.call('SET', KEYS[1], now + ARGV[1], 'PX', ARGV[1])
  end
`;

const SLOT_KEY = `${PREFIX}:slot`;
const COOLDOWN_KEY = `${PREFIX}:cooldown`;

/** A request that misses its slot by more than this takes another slot, ms. */
const MAX_LATENESS = 1_000;

/** The cooldown after a 429 without `Retry-After`, ms, and the longest cooldown. */
const DEFAULT_COOLDOWN = 5_000;
const MAX_COOLDOWN = 300_000;

/**
 * Limits the requests of all workers: they are sent one after the other, and a 429, or a 503 with
 * `Retry-After`, starts a cooldown for all of them.
 *
 * A request that is up to a second late for its slot is still sent. So on a busy machine a single second
 * may have more requests than the limit, but the average does not.
 */
export function limited(
  redis: Redis,
  requestsPerSecond: number,
  transport: StatusTransport,
): StatusTransport {
  return async (request) => {
    await waitForSlot(redis, 1_000 / requestsPerSecond, request.signal);
    const response = await transport(request);
    if ('subscribe' in response)
      throw new TypeError('limited() needs a transport that returns a promise');
    const { status, headers } = response;
    const retryAfter = typeof headers.get === 'function' ? headers.get('retry-after') : null;
    if (status === 429 || (status === 503 && retryAfter !== null)) {
      await redis.eval(START_COOLDOWN, 1, COOLDOWN_KEY, cooldownOf(retryAfter));
    }
    return response;
  };
}

async function waitForSlot(redis: Redis, interval: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    const startedAt = performance.now();
    const wait = Number(await redis.eval(TAKE_SLOT, 2, SLOT_KEY, COOLDOWN_KEY, interval));
    if (wait > 0) await setTimeout(wait, undefined, { signal });
    const isCooldown = wait > 0 && (await redis.exists(COOLDOWN_KEY)) > 0;
    // too late if Redis was down or the process was suspended: all waiting requests would be sent at once
    if (!isCooldown && performance.now() - startedAt - wait < MAX_LATENESS) return;
  }
}

/** `Retry-After` (seconds or a date) in whole ms. */
function cooldownOf(retryAfter: string | null): number {
  const ms = Number(retryAfter) * 1_000 || Date.parse(retryAfter ?? '') - Date.now();
  return ms > 0 ? Math.min(Math.ceil(ms), MAX_COOLDOWN) : DEFAULT_COOLDOWN;
}
