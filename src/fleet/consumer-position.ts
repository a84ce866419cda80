import type { Redis } from 'ioredis';

import { parseEntry, type Entry } from './change.js';
import { FIRST_ID, isLater, timeOf } from './entry-id.js';
import type { FleetKeys } from './keys.js';
import { SAVE_POSITION } from './scripts.js';

const DAY = 86_400_000;

/** The position of a consumer in the stream, and the last change of each task that it has received. */
export class ConsumerPosition {
  /** The last entry that it has read. */
  id = FIRST_ID;
  /** The number of that entry; `undefined` if it began at an entry that it has not read. */
  sequence: number | undefined = 0;
  /** Whether it is not saved yet. */
  dirty = false;

  readonly #redis: Redis;
  readonly #keys: FleetKeys;
  readonly #consumer: string;
  /** The last change of each task, received on the day of the last entry, and on the day before. */
  #today = new Map<string, readonly [owner: number, ordinal: number]>();
  #yesterday = this.#today;
  #day = 0;
  /** The changes of `#today` that are not saved. */
  #unsaved = new Map<string, string>();

  constructor(redis: Redis, keys: FleetKeys, consumer: string) {
    this.#redis = redis;
    this.#keys = keys;
    this.#consumer = consumer;
  }

  /**
   * Loads the saved position, or begins at `from`, whichever is later.
   *
   * @param from `0` for all changes, `$` for those to come if no position is saved, else an id
   */
  async load(from: string): Promise<void> {
    const key = this.#keys.position(this.#consumer);
    const [id, sequence] = await this.#redis.hmget(key, 'id', 'sequence');
    if (typeof id === 'string') {
      this.id = id;
      this.sequence = sequence ? Number(sequence) : undefined;
      if (from !== '$' && isLater(from, id)) this.#begin(from, undefined);
    } else if (from === '$') await this.#beginAtEnd();
    else if (isLater(from, FIRST_ID)) this.#begin(from, undefined);
  }

  /** Learns which changes of these tasks the consumer has received before. */
  async prepare(id: string, taskIds: readonly string[]): Promise<void> {
    const day = Math.floor(timeOf(id) / DAY);
    if (day !== this.#day) {
      this.#yesterday = this.#today;
      this.#today = new Map();
      this.#day = day;
    }
    const unknown = [...new Set(taskIds)].filter((taskId) => !this.#last(taskId));
    if (unknown.length === 0) return;
    for (const known of [day - 1, day]) {
      const values = await this.#redis.hmget(
        this.#keys.received(this.#consumer, known),
        ...unknown,
      );
      unknown.forEach((taskId, index) => {
        const [owner, ordinal] = (values[index] ?? '').split(':');
        if (ordinal) this.#yesterday.set(taskId, [Number(owner), Number(ordinal)]);
      });
    }
  }

  /** Whether the consumer has received this change, or a later one of its task. */
  isRepeat({ owner, change: { taskId, ordinal } }: Entry): boolean {
    const last = this.#last(taskId);
    if (!last) return false;
    return owner === last[0] ? ordinal <= last[1] : owner < last[0];
  }

  /** How many entries are missing before this one. */
  missingBefore({ sequence }: Entry): number {
    return this.sequence === undefined ? 0 : Math.max(0, sequence - this.sequence - 1);
  }

  /** Moves the position to an entry that is delivered now. */
  advance(id: string, { sequence, owner, change: { taskId, ordinal } }: Entry): void {
    this.skip(id);
    // lower than before if Redis has lost its last entries
    this.sequence = sequence;
    this.#today.set(taskId, [owner, ordinal]);
    this.#unsaved.set(taskId, `${owner}:${ordinal}`);
  }

  /** Moves the position to a change that the consumer has received before. */
  repeat(id: string, { sequence }: Entry): void {
    this.skip(id);
    // Redis has lost changes: it numbers those that are published again after new ones
    if (this.sequence !== undefined) this.sequence = Math.max(this.sequence, sequence);
  }

  /** Moves the position to an entry that is not a change. */
  skip(id: string): void {
    this.id = id;
    this.dirty = true;
  }

  /** Saves the position. Rejects with any error of Redis; it is then still dirty. */
  async save(): Promise<void> {
    if (!this.dirty) return;
    const { id, sequence } = this;
    const unsaved = this.#unsaved;
    this.dirty = false;
    this.#unsaved = new Map();
    try {
      await SAVE_POSITION.run(
        this.#redis,
        [this.#keys.position(this.#consumer), this.#keys.received(this.#consumer, this.#day)],
        [id, sequence ?? '', 3 * DAY, ...[...unsaved].flat()],
      );
    } catch (error) {
      this.dirty = true;
      this.#unsaved = new Map([...unsaved, ...this.#unsaved]);
      throw error;
    }
  }

  async #beginAtEnd(): Promise<void> {
    const [[id, fields] = [FIRST_ID, []]] = await this.#redis.xrevrange(
      this.#keys.changes,
      '+',
      '-',
      'COUNT',
      1,
    );
    const sequence = parseEntry(fields)?.sequence;
    this.#begin(id, sequence ?? Number(await this.#redis.get(this.#keys.sequence)));
    // so that it begins here also after a restart
    await this.save();
  }

  #begin(id: string, sequence: number | undefined): void {
    this.id = id;
    this.sequence = sequence;
    this.dirty = true;
  }

  #last(taskId: string): readonly [owner: number, ordinal: number] | undefined {
    return this.#today.get(taskId) ?? this.#yesterday.get(taskId);
  }
}
