// The state of each task, and the stream of all changes. One script writes both, so that a crash never
// leaves one without the other.
import type { Redis } from 'ioredis';
import { TASK_STATUSES, type TaskStatus } from 'rxjs-task-status';
import { PREFIX } from './settings.js';

/** A change of status, or the error that a watch ended with. */
export type Update =
  | { readonly status: TaskStatus; readonly error?: never }
  | { readonly status?: never; readonly error: string };

/** An update of a task, as in the stream. */
export type Change = Update & {
  /** The task and the ordinal. A change that is published again has the same key. */
  readonly key: string;
  readonly taskId: string;
  /** 1, 2, 3, … for each task. */
  readonly ordinal: number;
};

/** The key of the stream. */
export const STREAM = `${PREFIX}:changes`;

/** About how many changes the stream keeps for slow readers. */
const MAX_LENGTH = 1_000_000;

// Each owner gets a higher number than the previous one. Changes of a previous owner are rejected: it may
// have lost its connection and not know yet that another worker has the task.
const CLAIM = `
  local owner = redis.call('HINCRBY', KEYS[1], 'owner', 1)
  return { owner, unpack(redis.call('HMGET', KEYS[1], 'ordinal', 'kind', 'word')) }
`;

const PUBLISH = `
  local owner, task, ordinal, kind, word, length = unpack(ARGV)
  if redis.call('HGET', KEYS[1], 'owner') ~= owner then return 0 end
  redis.call('HSET', KEYS[1], 'ordinal', ordinal, 'kind', kind, 'word', word)
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', length, '*', 'task', task,
    'ordinal', ordinal, 'kind', kind, 'word', word)
  return 1
`;

/** A task and its state, owned by one worker. */
export class OwnedTask {
  readonly #redis: Redis;
  readonly #owner: string;
  readonly taskId: string;
  ordinal: number;
  update: Update | undefined;

  private constructor(redis: Redis, taskId: string, claimed: readonly unknown[]) {
    const [owner, ordinal, kind, word] = claimed;
    this.#redis = redis;
    this.#owner = String(owner);
    this.taskId = taskId;
    this.ordinal = Number(ordinal ?? 0);
    this.update = updateOf(kind, word);
  }

  /** Makes this worker the owner of a task. */
  static async claim(redis: Redis, taskId: string): Promise<OwnedTask> {
    const claimed = await redis.eval(CLAIM, 1, keyOf(taskId));
    return new OwnedTask(redis, taskId, Array.isArray(claimed) ? claimed : []);
  }

  /**
   * Saves and publishes an update atomically.
   *
   * If the connection is lost before the answer, the command is sent again with the same key, so readers may
   * see a change twice.
   *
   * @returns whether this worker still owns the task; if not, nothing was written
   */
  async publish(update: Update): Promise<boolean> {
    const ordinal = this.ordinal + 1;
    const [kind, word] =
      update.error === undefined ? ['status', update.status] : ['error', update.error];
    const keys = [keyOf(this.taskId), STREAM];
    const values = [this.#owner, this.taskId, ordinal, kind, word, MAX_LENGTH];
    const done = await this.#redis.eval(PUBLISH, keys.length, ...keys, ...values);
    if (done !== 1) return false;
    this.ordinal = ordinal;
    this.update = update;
    return true;
  }
}

/**
 * Reads the changes after `position` (`0` for all), and waits for more.
 *
 * @param redis a separate connection: it is blocked while there is nothing to read
 * @param signal ends the reading within a second
 */
export async function* readChanges(
  redis: Redis,
  position: string,
  signal: AbortSignal,
): AsyncGenerator<{ change: Change; position: string }> {
  let last = position;
  while (!signal.aborted) {
    const read = await redis.xread('COUNT', 100, 'BLOCK', 1_000, 'STREAMS', STREAM, last);
    for (const [, entries] of read ?? []) {
      for (const [id, fields] of entries) {
        last = id;
        const change = changeOf(fields);
        if (change) yield { change, position: id };
      }
    }
  }
}

function changeOf(fields: readonly string[]): Change | undefined {
  const field = (name: string) => fields[fields.indexOf(name) + 1] ?? '';
  const update = updateOf(field('kind'), field('word'));
  const taskId = field('task');
  const ordinal = Number(field('ordinal'));
  return update && { ...update, key: `${taskId}:${ordinal}`, taskId, ordinal };
}

function updateOf(kind: unknown, word: unknown): Update | undefined {
  if (kind === 'error') return { error: String(word) };
  const status = TASK_STATUSES.find((status) => status === word);
  return status && { status };
}

function keyOf(taskId: string): string {
  return `${PREFIX}:task:${taskId}`;
}
