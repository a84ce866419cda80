import {
  HttpStatusError,
  isTaskStatusError,
  type TaskPoll,
  type TaskStatusError,
} from '../../src/index.js';
import type { Pacing } from '../support/history.js';
import { type Answer, askedFor, BROKEN, NO_WORDS, TERMINAL, UNKNOWN_WORD } from './answers.js';
import { answerTo } from './ground.js';
import type { History, Schedule } from './history.js';
import { ABORTED, type Performance } from './play.js';

/** Timers and `Date` round each for itself, ms. */
const ROUNDING = 2;

/** The delay before a repeated final poll, ms. */
const REPEAT_DELAY = 1;

/** What an answer that has come means by the laws. */
type Meaning =
  | { readonly is: 'status'; readonly word: string; readonly asked?: number | undefined }
  /** A good answer without a status: polling goes on. */
  | { readonly is: 'ignored'; readonly word: string; readonly asked?: number | undefined }
  | { readonly is: 'transient' | 'permanent'; readonly asked?: number | undefined };

/**
 * Every law that a watch broke, in words.
 *
 * What came of each request is taken from its poll, held against what was done to it; from there on
 * it is worked out what the watch had to do. Of time only "not before" is checked: a machine that
 * has much to do is late with everything.
 */
export function breachesOf(history: History, performance: Performance): string[] {
  const { options } = history;
  const { polls, end, lasted, stage } = performance;
  const breaches = [...performance.breaches];
  const emissions: string[] = [];
  let known: string | undefined = options.knownStatus;
  let lastStatus: string | undefined;
  let word: string | undefined;
  let seen = 0;
  let failures = 0;
  let lastFailure: TaskStatusError | undefined;
  let free = 0;
  const deadline = (polls[0]?.at ?? 0) + options.timeout;
  /** How the watch must end by the last poll, if it must. */
  let owed: 'complete' | TaskStatusError | undefined;
  let mayTimeOut = true;
  /** Whether the final poll failed and is repeated, which happens once. */
  let repeated = false;

  for (const [index, poll] of polls.entries()) {
    const attempt = index + 1;
    const breach = (what: string): void => void breaches.push(`poll ${attempt}: ${what}`);
    const answer = answerTo(history, attempt);
    if (owed) breach('after the end');
    if (poll.attempt !== attempt) breach(`calls itself ${poll.attempt}`);
    if (poll.at < free - ROUNDING) breach(`left ${free - poll.at} ms too early`);

    const meaning = meaningOf(answer, poll, history, lastStatus);
    if (typeof meaning === 'string') {
      breach(meaning);
      continue;
    }
    const changed = meaning.is === 'status' && meaning.word !== known;
    if (poll.changed !== changed) breach(`changed is ${poll.changed}`);
    if (changed) emissions.push(meaning.word);

    const good = meaning.is === 'status' || meaning.is === 'ignored';
    let floor = meaning.asked ?? 0;
    if (good) {
      failures = 0;
      seen = options.backoff.resetOnChange && meaning.word !== word ? 1 : seen + 1;
      word = meaning.word;
      floor = Math.min(floor, options.retry.maxRetryAfter);
      if (meaning.is === 'status') {
        known = lastStatus = meaning.word;
        if (TERMINAL.includes(meaning.word)) {
          owed = 'complete';
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
        !(again && isPlanned(false, poll.nextDelay, floor)) &&
        floor === 0 &&
        poll.at + poll.duration >= deadline - ROUNDING;
      if (repeats && repeated) breach('repeats the final poll twice');
      repeated ||= repeats;
      if (!again && !repeats) owed = poll.error;
      mayTimeOut = meaning.is === 'transient';
    }
    lastFailure = good ? undefined : poll.error;

    const isLast = attempt === polls.length;
    if (owed) {
      if (poll.nextDelay !== undefined) breach('has a nextDelay, and it was the last');
    } else if (repeated && poll.nextDelay === REPEAT_DELAY && !isPlanned(good, 1, floor)) {
      free = poll.at + poll.duration;
    } else if (poll.nextDelay === undefined) {
      // the last look goes no further, whatever it brings
      const looked = end.how !== 'complete' && poll.at + poll.duration >= deadline - ROUNDING;
      if (!isLast || !looked) breach('has no nextDelay, and the watch had to go on');
    } else {
      const { nextDelay } = poll;
      if (!isPlanned(good, nextDelay, floor)) {
        breach(`nextDelay ${nextDelay} is not within ${planned(good, floor).join(' and ')}`);
      }
      // the deadline cuts a wait, but not below what the server asked for
      const answered = poll.at + poll.duration;
      free = Math.min(answered + nextDelay, Math.max(answered + floor, deadline));
    }
  }

  if (performance.statuses.join() !== emissions.join()) {
    breaches.push(`emitted ${performance.statuses.join()}, not ${emissions.join()}`);
  }
  if (stage.requests() < polls.length || stage.requests() > polls.length + 1) {
    breaches.push(`${stage.requests()} requests for ${polls.length} polls`);
  }
  breaches.push(...endBreaches());
  return breaches;

  /** The shortest and the longest delay that may follow. */
  function planned(good: boolean, floor: number): [least: number, most: number] {
    const pollBase = baseOf(Math.max(1, seen), options.backoff);
    const own = baseOf(failures, options.retry);
    const { jitter } = good ? options.backoff : options.retry;
    const base = good ? pollBase : failures > 1 ? Math.max(own, pollBase) : own;
    const least = Math.max(base * (1 - jitter), floor);
    return [Math.max(1, least) - 1e-6, Math.max(1, least + base * jitter) + 1e-6];
  }

  function isPlanned(good: boolean, delay: number, floor: number): boolean {
    const [least, most] = planned(good, floor);
    return delay >= least && delay <= most;
  }

  function endBreaches(): string[] {
    const { leaving } = history;
    if (end.how === 'hangs') return ['hangs'];
    if (end.how === 'left') return leaving?.how === 'unsubscribes' ? [] : ['left by itself'];
    if (end.how !== 'error') return owed === 'complete' ? [] : ['completed without a reason'];
    const { error } = end;
    if (error === ABORTED) return leaving?.how === 'aborts' ? [] : ['aborted by itself'];
    if (timedOut(end)) {
      // what is left of `maxRetries` does not matter in the last look
      if (!mayTimeOut) return ['timed out, and had ended before'];
      if (lasted < options.timeout - ROUNDING) return [`timed out after ${lasted} ms`];
      const { cause } = error as Error;
      return cause === lastFailure ? [] : [`timed out because of ${String(cause)}`];
    }
    if (owed === error) return [];
    return [`ended with ${String(error)} and owed ${String(owed)}`];
  }
}

const timedOut = (end: Performance['end']): boolean =>
  end.how === 'error' && isTaskStatusError(end.error) && end.error.code === 'timeout';

/** What an answer means, or what is wrong with what the watch made of it. */
function meaningOf(
  answer: Answer,
  poll: TaskPoll,
  { options }: History,
  lastStatus: string | undefined,
): Meaning | string {
  const { error, status, duration } = poll;
  if (error && isTaskStatusError(error) && error.code === 'request-timeout') {
    // what comes at all may come late; but then it must have taken so long
    const limit = Math.min(options.requestTimeout, error.timeout);
    return duration < limit - ROUNDING ? `gave up after ${duration} ms` : { is: 'transient' };
  }
  const got = error ? describe(error) : status;
  const want = (...wanted: readonly string[]): string | undefined =>
    got !== undefined && wanted.includes(got)
      ? undefined
      : `got ${got} from ${JSON.stringify(answer)}`;

  switch (answer.kind) {
    case 'status':
      return (
        want(answer.word) ?? { is: 'status', word: answer.word, asked: askedFor(answer.pacing) }
      );
    case 'http': {
      const asked = askedFor(answer.pacing);
      const wrong = want(`${CODES[answer.status] ?? 'http'} ${answer.status}`);
      if (wrong) return wrong;
      if (answer.status === 429) {
        const told = retryAfterOf(error);
        if (!isAsFar(told, asked, answer.pacing, duration)) {
          return `retryAfter is ${told}, not ${asked}`;
        }
      }
      if (answer.status === 404 && options.notFoundGrace > 0 && lastStatus === undefined) {
        return { is: 'ignored', word: '(not visible yet)', asked };
      }
      const transient = answer.status >= 500 || [408, 425, 429].includes(answer.status);
      return { is: transient ? 'transient' : 'permanent', asked };
    }
    case 'no status': {
      const asked = askedFor(answer.pacing);
      const wrong = want('unexpected-response 200');
      if (wrong) return wrong;
      if (answer.body === UNKNOWN_WORD && options.unknownStatus === 'ignore') {
        return { is: 'ignored', word: UNKNOWN_WORD, asked };
      }
      const permanent = answer.body === UNKNOWN_WORD || NO_WORDS.includes(answer.body);
      return { is: permanent ? 'permanent' : 'transient', asked };
    }
    case 'redirect':
      return want(`http ${answer.status}`) ?? { is: 'permanent' };
    case 'refused':
      return want('network') ?? { is: 'transient' };
    default:
      return (
        want(...BROKEN[answer.kind].map((code) => code + (code === 'network' ? '' : ' 200'))) ?? {
          is: 'transient',
        }
      );
  }
}

const retryAfterOf = (error: TaskStatusError | undefined): number | undefined =>
  error instanceof HttpStatusError ? error.retryAfter : undefined;

/** Without a `Date` it is the time when the answer is read that counts, and dates have no ms. */
function isAsFar(
  told: number | undefined,
  asked: number | undefined,
  pacing: Pacing | undefined,
  duration: number,
): boolean {
  if (told === asked) return true;
  const vague = pacing && 'serverClock' in pacing && pacing.serverClock === 'no Date header';
  return vague === true && told! <= asked! && told! > asked! - 1_000 - duration - ROUNDING;
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
