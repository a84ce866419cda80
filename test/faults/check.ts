import {
  HttpStatusError,
  isTaskStatusError,
  type TaskPoll,
  type TaskStatusError,
} from '../../src/index.js';
import type { Pacing } from '../support/history.js';
import {
  type Answer,
  requestedDelay,
  BROKEN,
  NO_WORDS,
  TERMINAL,
  UNKNOWN_WORD,
} from './answers.js';
import { answerTo } from './fixture.js';
import type { History, Schedule } from './history.js';
import { ABORTED, type HistoryRun } from './run-history.js';

/** The rounding errors of timers and `Date`, ms. */
const ROUNDING = 2;

/** The delay before a repeated final poll, ms. */
const REPEAT_DELAY = 1;

/** What an answer means by the laws. */
type Meaning =
  | { readonly is: 'status'; readonly word: string; readonly requested?: number | undefined }
  /** A good answer without a status: polling continues. */
  | { readonly is: 'ignored'; readonly word: string; readonly requested?: number | undefined }
  | { readonly is: 'transient' | 'permanent'; readonly requested?: number | undefined };

/**
 * Every violation of a law by a watch, in words.
 *
 * Compares each poll with the answer to its request, and computes from it what must follow.
 * Times are only checked to be not too early, because a busy machine is late with everything.
 */
export function violationsOf(history: History, run: HistoryRun): string[] {
  const { options } = history;
  const { polls, end, duration, watch } = run;
  const violations = [...run.violations];
  const emissions: string[] = [];
  let known: string | undefined = options.knownStatus;
  let lastStatus: string | undefined;
  let word: string | undefined;
  let seen = 0;
  let failures = 0;
  let lastFailure: TaskStatusError | undefined;
  /** The earliest time of the next request. */
  let earliest = 0;
  const deadline = (polls[0]?.at ?? 0) + options.timeout;
  /** How the watch must end because of the last poll, if it must. */
  let expectedEnd: 'complete' | TaskStatusError | undefined;
  let mayTimeOut = true;
  /** Whether the final poll failed and is repeated, which happens once. */
  let repeated = false;

  for (const [index, poll] of polls.entries()) {
    const attempt = index + 1;
    const violation = (what: string): void => void violations.push(`poll ${attempt}: ${what}`);
    const answer = answerTo(history, attempt);
    if (expectedEnd) violation('after the end');
    if (poll.attempt !== attempt) violation(`attempt is ${poll.attempt}`);
    if (poll.at < earliest - ROUNDING) violation(`sent ${earliest - poll.at} ms too early`);

    const meaning = meaningOf(answer, poll, history, lastStatus);
    if (typeof meaning === 'string') {
      violation(meaning);
      continue;
    }
    const changed = meaning.is === 'status' && meaning.word !== known;
    if (poll.changed !== changed) violation(`changed is ${poll.changed}`);
    if (changed) emissions.push(meaning.word);

    const good = meaning.is === 'status' || meaning.is === 'ignored';
    let floor = meaning.requested ?? 0;
    if (good) {
      failures = 0;
      seen = options.backoff.resetOnChange && meaning.word !== word ? 1 : seen + 1;
      word = meaning.word;
      floor = Math.min(floor, options.retry.maxRetryAfter);
      if (meaning.is === 'status') {
        known = lastStatus = meaning.word;
        if (TERMINAL.includes(meaning.word)) {
          expectedEnd = 'complete';
          mayTimeOut = false;
        }
      }
    } else {
      failures++;
      const again =
        meaning.is === 'transient' &&
        failures <= options.retry.maxRetries &&
        floor <= options.retry.maxRetryAfter;
      // a final poll that fails soon after the deadline is repeated, whatever maxRetries is
      const repeats =
        meaning.is === 'transient' &&
        poll.nextDelay === REPEAT_DELAY &&
        !(again && isInRange(false, poll.nextDelay, floor)) &&
        floor === 0 &&
        poll.at + poll.duration >= deadline - ROUNDING;
      if (repeats && repeated) violation('repeats the final poll twice');
      repeated ||= repeats;
      if (!again && !repeats) expectedEnd = poll.error;
      mayTimeOut = meaning.is === 'transient';
    }
    lastFailure = good ? undefined : poll.error;

    const isLast = attempt === polls.length;
    if (expectedEnd) {
      if (poll.nextDelay !== undefined) violation('has a nextDelay, but the watch must end');
    } else if (repeated && poll.nextDelay === REPEAT_DELAY && !isInRange(good, 1, floor)) {
      earliest = poll.at + poll.duration;
    } else if (poll.nextDelay === undefined) {
      // nothing follows a final poll
      const isFinal = end.how !== 'complete' && poll.at + poll.duration >= deadline - ROUNDING;
      if (!isLast || !isFinal) violation('has no nextDelay, but the watch must continue');
    } else {
      const { nextDelay } = poll;
      if (!isInRange(good, nextDelay, floor)) {
        violation(`nextDelay ${nextDelay} is not within ${delayRange(good, floor).join(' and ')}`);
      }
      // the deadline shortens a delay, but not below the floor
      const answered = poll.at + poll.duration;
      earliest = Math.min(answered + nextDelay, Math.max(answered + floor, deadline));
    }
  }

  if (run.statuses.join() !== emissions.join()) {
    violations.push(`emitted ${run.statuses.join()}, not ${emissions.join()}`);
  }
  if (watch.requests() < polls.length || watch.requests() > polls.length + 1) {
    violations.push(`${watch.requests()} requests for ${polls.length} polls`);
  }
  violations.push(...endBreaches());
  return violations;

  /** The shortest and the longest delay that may follow. */
  function delayRange(good: boolean, floor: number): [shortest: number, longest: number] {
    const pollBase = baseOf(Math.max(1, seen), options.backoff);
    const own = baseOf(failures, options.retry);
    const { jitter } = good ? options.backoff : options.retry;
    const base = good ? pollBase : failures > 1 ? Math.max(own, pollBase) : own;
    const shortest = Math.max(base * (1 - jitter), floor);
    return [Math.max(1, shortest) - 1e-6, Math.max(1, shortest + base * jitter) + 1e-6];
  }

  function isInRange(good: boolean, delay: number, floor: number): boolean {
    const [shortest, longest] = delayRange(good, floor);
    return delay >= shortest && delay <= longest;
  }

  function endBreaches(): string[] {
    const { stop } = history;
    if (end.how === 'hangs') return ['hangs'];
    if (end.how === 'unsubscribed')
      return stop?.how === 'unsubscribes' ? [] : ['unsubscribed without a reason'];
    if (end.how !== 'error')
      return expectedEnd === 'complete' ? [] : ['completed without a reason'];
    const { error } = end;
    if (error === ABORTED) return stop?.how === 'aborts' ? [] : ['aborted without a reason'];
    if (timedOut(end)) {
      // `maxRetries` does not matter for a final poll
      if (!mayTimeOut) return ['timed out after a poll that must end the watch'];
      if (duration < options.timeout - ROUNDING) return [`timed out after ${duration} ms`];
      const { cause } = error as Error;
      return cause === lastFailure ? [] : [`timed out because of ${String(cause)}`];
    }
    if (expectedEnd === error) return [];
    return [`ended with ${String(error)} instead of ${String(expectedEnd)}`];
  }
}

const timedOut = (end: HistoryRun['end']): boolean =>
  end.how === 'error' && isTaskStatusError(end.error) && end.error.code === 'timeout';

/** What an answer means, or how its poll is wrong. */
function meaningOf(
  answer: Answer,
  poll: TaskPoll,
  { options }: History,
  lastStatus: string | undefined,
): Meaning | string {
  const { error, status, duration } = poll;
  if (error && isTaskStatusError(error) && error.code === 'request-timeout') {
    // any answer may be late, but then the limit must have passed
    const limit = Math.min(options.requestTimeout, error.timeout);
    return duration < limit - ROUNDING ? `gave up after ${duration} ms` : { is: 'transient' };
  }
  const actual = error ? describe(error) : status;
  const mismatch = (...expected: readonly string[]): string | undefined =>
    actual !== undefined && expected.includes(actual)
      ? undefined
      : `actual ${actual} from ${JSON.stringify(answer)}`;

  switch (answer.kind) {
    case 'status':
      return (
        mismatch(answer.word) ?? {
          is: 'status',
          word: answer.word,
          requested: requestedDelay(answer.pacing),
        }
      );
    case 'http': {
      const requested = requestedDelay(answer.pacing);
      const wrong = mismatch(`${CODES[answer.status] ?? 'http'} ${answer.status}`);
      if (wrong) return wrong;
      if (answer.status === 429) {
        const actualDelay = retryAfterOf(error);
        if (!isSameDelay(actualDelay, requested, answer.pacing, duration)) {
          return `retryAfter is ${actualDelay}, not ${requested}`;
        }
      }
      if (answer.status === 404 && options.notFoundGrace > 0 && lastStatus === undefined) {
        return { is: 'ignored', word: '(not visible yet)', requested };
      }
      const transient = answer.status >= 500 || [408, 425, 429].includes(answer.status);
      return { is: transient ? 'transient' : 'permanent', requested };
    }
    case 'no status': {
      const requested = requestedDelay(answer.pacing);
      const wrong = mismatch('unexpected-response 200');
      if (wrong) return wrong;
      if (answer.body === UNKNOWN_WORD && options.unknownStatus === 'ignore') {
        return { is: 'ignored', word: UNKNOWN_WORD, requested };
      }
      const permanent = answer.body === UNKNOWN_WORD || NO_WORDS.includes(answer.body);
      return { is: permanent ? 'permanent' : 'transient', requested };
    }
    case 'redirect':
      return mismatch(`http ${answer.status}`) ?? { is: 'permanent' };
    case 'refused':
      return mismatch('network') ?? { is: 'transient' };
    default:
      return (
        mismatch(
          ...BROKEN[answer.kind].map((code) => code + (code === 'network' ? '' : ' 200')),
        ) ?? {
          is: 'transient',
        }
      );
  }
}

const retryAfterOf = (error: TaskStatusError | undefined): number | undefined =>
  error instanceof HttpStatusError ? error.retryAfter : undefined;

/** Without a `Date`, the time at which the answer is read counts, and dates have no ms. */
function isSameDelay(
  actualDelay: number | undefined,
  requested: number | undefined,
  pacing: Pacing | undefined,
  duration: number,
): boolean {
  if (actualDelay === requested) return true;
  const isInexact = pacing && 'serverClock' in pacing && pacing.serverClock === 'no Date header';
  return (
    isInexact === true &&
    actualDelay! <= requested! &&
    actualDelay! > requested! - 1_000 - duration - ROUNDING
  );
}

const CODES: Readonly<Record<number, string>> = {
  401: 'unauthorized',
  403: 'unauthorized',
  404: 'not-found',
  422: 'invalid',
  429: 'rate-limited',
};

function describe(error: TaskStatusError): string {
  const status: unknown = Reflect.get(error, 'status');
  return `${error.code}${typeof status === 'number' ? ` ${status}` : ''}`;
}

function baseOf(count: number, { initialDelay, factor, maxDelay }: Schedule): number {
  if (initialDelay === 0) return 0;
  return Math.min(maxDelay, initialDelay * factor ** (count - 1));
}
