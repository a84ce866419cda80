import type { Redis } from 'ioredis';
import { asyncScheduler, from, Observable, race, timer, type Subscriber } from 'rxjs';
import type { TaskStatus } from 'rxjs-task-status';

import { parseEntry, type FleetChange } from './change.js';
import { openConnection, checkConnection, type FleetConnection } from './connection.js';
import { ConsumerPosition } from './consumer-position.js';
import { FleetGapError } from './gap-error.js';
import { ignore } from './ignore.js';
import { fleetKeys, type FleetKeys } from './keys.js';
import { ThrottledLogger } from './logger.js';
import { RedisRetry } from './redis-retry.js';
import { FIND_GAP } from './scripts.js';
import { checkName, checkObject, resolveNames } from './worker-options.js';

/** How many entries are read at once. */
const COUNT = 100;
/** How long Redis waits for an entry, ms. */
const BLOCK = 1_000;
/** How long the end of a subscription waits until the position is saved, ms. */
const SAVE_LIMIT = 2_000;

/** The options of {@link changes$}. */
export interface FleetChangesOptions {
  /** The name under which the position is saved. Each consumer gets every change. */
  readonly consumer: string;
  /** The prefix of all keys in Redis, as for the workers. Default: `{fleet}`. */
  readonly prefix?: string | undefined;
  /**
   * Where a consumer without a saved position begins: `'0'` with the first change that there ever was
   * (a {@link FleetGapError} if it was removed),
   * `'$'` with the next change, or after an id of the stream. An id that is later than the saved position
   * wins: see `resumeFrom` of {@link FleetGapError}. Default: `'0'`.
   */
  readonly from?: string | undefined;
}

/**
 * The changes of all tasks of a fleet, in order for each task.
 *
 * Delivers each change once to each consumer, and continues after a restart where the consumer was: its
 * position is saved in Redis after `next` has returned. So a crash in between repeats changes, with the
 * same `key`. Errors of Redis delay it. Never completes. Errors with a {@link FleetGapError} if changes
 * were removed from the stream before the consumer had read them.
 *
 * Each subscription opens its own connection and closes it at its end.
 *
 * @param connection ioredis options, or an ioredis instance, which is duplicated
 * @param options `consumer` is required
 * @throws TypeError at the call, for an option that is not valid
 *
 * @example
 * changes$({ host: 'redis' }, { consumer: 'mailer' }).subscribe(({ taskId, status, error }) =>
 *   console.log(taskId, status ?? error),
 * );
 */
export function changes$<S extends string = TaskStatus>(
  connection: FleetConnection,
  options: FleetChangesOptions,
): Observable<FleetChange<S>>;
// the words in Redis cannot be checked, so the implementation uses strings
export function changes$(
  connection: FleetConnection,
  options: FleetChangesOptions,
): Observable<FleetChange<string>> {
  checkConnection(connection);
  checkObject('options', options);
  const { consumer, from: start = '0' } = options;
  checkName('consumer', consumer);
  const keys = fleetKeys(resolveNames(options).prefix);
  if (typeof start !== 'string' || !/^(\$|\d+(-\d+)?)$/.test(start)) {
    throw new TypeError(
      `from must be '0', '$' or an id of the stream, got ${JSON.stringify(start)}`,
    );
  }
  return new Observable((subscriber) => {
    // ioredis connects again
    const opened = openConnection(connection, 'reader', ignore);
    const { redis } = opened;
    const retry = new RedisRetry(asyncScheduler, SILENT);
    const position = new ConsumerPosition(redis, keys, consumer);
    subscriber.add(() => {
      const close = (): void => {
        retry.close();
        opened.close();
      };
      const saved = retry.run(() => position.save());
      // race() also stops the timer, which would keep the process alive
      race(from(saved), timer(SAVE_LIMIT)).subscribe({ next: close, error: close });
    });
    const reader = new Reader({ redis, keys, consumer, position, retry, subscriber });
    // ignored if the subscription has ended: its commands are rejected
    reader.run(start).catch((error: unknown) => subscriber.error(error));
  });
}

const SILENT = new ThrottledLogger({ info: ignore, warn: ignore, error: ignore }, asyncScheduler);

/** Reads the stream for one subscription. */
class Reader {
  readonly #redis: Redis;
  readonly #keys: FleetKeys;
  readonly #consumer: string;
  readonly #position: ConsumerPosition;
  readonly #retry: RedisRetry;
  readonly #subscriber: Subscriber<FleetChange<string>>;

  constructor(options: {
    readonly redis: Redis;
    readonly keys: FleetKeys;
    readonly consumer: string;
    readonly position: ConsumerPosition;
    readonly retry: RedisRetry;
    readonly subscriber: Subscriber<FleetChange<string>>;
  }) {
    this.#redis = options.redis;
    this.#keys = options.keys;
    this.#consumer = options.consumer;
    this.#position = options.position;
    this.#retry = options.retry;
    this.#subscriber = options.subscriber;
  }

  async run(start: string): Promise<void> {
    await this.#retry.run(() => this.#position.load(start));
    while (!this.#subscriber.closed) await this.#readOnce();
  }

  async #readOnce(): Promise<void> {
    const { id } = this.#position;
    const read = await this.#retry.run(() =>
      this.#redis.xread('COUNT', COUNT, 'BLOCK', BLOCK, 'STREAMS', this.#keys.changes, id),
    );
    const entries = (read ?? []).flatMap(([, list]) => list);
    const [last] = entries.at(-1) ?? [];
    if (last === undefined) await this.#retry.run(() => this.#checkEmpty());
    else await this.#deliver(last, entries);
    // repeated after the next entries: Redis may be full or read-only
    await this.#position.save().catch(ignore);
  }

  async #deliver(
    last: string,
    entries: readonly (readonly [id: string, fields: string[]])[],
  ): Promise<void> {
    const parsed = entries.map(([id, fields]) => [id, parseEntry(fields)] as const);
    const taskIds = parsed.flatMap(([, entry]) => (entry ? [entry.change.taskId] : []));
    await this.#retry.run(() => this.#position.prepare(last, taskIds));
    for (const [id, entry] of parsed) {
      if (this.#subscriber.closed) return;
      if (!entry) {
        this.#position.skip(id);
        continue;
      }
      const missing = this.#position.missingBefore(entry);
      if (missing > 0) {
        this.#fail({ missing, nextId: id, ...entry.change });
        return;
      }
      if (this.#position.isRepeat(entry)) {
        this.#position.repeat(id, entry);
        continue;
      }
      // first: the subscriber may unsubscribe, which saves the position
      this.#position.advance(id, entry);
      this.#subscriber.next(entry.change);
    }
  }

  /** All entries may have been removed, so that there is none to read. */
  async #checkEmpty(): Promise<void> {
    const { id, sequence } = this.#position;
    if (sequence === undefined) return;
    const values = [`(${id}`, sequence];
    const [missing, now] = await FIND_GAP.list(
      this.#redis,
      [this.#keys.changes, this.#keys.sequence],
      values,
    );
    if (Number(missing) > 0) {
      this.#fail({ missing: Number(missing), nextId: `${String(now)}-0` });
    }
  }

  #fail(gap: {
    readonly missing: number;
    readonly nextId: string;
    readonly taskId?: string;
    readonly ordinal?: number;
  }): void {
    const { id } = this.#position;
    this.#subscriber.error(new FleetGapError({ consumer: this.#consumer, lastId: id, ...gap }));
  }
}
