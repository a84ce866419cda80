import type { FleetDuration } from './fleet-learned.js';
import type { OwnedTask } from './owned-task.js';

/** How long a status lasted, without the task's id. */
export type StatusDuration = Omit<FleetDuration, 'taskId'>;

/**
 * Since when a task has its status, also if another worker has first seen it.
 *
 * The parts of a status that were seen by several workers are one duration: Redis keeps when the status
 * was first seen, and when it was last seen, by its own clock.
 */
export class StatusAge {
  #status: string | undefined;
  /** When the status was first seen, by this worker's clock; `undefined` if that is not known. */
  #since: number | undefined;
  #seenAt: number;
  readonly #claimedAt: number;
  /** Whether this worker has seen the status. */
  #isSeen = false;

  /** @param now when the task was claimed */
  constructor(
    { status, elapsed, lastSeen }: Pick<OwnedTask, 'status' | 'elapsed' | 'lastSeen'>,
    now: number,
  ) {
    this.#claimedAt = now;
    this.#status = status;
    this.#since = elapsed === undefined ? undefined : now - elapsed;
    this.#seenAt = (this.#since ?? now) + lastSeen;
  }

  /** How long the task has had the status, ms, as far as it is known. */
  elapsed(status: string | undefined, now: number): number {
    if (status === undefined || status !== this.#status) return 0;
    return Math.max(0, now - (this.#since ?? this.#claimedAt));
  }

  /** How long ago this worker last saw the status, ms; `undefined` if it has not seen it. */
  seenAgo(now: number): number | undefined {
    return this.#isSeen ? Math.max(0, now - this.#seenAt) : undefined;
  }

  /**
   * Takes a status that was read.
   *
   * @returns how long the status before it lasted, if it has changed and that is known
   */
  see(status: string, now: number): StatusDuration | undefined {
    const ended = status === this.#status ? undefined : this.#duration(now, false);
    if (status !== this.#status) this.#since = now;
    this.#status = status;
    this.#seenAt = now;
    this.#isSeen = true;
    return ended;
  }

  /** How long the status has lasted so far. */
  soFar(): StatusDuration | undefined {
    return this.#duration(this.#seenAt, true);
  }

  #duration(to: number, censored: boolean): StatusDuration | undefined {
    if (this.#status === undefined || this.#since === undefined) return undefined;
    const from = Math.max(0, this.#seenAt - this.#since);
    return { status: this.#status, from, to: Math.max(from, to - this.#since), censored };
  }
}
