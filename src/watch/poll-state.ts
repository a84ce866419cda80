import type { TaskStatusError } from '../api/errors.js';
import { exponentialDelay, withJitter } from './backoff.js';
import type { ResolvedOptions } from './resolve-options.js';

/** The outcome of one request. */
export type Outcome<S extends string, D = unknown> = StatusOutcome<S, D> | ErrorOutcome<S>;

/** A good answer with a status. */
interface StatusOutcome<S extends string, D> {
  readonly status: S;
  /** What the API's `details` returned. */
  readonly details: D | undefined;
  readonly json: unknown;
  /** The delay that the server asks for, ms; 0 for none. */
  readonly retryAfter: number;
  readonly error?: undefined;
}

/** A failure, or an answer that is ignored. */
interface ErrorOutcome<S extends string> {
  /** Why there is no status. */
  readonly error: TaskStatusError<S>;
  /**
   * What the backoff compares with the previous answer if this one is ignored: an unknown word, or a
   * symbol for a 404 in its grace period.
   */
  readonly ignoredWord?: string | symbol | undefined;
  /** Whether a retry can help, by default. */
  readonly transient: boolean;
  readonly retryAfter: number;
  readonly status?: undefined;
  readonly json?: undefined;
}

/** What follows from an outcome. */
export type Decision =
  | { readonly type: 'wait'; readonly delay: number; readonly isRetry: boolean }
  | { readonly type: 'complete' }
  | { readonly type: 'fail'; readonly error: unknown }
  | { readonly type: 'timeout' };

/** What a decision depends on besides the outcomes. */
export interface DecisionContext {
  /** The clock's reading, ms. */
  readonly now: number;
  /** Whether `timeout` has passed. */
  readonly isFinalPoll: boolean;
  /** Whether the final poll may be repeated if it fails. */
  readonly canRepeat: boolean;
  /** Whether a failure counts towards `maxRetries`. */
  readonly counts: boolean;
}

/** The delay before a failed final poll is repeated, ms. */
const REPEAT_DELAY = 1;

/** Keeps what the answers so far have said, and decides what follows from the next one. */
export class PollState<S extends string> {
  /** The last status that the watch has seen. */
  lastStatus: S | undefined;
  /** The last outcome, if it was a transient failure. */
  failure: TaskStatusError<S> | undefined;
  /** The delay that the server asked for in its last answer, ms; 0 for none. */
  minDelay = 0;

  readonly #taskId: string;
  readonly #options: ResolvedOptions<S>;
  #lastAnswer: string | symbol | undefined;
  /** How many times in a row `#lastAnswer` was given. */
  #unchangedCount = 0;
  #failureCount = 0;
  /** When `lastStatus` was first seen. */
  #statusSince = 0;

  constructor(taskId: string, options: ResolvedOptions<S>) {
    this.#taskId = taskId;
    this.#options = options;
  }

  /** The last status that the caller knows: one of this watch, or the option `knownStatus`. */
  get knownStatus(): S | undefined {
    return this.lastStatus ?? this.#options.knownStatus;
  }

  /** Records a status. */
  see(status: S, now: number): void {
    if (status !== this.lastStatus) this.#statusSince = now;
    this.lastStatus = status;
  }

  /** Forgets the counts: the end of a pause restarts the backoff. */
  restart(): void {
    this.#unchangedCount = 0;
    this.#failureCount = 0;
  }

  /** Records an outcome and decides what follows. An exception of a callback is the stream's error. */
  decide(outcome: Outcome<S>, context: DecisionContext): Decision {
    try {
      const word = outcome.error ? outcome.ignoredWord : outcome.status;
      return outcome.error && word === undefined
        ? this.#afterFailure(outcome, context)
        : this.#afterAnswer(word, outcome, context);
    } catch (error) {
      return { type: 'fail', error };
    }
  }

  #afterAnswer(
    word: string | symbol | undefined,
    { status, retryAfter }: Outcome<S>,
    { now, isFinalPoll }: DecisionContext,
  ): Decision {
    const { api, backoff, retry } = this.#options;
    this.failure = undefined;
    this.#failureCount = 0;
    this.#unchangedCount =
      backoff.resetOnChange && word !== this.#lastAnswer ? 1 : this.#unchangedCount + 1;
    this.#lastAnswer = word;
    this.minDelay = Math.min(retryAfter, retry.maxRetryAfter);
    if (status !== undefined) {
      this.see(status, now);
      if (api.terminal.includes(status)) return { type: 'complete' };
    }
    if (isFinalPoll) return { type: 'timeout' };
    const delay = withJitter(this.#pollDelay(now), this.minDelay, backoff);
    return { type: 'wait', delay, isRetry: false };
  }

  #afterFailure(
    { error, transient, retryAfter }: ErrorOutcome<S>,
    { now, isFinalPoll, canRepeat, counts }: DecisionContext,
  ): Decision {
    const { retry } = this.#options;
    this.failure = undefined;
    this.minDelay = retryAfter;
    const { shouldRetry } = retry;
    const isTransient = shouldRetry ? shouldRetry(error, this.#failureCount, transient) : transient;
    if (!isTransient) return { type: 'fail', error };
    this.failure = error;
    if (counts) this.#failureCount++;
    if (isFinalPoll) {
      return canRepeat && retryAfter === 0
        ? { type: 'wait', delay: REPEAT_DELAY, isRetry: true }
        : { type: 'timeout' };
    }
    if (this.#failureCount > retry.maxRetries || retryAfter > retry.maxRetryAfter) {
      return { type: 'fail', error };
    }
    const delay = withJitter(this.#retryDelay(now), this.minDelay, retry);
    return { type: 'wait', delay, isRetry: true };
  }

  /** The delay before a poll, without jitter. */
  #pollDelay(now: number): number {
    const { backoff } = this.#options;
    const { delay, maxDelay } = backoff;
    const seen = Math.max(1, this.#unchangedCount);
    if (!delay) return exponentialDelay(seen, backoff);
    const elapsed = this.lastStatus === undefined ? 0 : Math.max(0, now - this.#statusSince);
    const ms: unknown = delay(seen, this.knownStatus, { taskId: this.#taskId, elapsed });
    return typeof ms === 'number' && !Number.isNaN(ms)
      ? Math.min(maxDelay, Math.max(1, ms))
      : maxDelay;
  }

  /** The delay before a retry, without jitter. */
  #retryDelay(now: number): number {
    const delay = exponentialDelay(Math.max(1, this.#failureCount), this.#options.retry);
    // from the second failure on, at least the poll delay: an outage must not cause more requests
    return this.#failureCount > 1 ? Math.max(delay, this.#pollDelay(now)) : delay;
  }
}
