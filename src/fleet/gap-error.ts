import { idBefore } from './entry-id.js';

/** The argument of the constructor of {@link FleetGapError}. */
export interface FleetGapFacts {
  /** The name of the consumer. */
  readonly consumer: string;
  /** How many changes are missing. */
  readonly missing: number;
  /** The id of the last entry of the stream that the consumer has read; `0-0` if there was none. */
  readonly lastId: string;
  /** The id of the first entry after the gap; if there is none yet, the id that the next one may have. */
  readonly nextId: string;
  /** The task of that entry; absent if there is none yet. */
  readonly taskId?: string | undefined;
  /** The `ordinal` of that entry; absent if there is none yet. */
  readonly ordinal?: number | undefined;
}

/**
 * Changes were removed from the stream before a consumer had read them.
 *
 * To go on without them, pass `resumeFrom` as the option `from` of `changes$`.
 */
export class FleetGapError extends Error {
  /** The name of the class; a minifier does not change it. */
  override readonly name = 'FleetGapError';
  /** Differs from the codes of other errors. */
  readonly code = 'gap';
  /** The name of the consumer. */
  readonly consumer: string;
  /** How many changes are missing. */
  readonly missing: number;
  /** The id of the last entry of the stream that the consumer has read; `0-0` if there was none. */
  readonly lastId: string;
  /** The id of the first entry after the gap; if there is none yet, the id that the next one may have. */
  readonly nextId: string;
  /** The task of the first entry after the gap; absent if there is none yet. */
  declare readonly taskId?: string;
  /** The ordinal of the first entry after the gap; absent if there is none yet. */
  declare readonly ordinal?: number;
  /** For the option `from` of `changes$`: continues after the gap. */
  readonly resumeFrom: string;

  /** @param facts the consumer and the gap */
  constructor({ consumer, missing, lastId, nextId, taskId, ordinal }: FleetGapFacts) {
    const resumeFrom = idBefore(nextId);
    const next =
      taskId === undefined ? '' : `, which is ordinal ${String(ordinal)} of task ${taskId}`;
    super(
      `${missing} changes were removed from the stream before consumer ${JSON.stringify(consumer)} read them: between the entries ${lastId} and ${nextId}${next}. To go on without them pass from: '${resumeFrom}'`,
    );
    this.consumer = consumer;
    this.missing = missing;
    this.lastId = lastId;
    this.nextId = nextId;
    if (taskId !== undefined) this.taskId = taskId;
    if (ordinal !== undefined) this.ordinal = ordinal;
    this.resumeFrom = resumeFrom;
  }
}
