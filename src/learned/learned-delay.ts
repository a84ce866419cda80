import { defer, finalize, tap, type MonoTypeOperatorFunction } from 'rxjs';
import type { TaskPoll } from 'rxjs-task-status';

import { exponentialDelay } from '../watch/backoff.js';
import { censoredAt, endedBetween } from './histogram.js';
import { addHistory, toHistory, type LearnedHistory } from './history.js';
import { LearnedStatuses } from './learned-statuses.js';
import { resolveLearnedOptions, type LearnedDelayOptions } from './options.js';
import { SharedCounts, type LearnedDuration, type LearnedObservation } from './shared-counts.js';
import { WatchedTasks, type DurationObserver } from './watched-tasks.js';

/** The default schedule of the library. */
const DEFAULT_SCHEDULE = { initialDelay: 1_000, factor: 1.5, maxDelay: 5_000 };

/** A schedule that learns how long tasks take. Its methods work detached. */
export interface LearnedDelay {
  /** The delay before the next poll, ms: pass it as `backoff.delay`. */
  readonly delay: (
    seen: number,
    status: string | undefined,
    context: { readonly taskId: string; readonly elapsed: number },
  ) => number;
  /**
   * An operator that learns from the polls of one or many tasks, and passes them on. A status that
   * changes has ended at some time between two polls. A status that still lasts, or whose watch has ended,
   * counts for as long as it was seen. Completes and errors with the source.
   *
   * @example
   * pool.allPolls$.pipe(learned.learn()).subscribe();
   */
  readonly learn: <P extends TaskPoll<string>>() => MonoTypeOperatorFunction<P>;
  /**
   * Counts how long a status of a task has lasted.
   *
   * @param ms at least 0
   * @param taskId for `key`; not needed without that option
   * @throws TypeError or RangeError
   */
  readonly record: (status: string, ms: number, taskId?: string) => void;
  /** What was learned, as plain data for the option `history`. A key is shorter than 2 kB. */
  readonly toJSON: () => LearnedHistory;
  /** The option `halfLife`. */
  readonly halfLife: number;
  /**
   * For the fleet: where a duration counts, in some keys and bins. It counts nothing.
   *
   * @throws what the option `key` throws
   */
  readonly observe: (duration: LearnedDuration) => readonly LearnedObservation[];
  /**
   * For the fleet: replaces what other processes have counted for a key. It is added to what was learned
   * here.
   *
   * @param observations at most one for each status, bin and kind; empty to forget the key
   */
  readonly replaceShared: (key: string, observations: readonly LearnedObservation[]) => void;
}

/**
 * Creates a schedule that learns how long tasks take, and so needs fewer requests for the same lag.
 *
 * It waits until the expected time for which a change is not yet seen equals `requestCost`, the price of
 * one request. Without history it is the default schedule. `backoff.maxDelay` (5 s by default) and the server's
 * `Retry-After` still apply, so set `maxDelay` too.
 *
 * @example
 * const learned = learnedDelay();
 * const pool = createTaskStatusPool({
 *   apiKey,
 *   backoff: { delay: learned.delay, maxDelay: 60_000 },
 * });
 * pool.allPolls$.pipe(learned.learn()).subscribe();
 *
 * @throws TypeError or RangeError for an option that is not valid
 * @see https://doi.org/10.1137/0111080 Barlow, Hunter and Proschan 1963
 * @see https://doi.org/10.1287/mnsc.21.3.256 Keller 1974
 */
export function learnedDelay(options: LearnedDelayOptions = {}): LearnedDelay {
  const { requestCost, history, key, halfLife } = resolveLearnedOptions(options);
  const statuses = new LearnedStatuses(halfLife);
  const shared = new SharedCounts(statuses);
  if (history !== undefined) addHistory(statuses, history);

  const keyOf = (taskId: string) => key && checkKey(key(taskId));
  const learnedOf = (group: string | undefined, status: string) => {
    const overall = statuses.ofAll(status);
    return group === undefined ? [overall] : [overall, statuses.ofKey(group, status)];
  };
  const observer: DurationObserver = {
    keyOf,
    onDuration({ key: group, status, from, to }) {
      const weights = to === undefined ? censoredAt(from) : endedBetween(from, to);
      for (const { histogram } of learnedOf(group, status)) {
        if (to === undefined) histogram.addCensored(weights);
        else histogram.addEnded(weights);
      }
    },
    onRunning(group, status, from, to) {
      if (from === to) return;
      for (const { histogram } of learnedOf(group, status)) histogram.moveRunning(from, to);
    },
  };

  return {
    halfLife,
    delay(seen, status, { taskId, elapsed }) {
      const usual = exponentialDelay(seen, DEFAULT_SCHEDULE);
      if (status === undefined) return usual;
      const group = keyOf(taskId);
      const learned = group === undefined ? statuses.ofAll(status) : statuses.ofKey(group, status);
      return learned.delay(elapsed, requestCost, usual);
    },
    learn: () => (polls$) =>
      defer(() => {
        const tasks = new WatchedTasks(observer);
        return polls$.pipe(
          tap((poll) => tasks.onPoll(poll)),
          finalize(() => tasks.endAll()),
        );
      }),
    record(status, ms, taskId) {
      checkDuration(status, ms);
      const weights = endedBetween(ms, ms);
      const group = taskId === undefined ? undefined : keyOf(taskId);
      for (const { histogram } of learnedOf(group, status)) histogram.addEnded(weights);
    },
    toJSON: () => toHistory(statuses),
    observe({ taskId, status, from, to, censored }) {
      const weights = censored ? censoredAt(from) : endedBetween(from, to);
      const group = keyOf(taskId) ?? '';
      return weights.map((weight) => ({ ...weight, key: group, status, censored }));
    },
    replaceShared: (group, observations) => shared.replace(key && group, observations),
  };
}

function checkKey(value: unknown): string {
  if (typeof value === 'string') return value;
  throw new TypeError(`key must return a string, got ${typeof value}`);
}

function checkDuration(status: unknown, ms: unknown): void {
  if (typeof status !== 'string') {
    throw new TypeError(`record() needs the status as its first argument, got ${typeof status}`);
  }
  if (typeof ms !== 'number') {
    throw new TypeError(`record() needs a duration in ms as its second argument, got ${typeof ms}`);
  }
  if (!(ms >= 0 && ms < Infinity)) {
    throw new RangeError(`record() needs a finite duration of at least 0 ms, got ${ms}`);
  }
}
