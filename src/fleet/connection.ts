import { Redis, type RedisOptions } from 'ioredis';
import { asyncScheduler } from 'rxjs';

/** ioredis options, also those for Sentinel, or an ioredis instance. Not a `Cluster`. */
export type FleetConnection = Redis | RedisOptions;

/** A connection, and how to end it. */
export interface OpenConnection {
  readonly redis: Redis;
  /** Closes the connection, unless it is the caller's. */
  close(): void;
}

/**
 * What a connection is for.
 *
 * - `worker`: its commands wait for Redis, however long it is away
 * - `reader`: the same, and its commands block the connection
 * - `call`: its commands fail after some tries
 */
export type ConnectionUse = 'worker' | 'reader' | 'call';

/** The longest delay before a connection is tried again, ms. */
const MAX_RECONNECT_DELAY = 2_000;

/** A connection to a read-only server is made again at most this often, ms. */
const RECONNECT_INTERVAL = 1_000;

/**
 * A connection without a reply for this long is made again, ms: the machine of Redis may be gone, and
 * nothing has closed the connection. Longer than any command blocks.
 */
const REPLY_LIMIT = 30_000;

/** How often a command of a `call` is tried. */
const CALL_RETRIES = 20;

/**
 * Opens a connection.
 *
 * An instance is used as it is if its options fit, else it is duplicated.
 */
export function openConnection(
  connection: FleetConnection,
  use: ConnectionUse,
  onError: (error: Error) => void,
): OpenConnection {
  checkConnection(connection);
  const maxRetriesPerRequest = use === 'call' ? CALL_RETRIES : null;
  if (isRedis(connection)) {
    const isPatient = connection.options.maxRetriesPerRequest === null;
    if (use === 'call' || (use === 'worker' && isPatient)) {
      return { redis: connection, close: () => undefined };
    }
  }
  const redis = isRedis(connection)
    ? connection.duplicate({ maxRetriesPerRequest })
    : new Redis({
        retryStrategy: (times) => Math.min(250 * times, MAX_RECONNECT_DELAY),
        reconnectOnError: reconnectIfReadOnly(),
        socketTimeout: REPLY_LIMIT,
        ...connection,
        maxRetriesPerRequest,
        replyMapping: 'legacy',
      });
  redis.on('error', onError);
  return { redis, close: () => redis.disconnect() };
}

/** Connects again to a read-only server: after a failover the address may belong to the new master. */
function reconnectIfReadOnly(): (error: Error) => boolean {
  let reconnectedAt = -Infinity;
  return ({ message }) => {
    if (!message.startsWith('READONLY')) return false;
    const now = asyncScheduler.now();
    // every pending command fails, and each would close the connection
    if (Math.abs(now - reconnectedAt) < RECONNECT_INTERVAL) return false;
    reconnectedAt = now;
    return true;
  };
}

/** Throws a TypeError for a connection that cannot work. */
export function checkConnection(connection: unknown): asserts connection is FleetConnection {
  if (typeof connection !== 'object' || connection === null || Array.isArray(connection)) {
    throw new TypeError(
      'connection must be ioredis options or an ioredis instance; for a URL write new Redis(url, { maxRetriesPerRequest: null })',
    );
  }
  const options: object = isRedis(connection) ? connection.options : connection;
  if ('keyPrefix' in options && options.keyPrefix) {
    throw new TypeError('connection has a keyPrefix, which BullMQ does not support; use prefix');
  }
}

/** Whether it is an instance. Not instanceof: it may come from another copy of ioredis. */
function isRedis(connection: object): connection is Redis {
  return 'duplicate' in connection && typeof connection.duplicate === 'function';
}
