import type { FleetDuration, FleetLearned, FleetObservation } from './fleet-learned.js';
import { READ_COUNTS } from './learned-scripts.js';
import type { ThrottledLogger } from './logger.js';
import { messageOf } from './message-of.js';
import type { TaskStore } from './owned-task.js';

/** How many keys Redis keeps: those that were counted last. */
export const MAX_KEYS = 500;
/** How long the counts of a key are kept after the last one, ms: 90 days. */
const EXPIRY = 7_776_000_000;
/** How many keys are read at a time, so that Redis is not blocked for long. */
const CHUNK = 20;

/** Observations, as the scripts take them; empty for none. */
export type CountValues = readonly (string | number)[];

/** The counts of a learned schedule that all workers of a fleet share. */
export class LearnedCounts {
  readonly #learned: FleetLearned;
  readonly #store: TaskStore;
  readonly #log: ThrottledLogger;
  /** The version of the last key that was read. */
  #version = '0';
  /** The keys that were read, in the order of their last count. */
  readonly #keys = new Set<string>();

  constructor(learned: FleetLearned, store: TaskStore, log: ThrottledLogger) {
    this.#learned = learned;
    this.#store = store;
    this.#log = log;
  }

  /** What a script has to count for a duration. Nothing if the caller's function `key` throws. */
  valuesOf(duration: FleetDuration, isRunning = false): CountValues {
    try {
      const observations = this.#learned.observe(duration);
      const { halfLife } = this.#learned;
      return [
        this.#store.keys.learnedCounts,
        halfLife === Infinity ? 0 : halfLife,
        MAX_KEYS,
        EXPIRY,
        ...observations.flatMap((observation) => [
          observation.key,
          fieldOf(observation, isRunning),
          observation.weight,
        ]),
      ];
    } catch (error) {
      this.#log.warn('learned', `The schedule does not learn from a task: ${messageOf(error)}`);
      return [];
    }
  }

  /** Passes the counts that have changed to the schedule. Repeated until Redis answers. */
  async read(): Promise<void> {
    const { redis, keys, retry } = this.#store;
    for (let count = CHUNK; count === CHUNK;) {
      const values = [keys.learnedCounts, this.#version, CHUNK];
      const changed = await retry.run(() => READ_COUNTS.list(redis, [keys.learnedKeys], values));
      for (let at = 0; at + 2 < changed.length; at += 3) {
        this.#replace(String(changed[at]), changed[at + 2]);
        this.#version = String(changed[at + 1]);
      }
      count = changed.length / 3;
    }
  }

  #replace(key: string, fields: unknown): void {
    this.#learned.replaceShared(key, parseCounts(key, fields));
    // the newest last, as in Redis, which has removed the oldest
    this.#keys.delete(key);
    this.#keys.add(key);
    const [oldest] = this.#keys;
    if (this.#keys.size <= MAX_KEYS || oldest === undefined) return;
    this.#keys.delete(oldest);
    this.#learned.replaceShared(oldest, []);
  }
}

/** The field of an observation in the hash of its key. */
function fieldOf({ status, bin, censored }: FleetObservation, isRunning: boolean): string {
  return `${isRunning ? 'r' : censored ? 'c' : 'e'}${bin}:${status}`;
}

/** Reads the hash of a key. Running tasks count as censored. */
export function parseCounts(key: string, fields: unknown): FleetObservation[] {
  const none: readonly unknown[] = [];
  const values = none.concat(fields);
  const counts = new Map<string, FleetObservation>();
  for (let at = 0; at + 1 < values.length; at += 2) {
    const [, kind, bin, status] = /^([ecr])(\d+):(.*)$/s.exec(String(values[at])) ?? [];
    if (status === undefined) continue;
    const censored = kind !== 'e';
    const place = `${String(censored)}${String(bin)}:${status}`;
    const weight = Number(values[at + 1]) + (counts.get(place)?.weight ?? 0);
    counts.set(place, { key, status, bin: Number(bin), weight, censored });
  }
  return [...counts.values()];
}
