import { setTimeout } from 'node:timers/promises';
import type { Redis } from 'ioredis';
import type { StatusTransport } from 'rxjs-task-status';
import { PREFIX } from './settings.js';

// Redis' own clock, so that those of the workers need not agree.
const NOW = `
  local time = redis.call('TIME')
  local now = time[1] * 1000 + math.floor(time[2] / 1000)
`;

// Gives the next free slot away; all slots lie ARGV[1] ms apart and after a hold. Returns the wait, ms.
const TAKE_SLOT = `${NOW}
  local free = tonumber(redis.call('GET', KEYS[1]) or 0)
  local held = tonumber(redis.call('GET', KEYS[2]) or 0)
  local slot = math.max(now, free, held)
  redis.call('SET', KEYS[1], string.format('%.3f', slot + ARGV[1]), 'PX', math.ceil(slot - now) + 60000)
  return math.ceil(slot - now)
`;

// Holds every slot for ARGV[1] ms from now; a longer hold that is on stays.
const HOLD = `${NOW}
  local held = tonumber(redis.call('GET', KEYS[1]) or 0)
  if now + ARGV[1] > held then
    redis.call('SET', KEYS[1], now + ARGV[1], 'PX', ARGV[1])
  end
`;

const SLOT_KEY = `${PREFIX}:slot`;
const HOLD_KEY = `${PREFIX}:hold`;

/** A slot that was missed by more than this is given up, ms. */
const LATE = 1_000;

/** How long a 429 holds that does not say, ms; and the longest that one may ask for. */
const DEFAULT_HOLD = 5_000;
const LONGEST_HOLD = 300_000;

/**
 * Lets the requests of all workers leave one after the other, and none while the server wants none: a
 * 429, or a 503 with `Retry-After`, holds them all.
 *
 * A request that is late for its slot leaves all the same, up to a second: on a busy machine a single
 * second may see more than the limit; the run of them does not.
 */
export function limited(
  redis: Redis,
  requestsPerSecond: number,
  transport: StatusTransport,
): StatusTransport {
  return async (request) => {
    await pass(redis, 1_000 / requestsPerSecond, request.signal);
    const response = await transport(request);
    if ('subscribe' in response) throw new TypeError('limited() takes a transport with promises');
    const { status, headers } = response;
    const retryAfter = typeof headers.get === 'function' ? headers.get('retry-after') : null;
    if (status === 429 || (status === 503 && retryAfter !== null)) {
      await redis.eval(HOLD, 1, HOLD_KEY, holdFor(retryAfter));
    }
    return response;
  };
}

async function pass(redis: Redis, interval: number, signal: AbortSignal): Promise<void> {
  for (;;) {
    const asked = performance.now();
    const wait = Number(await redis.eval(TAKE_SLOT, 2, SLOT_KEY, HOLD_KEY, interval));
    if (wait > 0) await setTimeout(wait, undefined, { signal });
    const held = wait > 0 && (await redis.exists(HOLD_KEY)) > 0;
    // late where Redis was away, or the process stood still: all that waited would leave at once
    if (!held && performance.now() - asked - wait < LATE) return;
  }
}

/** `Retry-After` in whole ms: seconds, or a date. */
function holdFor(retryAfter: string | null): number {
  const ms = Number(retryAfter) * 1_000 || Date.parse(retryAfter ?? '') - Date.now();
  return ms > 0 ? Math.min(Math.ceil(ms), LONGEST_HOLD) : DEFAULT_HOLD;
}
