import { LearnedStatus } from './learned-status.js';

/** How many keys are remembered: those that were used last. */
const MAX_KEYS = 500;

/** What is known of every status, of all tasks and of those of each key. */
export class LearnedStatuses {
  /** By status. */
  readonly overall = new Map<string, LearnedStatus>();
  /** By key and status, the key that was used last at the end. */
  readonly byKey = new Map<string, Map<string, LearnedStatus>>();
  readonly #halfLife: number;

  constructor(halfLife: number) {
    this.#halfLife = halfLife;
  }

  /** The status of all tasks. */
  ofAll(status: string): LearnedStatus {
    return getOrAdd(this.overall, status, () => new LearnedStatus(this.#halfLife));
  }

  /** The status of the tasks of a key. */
  ofKey(key: string, status: string): LearnedStatus {
    const statuses = this.byKey.get(key) ?? new Map<string, LearnedStatus>();
    this.byKey.delete(key);
    this.byKey.set(key, statuses);
    this.#deleteOldest();
    return getOrAdd(statuses, status, () => new LearnedStatus(this.#halfLife, this.ofAll(status)));
  }

  #deleteOldest(): void {
    // before the loop: a map takes long to find its first key when many before it were deleted
    if (this.byKey.size <= MAX_KEYS) return;
    for (const key of this.byKey.keys()) {
      this.byKey.delete(key);
      return;
    }
  }
}

function getOrAdd<V>(map: Map<string, V>, key: string, create: () => V): V {
  const known = map.get(key);
  if (known !== undefined) return known;
  const created = create();
  map.set(key, created);
  return created;
}
