import type { Redis } from 'ioredis';

import { storedUpdate, type FleetUpdate } from './change.js';
import type { FleetKeys } from './keys.js';
import type { CountValues } from './learned-counts.js';
import { MARK } from './learned-scripts.js';
import type { RedisRetry } from './redis-retry.js';
import { CLAIM, PUBLISH, REST } from './scripts.js';

/** About how many changes the stream keeps for slow readers. */
const MAX_LENGTH = 1_000_000;
/** How long the state of an ended task is kept, ms. */
const ENDED_EXPIRY = 86_400_000;

/** Where tasks are stored. */
export interface TaskStore {
  readonly redis: Redis;
  readonly keys: FleetKeys;
  readonly retry: RedisRetry;
}

/** When a task that has given its slot back is due, and what its schedule depends on. */
export interface Rest {
  /** ms until the next request. */
  readonly due: number;
  /** How many times in a row the status was seen. */
  readonly seen: number;
  /** How many failures there were in a row. */
  readonly failures: number;
  /** How long ago the status was last seen, ms; `undefined` if this worker has not seen it. */
  readonly seenAgo?: number | undefined;
}

/** A change that this owner has read. */
interface OwnChange {
  readonly ordinal: number;
  readonly update: FleetUpdate<string>;
  readonly isEnd: boolean;
  /** When it was read. */
  readonly readAt: number;
  /** How long the status before it lasted. */
  readonly counts: CountValues;
}

/** A task and its state, owned by one worker. */
export class OwnedTask {
  readonly taskId: string;
  /** The owner number. */
  readonly owner: string;
  /** The last known status; `undefined` before the first one. */
  readonly status: string | undefined;
  /** Whether the task has ended. */
  readonly ended: boolean;
  /** ms since the task was added. */
  readonly age: number;
  readonly rest: Rest;
  /**
   * How long the status had lasted at the claim, ms since a worker of the fleet first saw it; `undefined`
   * if that is not known.
   */
  readonly elapsed: number | undefined;
  /** How long it had lasted when it was last seen, as far as it is known, ms. */
  readonly lastSeen: number;
  /** How long it had lasted when the running task was last counted, ms; 0 if it was not. */
  readonly marked: number;

  readonly #store: TaskStore;
  readonly #now: () => number;
  /** The ordinal at the claim. */
  readonly #base: number;
  /** The changes since the claim: Redis may lose some of them and come back. */
  readonly #changes: OwnChange[] = [];

  private constructor(
    store: TaskStore,
    now: () => number,
    taskId: string,
    claimed: readonly string[],
  ) {
    const [owner, ordinal, kind, word, ended, age, due, seen, failures] = claimed;
    const [elapsed, lastSeen, marked] = claimed.slice(9);
    this.#store = store;
    this.#now = now;
    this.taskId = taskId;
    this.owner = String(owner);
    this.#base = Number(ordinal);
    this.status = kind === 'status' ? word : undefined;
    this.ended = ended === '1';
    this.age = Number(age);
    this.rest = { due: Number(due), seen: Number(seen), failures: Number(failures) };
    this.elapsed = elapsed ? Number(elapsed) : undefined;
    this.lastSeen = Number(lastSeen ?? 0);
    this.marked = Number(marked ?? 0);
  }

  /**
   * Makes this worker the owner of a task. Repeated until Redis accepts it.
   *
   * @param now the clock for the age of changes, ms
   * @returns `undefined` if the job is obsolete: the task was added again after its end
   */
  static async claim(
    store: TaskStore,
    now: () => number,
    taskId: string,
    generation: string,
  ): Promise<OwnedTask | undefined> {
    const { redis, keys, retry } = store;
    const claimed = await retry.run(() => CLAIM.list(redis, [keys.task(taskId)], [generation]));
    const values = claimed.map(String);
    return values[0] === '0' ? undefined : new OwnedTask(store, now, taskId, values);
  }

  /**
   * Publishes a change. Repeated until Redis accepts it or another worker owns the task.
   *
   * Calls must not overlap.
   *
   * @param isEnd whether the task has ended
   * @param readAt when the change was read
   * @param counts how long the status before it lasted
   * @returns whether this worker still owns the task; if not, nothing was written
   */
  async publish(
    update: FleetUpdate<string>,
    isEnd: boolean,
    readAt: number,
    counts: CountValues = [],
  ): Promise<boolean> {
    const ordinal = this.#ordinal + 1;
    this.#changes.push({ ordinal, update, isEnd, readAt, counts });
    for (let next = ordinal; ;) {
      const change = this.#changes[next - this.#base - 1];
      if (!change) return true;
      const [code, last] = await this.#store.retry.run(() => this.#write(change));
      if (code === 0) return false;
      // after 2 (Redis has lost some changes) it is earlier than the change that was written
      next = last + 1;
    }
  }

  /**
   * Stores when the task is due. Repeated until Redis accepts it.
   *
   * @returns whether this worker still owns the task
   */
  async saveRest({ due, seen, failures, seenAgo = -1 }: Rest): Promise<boolean> {
    const { redis, keys, retry } = this.#store;
    const values = [this.owner, Math.ceil(due), seen, failures, Math.round(seenAgo)];
    const saved = await retry.run(() => REST.run(redis, [keys.task(this.taskId)], values));
    return saved === 1;
  }

  /**
   * Counts the running task, in place of its count before. Tried once: nothing is lost if it fails, and it
   * is counted again later.
   *
   * @param elapsed how long the status has lasted, ms
   */
  async mark(elapsed: number, counts: CountValues): Promise<void> {
    const { redis, keys } = this.#store;
    const values = [this.owner, this.#ordinal, Math.round(elapsed), ...counts];
    await MARK.run(redis, [keys.task(this.taskId), keys.learnedKeys], values);
  }

  /** The ordinal of the last change. */
  get #ordinal(): number {
    return this.#base + this.#changes.length;
  }

  async #write({ ordinal, update, isEnd, readAt, counts }: OwnChange): Promise<[number, number]> {
    const { redis, keys } = this.#store;
    const age = Math.max(0, Math.round(this.#now() - readAt));
    const [code, last] = await PUBLISH.list(
      redis,
      [keys.task(this.taskId), keys.changes, keys.sequence, keys.learnedKeys],
      [
        this.owner,
        this.#base,
        ordinal,
        this.taskId,
        ...storedUpdate(update),
        isEnd ? 1 : 0,
        age,
        MAX_LENGTH,
        ENDED_EXPIRY,
        ...counts,
      ],
    );
    return [Number(code), Number(last)];
  }
}
