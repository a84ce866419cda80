// What is known of a task, and the stream of its changes. Both are written in one script, so that no
// crash leaves one without the other.
import type { Redis } from 'ioredis';
import { TASK_STATUSES, type TaskStatus } from 'rxjs-task-status';
import { PREFIX } from './settings.js';

/** A change of status, or the error that a watch ended with. */
export type News =
  | { readonly status: TaskStatus; readonly error?: never }
  | { readonly status?: never; readonly error: string };

/** News of a task, as the stream holds it. */
export type Change = News & {
  /** The task and the ordinal: the same where a change is published again. */
  readonly key: string;
  readonly taskId: string;
  /** 1, 2, 3, … for each task. */
  readonly ordinal: number;
};

/** Where the changes are. */
export const STREAM = `${PREFIX}:changes`;

/** About how many changes are kept for readers that are behind. */
const KEPT = 1_000_000;

// Each owner gets a higher number than the one before it, and what that one still sends is refused: it
// may have been out of touch and not know yet that its task was given to another.
const CLAIM = `
  local owner = redis.call('HINCRBY', KEYS[1], 'owner', 1)
  return { owner, unpack(redis.call('HMGET', KEYS[1], 'ordinal', 'kind', 'word')) }
`;

const PUBLISH = `
  local owner, task, ordinal, kind, word, kept = unpack(ARGV)
  if redis.call('HGET', KEYS[1], 'owner') ~= owner then return 0 end
  redis.call('HSET', KEYS[1], 'ordinal', ordinal, 'kind', kind, 'word', word)
  redis.call('XADD', KEYS[2], 'MAXLEN', '~', kept, '*', 'task', task,
    'ordinal', ordinal, 'kind', kind, 'word', word)
  return 1
`;

/** A task and what is known of it, in the hands of one worker. */
export class OwnedTask {
  readonly #redis: Redis;
  readonly #owner: string;
  readonly taskId: string;
  ordinal: number;
  news: News | undefined;

  private constructor(redis: Redis, taskId: string, claimed: readonly unknown[]) {
    const [owner, ordinal, kind, word] = claimed;
    this.#redis = redis;
    this.#owner = String(owner);
    this.taskId = taskId;
    this.ordinal = Number(ordinal ?? 0);
    this.news = newsOf(kind, word);
  }

  /** Takes a task over from whoever had it. */
  static async claim(redis: Redis, taskId: string): Promise<OwnedTask> {
    const claimed = await redis.eval(CLAIM, 1, keyOf(taskId));
    return new OwnedTask(redis, taskId, Array.isArray(claimed) ? claimed : []);
  }

  /**
   * Saves and publishes news, at once or not at all.
   *
   * Where the connection breaks before the answer, it is sent again, under the same key: readers may
   * see it twice.
   *
   * @returns whether the task is still in these hands; where it is not, nothing was done
   */
  async publish(news: News): Promise<boolean> {
    const ordinal = this.ordinal + 1;
    const [kind, word] = news.error === undefined ? ['status', news.status] : ['error', news.error];
    const keys = [keyOf(this.taskId), STREAM];
    const values = [this.#owner, this.taskId, ordinal, kind, word, KEPT];
    const done = await this.#redis.eval(PUBLISH, keys.length, ...keys, ...values);
    if (done !== 1) return false;
    this.ordinal = ordinal;
    this.news = news;
    return true;
  }
}

/**
 * Reads the changes that come after `position` (`0` for all), and waits for more.
 *
 * @param redis a connection of its own: it is blocked while there is nothing to read
 * @param signal ends the reading, within a second
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
  const news = newsOf(field('kind'), field('word'));
  const taskId = field('task');
  const ordinal = Number(field('ordinal'));
  return news && { ...news, key: `${taskId}:${ordinal}`, taskId, ordinal };
}

function newsOf(kind: unknown, word: unknown): News | undefined {
  if (kind === 'error') return { error: String(word) };
  const status = TASK_STATUSES.find((status) => status === word);
  return status && { status };
}

function keyOf(taskId: string): string {
  return `${PREFIX}:task:${taskId}`;
}
