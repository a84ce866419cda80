import {
  ABORTED,
  type Act,
  type Answer,
  delayFrom,
  type History,
  NUDGE_ERRED,
  PAUSE_ERRED,
  type Pacing,
  randomFrom,
  shouldRetryFrom,
  TASK_ID,
} from './history.js';
import type { Ending, Entry, ErrorSeen, Observed, StreamName } from './trace.js';

/**
 * The reference model: what the contract says must happen in a history, worked out law by law as a
 * discrete-event simulation. It shares no code with the library.
 *
 * Time is an agenda of what is due, taken in the order of instants and, at one instant, in the
 * order of booking, which is how RxJS's virtual time orders actions.
 */
export function predict(history: History, stream: StreamName): Prediction {
  const { options, start } = history;
  const { vocabulary } = history;
  const backoff = withDefaults(options.backoff, {
    initialDelay: 1_000,
    factor: 1.5,
    maxDelay: Math.max(5_000, options.backoff?.initialDelay ?? 0),
    jitter: 0.1,
    resetOnChange: true,
  });
  const retry = withDefaults(options.retry === false ? { maxRetries: 0 } : options.retry, {
    maxRetries: 10,
    initialDelay: 500,
    factor: 2,
    maxDelay: 30_000,
    jitter: 0.5,
    maxRetryAfter: 300_000,
  });
  const timeout = options.timeout ?? Infinity;
  const requestTimeout = options.requestTimeout ?? 30_000;
  const notFoundGrace = options.notFoundGrace ?? 0;
  const backoffRandom = randomFrom(options.random.backoff);
  const retryRandom = randomFrom(options.random.retry);
  const delay = options.backoff?.delay && delayFrom(options.backoff.delay);
  const shouldRetry =
    options.retry === false || options.retry?.shouldRetry === undefined
      ? undefined
      : shouldRetryFrom(options.retry.shouldRetry);

  const trace: Entry[] = [];
  const cut: [number, number][] = [];
  const asked: [number, string, number][] = [];
  const tally: Tally = new Map();
  const count = (what: string) => tally.set(what, (tally.get(what) ?? 0) + 1);

  // --- Time -------------------------------------------------------------------------------------

  let now = start;
  let bookings = 0;
  const agenda: Booking[] = [];
  const instants: number[] = [0];

  function book(at: number, what: string, happen: () => void): Booking {
    bookings += 1;
    const booking = { at, order: bookings, what, happen };
    agenda.push(booking);
    instants.push(at - start);
    return booking;
  }

  function strike(booking: Booking | undefined): void {
    const index = booking === undefined ? -1 : agenda.indexOf(booking);
    if (index >= 0) agenda.splice(index, 1);
  }

  function runAgenda(): void {
    let last: Booking | undefined;
    for (;;) {
      const next = agenda.reduce<Booking | undefined>(
        (first, it) => (first === undefined || isBefore(it, first) ? it : first),
        undefined,
      );
      if (next === undefined) return;
      if (last?.at === next.at && last.what !== next.what && !ended) {
        count(`coincidence: ${[last.what, next.what].sort().join(' and ')}`);
      }
      last = next;
      strike(next);
      now = next.at;
      next.happen();
    }
  }

  // --- What the watch knows ---------------------------------------------------------------------

  let ended = false;
  let attempts = 0;
  /** Status (or ignored word) seen last, for the backoff, and how often in a row: the `k` of the formula. */
  let lastSeen: string | undefined;
  let seen = 0;
  let lastStatus: string | undefined;
  let failures = 0;
  /** The last answer's floor, and when that answer was handled. */
  let floor = 0;
  let handledAt = start;
  let leftAt = start;
  /** The transient failure that the last answer was. */
  let waitedOut: ErrorSeen | undefined;
  let request: { readonly attempt: number; answer?: Booking; limit?: Booking } | undefined;
  let wait:
    | {
        readonly kind: 'poll' | 'retry' | 'floor' | 'repeat';
        readonly booking: Booking;
        nudged?: boolean;
      }
    | undefined;
  let deadline: Booking | undefined;
  let deadlinePassed = false;
  let deadlineAt = start;
  let repeated = false;
  let paused = false;
  let nudged = false;
  /** Before the first request may start; within `subscribe`; while an answer is being handled. */
  let preparing = true;
  let subscribing = true;
  let handling = false;
  const postponed: (() => void)[] = [];
  let catchingUp = false;
  let values = 0;
  const silenced = new Set<'pauseWhile' | 'pollNow'>();

  const floorLeft = () => Math.max(0, floor - Math.max(0, now - handledAt));
  const gapLeft = () => NUDGE_GAP - Math.min(NUDGE_GAP, Math.max(0, now - leftAt));

  // --- The end (law 7) --------------------------------------------------------------------------

  function end(ending: Ending): void {
    ended = true;
    if (request !== undefined) {
      cut.push([now, request.attempt]);
      count('end: with a request in flight');
    }
    for (const booking of [request?.answer, request?.limit, wait?.booking, deadline])
      strike(booking);
    request = undefined;
    wait = undefined;
    trace.push([now, 'end', ending]);
    count(
      typeof ending === 'string'
        ? `end: ${ending}`
        : `end: ${'thrown' in ending ? ending.thrown : ending.name}`,
    );
  }

  const fail = (error: unknown) => end({ thrown: nameOf(error) });

  function timeOut(cause: ErrorSeen | undefined): void {
    if (cause !== undefined) count('TaskTimeoutError with a cause');
    end({ ...facts('TaskTimeoutError', 'timeout'), timeout, ...(cause && { cause }) });
  }

  const facts = (name: string, code: string) => ({
    name,
    code,
    attempts,
    elapsed: now - start,
    ...(lastStatus !== undefined && { lastStatus }),
  });

  // --- A request (laws 2, 3, 15) ----------------------------------------------------------------

  function ask(): void {
    wait = undefined;
    attempts += 1;
    leftAt = now;
    const current: NonNullable<typeof request> = { attempt: attempts };
    request = current;
    trace.push([now, 'request', attempts]);
    const answer = history.answers[attempts - 1] ?? history.lastAnswer;
    reenter('transport', attempts);
    if (ended) return;
    if ('latency' in answer && answer.latency > 0) {
      current.answer = book(now + answer.latency, 'answer', () => receive(answer));
    } else if (answer.kind !== 'silence') {
      receive(answer);
    }
    // Armed after the transport was called, so at one instant the answer comes first.
    if (request === current) {
      limit(deadlinePassed ? Math.min(requestTimeout, LOOK_LIMIT) : requestTimeout);
    }
  }

  function limit(after: number): void {
    if (request === undefined || after === Infinity) return;
    request.limit = book(now + after, 'limit', () => {
      if (request === undefined) return;
      cut.push([now, request.attempt]);
      receive({ kind: 'limit', timeout: after });
    });
  }

  // --- An answer (laws 4, 5, 8 to 10, 16, 17) ---------------------------------------------------

  function receive(answer: Answer | { readonly kind: 'limit'; readonly timeout: number }): void {
    strike(request?.answer);
    strike(request?.limit);
    request = undefined;
    const finding = answer.kind === 'limit' ? timedOut(answer.timeout) : interpret(answer);
    if (finding.is === 'misuse') {
      // At once, and no poll: a TypeError says something about the transport, not about the task.
      end({ thrown: 'TypeError' });
      return;
    }

    handling = true;
    handledAt = now;
    floor = finding.floor ?? 0;
    // "Spent when that request is answered or fails", whether it had an effect or not.
    const remembered = nudged;
    nudged = false;
    const before = lastStatus ?? options.knownStatus;
    const verdict = judge(finding);
    const changed = finding.is === 'status' && finding.word !== before;

    tell(finding, changed, verdict);
    if (ended) return;
    if (verdict.next === 'end') {
      verdict.end();
      return;
    }
    handling = false;
    if (paused) {
      count('answer handled in a pause');
    } else {
      // Contract, read literally: the wait that a remembered nudge takes away comes before what the
      // subscriber did inside `next`, for that nudge came first.
      rest(verdict.kind, verdict.delay);
      if (remembered) {
        count(`nudge remembered before a ${verdict.kind} wait`);
        cutShort();
      }
    }
    catchUp();
  }

  /** What follows from an answer; `lastStatus` and the counts are those after it. */
  function judge(finding: Exclude<Finding, { is: 'misuse' }>): Verdict {
    const look = deadlinePassed;
    if (look) count(`look: ${finding.is}`);

    if (finding.is === 'failure') {
      let transient = finding.transient;
      if (shouldRetry !== undefined) {
        // Asked for every failure: it replaces the choice, and the bounds are looked at after it.
        asked.push([now, finding.error.code, failures]);
        try {
          transient = shouldRetry(finding.error.code, failures);
        } catch (error) {
          return { next: 'end', end: () => fail(error) };
        }
      }
      const giveUp: Verdict = { next: 'end', end: () => end(sameAsPoll(finding.error)) };
      if (!transient) return giveUp;
      if (look) {
        waitedOut = sameAsPoll(finding.error);
        failures += 1;
        if (mayRepeat()) {
          count('final poll repeated');
          repeated = true;
          return { next: 'wait', kind: 'repeat', delay: 1 };
        }
        return { next: 'end', end: () => timeOut(waitedOut) };
      }
      failures += 1;
      if (failures > retry.maxRetries) {
        count('maxRetries used up');
        return giveUp;
      }
      if (floor > retry.maxRetryAfter) {
        count('beyond maxRetryAfter');
        return giveUp;
      }
      waitedOut = sameAsPoll(finding.error);
      return planned('retry');
    }

    failures = 0;
    waitedOut = undefined;
    seen = finding.word === lastSeen || !backoff.resetOnChange ? seen + 1 : 1;
    lastSeen = finding.word;
    if (floor > retry.maxRetryAfter) count('floor held to maxRetryAfter');
    floor = Math.min(floor, retry.maxRetryAfter);
    if (finding.is === 'status') {
      lastStatus = finding.word;
      if (vocabulary.terminal.includes(finding.word)) {
        return { next: 'end', end: () => end('complete') };
      }
    } else {
      count(`ignored: ${finding.error.code}`);
    }
    if (look) return { next: 'end', end: () => timeOut(undefined) };
    return planned('poll');
  }

  /** Whether a final poll that failed is asked once more: its connection may have died in a suspend. */
  const mayRepeat = () =>
    !repeated && !paused && timeout > 0 && floor === 0 && now - deadlineAt < 1_000;

  /** The wait by the formula, or the end, if one of the user's functions throws. */
  function planned(kind: 'poll' | 'retry'): Verdict {
    try {
      return { next: 'wait', kind, delay: kind === 'poll' ? pollDelay() : retryDelay() };
    } catch (error) {
      return { next: 'end', end: () => fail(error) };
    }
  }

  function tell(finding: Exclude<Finding, { is: 'misuse' }>, changed: boolean, verdict: Verdict) {
    if (floor > 0 && verdict.next === 'wait') count('floor');
    if (stream === 'taskPolls$') {
      trace.push([
        now,
        'poll',
        {
          taskId: TASK_ID,
          attempt: attempts,
          at: leftAt,
          duration: now - leftAt,
          changed,
          ...(verdict.next === 'wait' && { nextDelay: verdict.delay }),
          ...(finding.is === 'status' ? { status: finding.word } : { error: finding.error }),
        },
      ]);
    } else if (changed && finding.is === 'status') {
      trace.push([now, 'emission', finding.word]);
    } else {
      return;
    }
    if (finding.is !== 'status') count(`poll: ${finding.error.name}`);
    values += 1;
    reenter('next', values);
  }

  function reenter(place: 'next' | 'transport', turn: number): void {
    for (const { inside, nth, act, after } of history.inside) {
      if (inside !== place || nth !== turn) continue;
      if (after === undefined) {
        if (!ended) count(`inside ${place}: ${act}`);
        perform(act);
      } else {
        book(now + after, act, () => perform(act));
      }
    }
  }

  // --- The wait (laws 6, 9, 10) -----------------------------------------------------------------

  function pollBase(): number {
    const k = Math.max(1, seen);
    if (delay === undefined) return grown(backoff, k);
    const own = delay(k, lastStatus ?? options.knownStatus);
    return Number.isNaN(own) ? backoff.maxDelay : Math.min(backoff.maxDelay, Math.max(1, own));
  }

  const pollDelay = () => spread(pollBase(), backoff.jitter, backoffRandom);

  function retryDelay(): number {
    const own = grown(retry, failures);
    const base = failures < 2 ? own : Math.max(own, pollBase());
    if (base > own) count('retry wait held up to the poll wait');
    return spread(base, retry.jitter, retryRandom);
  }

  function spread(base: number, jitter: number, random: () => number): number {
    const value = random();
    const drawn = value >= 0 && value <= 1 ? value : 0;
    const long = Math.max(base * (1 - jitter), floor) + base * jitter * (1 - drawn);
    return Math.min(LONGEST_DELAY, Math.max(1, long));
  }

  function rest(kind: 'poll' | 'retry' | 'floor' | 'repeat', after: number): void {
    wait = { kind, booking: book(now + after, `${kind} wait`, ask) };
  }

  // --- Deadline (law 11) ------------------------------------------------------------------------

  function reachDeadline(): void {
    deadlinePassed = true;
    deadlineAt = now;
    if (request !== undefined) {
      count('look: in flight at the deadline');
      if (now + LOOK_LIMIT < (request.limit?.at ?? Infinity)) {
        count('look: its limit drawn in');
        strike(request.limit);
        limit(LOOK_LIMIT);
      }
    } else if (paused || floorLeft() > 0) {
      count(paused ? 'no look: paused' : 'no look: floor');
      timeOut(waitedOut);
    } else {
      count(`look: cuts a ${wait?.kind ?? 'missing'} wait`);
      strike(wait?.booking);
      ask();
    }
  }

  // --- Pause and nudge (law 12) -----------------------------------------------------------------

  function pause(): void {
    if (paused) return;
    paused = true;
    if (wait !== undefined) count(`pause: in a ${wait.kind} wait`);
    if (request !== undefined) count('pause: with a request in flight');
    strike(wait?.booking);
    wait = undefined;
    // the millisecond before a repeated final poll
    if (deadlinePassed && request === undefined) timeOut(waitedOut);
  }

  function resume(): void {
    if (!paused) return;
    paused = false;
    if (preparing) return;
    seen = 0;
    lastSeen = undefined;
    failures = 0;
    if (request !== undefined) {
      count('resume: with a request in flight');
    } else if (floorLeft() > 0) {
      count('resume: bound by the floor');
      rest('floor', floorLeft());
    } else {
      count('resume: polls at once');
      ask();
    }
  }

  function nudge(): void {
    if (paused || subscribing) {
      count(paused ? 'nudge: in a pause' : 'nudge: during subscribe');
    } else if (request !== undefined) {
      nudged = true;
      count('nudge: during a request');
    } else {
      count(`nudge: in a ${wait?.kind ?? 'missing'} wait`);
      cutShort();
    }
  }

  /** A retry wait is not cut; a wait for the floor alone can't be, as the floor holds. */
  function cutShort(): void {
    if (wait?.kind !== 'poll') return;
    // Cut already: what is left of it is floor or gap, and no second nudge lifts those.
    if (wait.nudged === true) return;
    const left = Math.max(floorLeft(), gapLeft());
    // With nothing left of floor and gap the wait ends at once, also at the instant at which it is due.
    if (left > 0 && now + left >= wait.booking.at) return;
    const bound = floorLeft() > gapLeft() ? 'the floor' : 'the gap';
    count(`nudge: cuts a wait to ${left === 0 ? 'nothing' : bound}`);
    strike(wait.booking);
    if (left > 0)
      wait = { kind: 'poll', booking: book(now + left, 'poll wait', ask), nudged: true };
    else ask();
  }

  // --- What comes from outside (laws 12, 15) ----------------------------------------------------

  function perform(act: Act): void {
    if (act === 'unsubscribe') {
      if (!ended) end('unsubscribed');
      return;
    }
    if (act === 'abort') {
      if (!ended) fail(ABORTED);
      return;
    }
    const notifier = act === 'nudge' || act.startsWith('pollNow') ? 'pollNow' : 'pauseWhile';
    if (ended || silenced.has(notifier)) return;
    if (act.endsWith('completes') || act.endsWith('errors')) silenced.add(notifier);
    if (handling) {
      count(`postponed: ${act}`);
      postponed.push(() => take(act));
    } else {
      take(act);
    }
  }

  function take(act: Act): void {
    if (act === 'pause') pause();
    if (act === 'resume') resume();
    if (act === 'nudge') nudge();
    if (act === 'pauseWhile errors') fail(PAUSE_ERRED);
    if (act === 'pollNow errors') fail(NUDGE_ERRED);
  }

  /** What came while an answer was being handled, in the order in which it came. */
  function catchUp(): void {
    if (catchingUp) return;
    catchingUp = true;
    for (let next = postponed.shift(); next !== undefined && !ended; next = postponed.shift())
      next();
    catchingUp = false;
  }

  // --- What the server said (laws 8, 9) ---------------------------------------------------------

  const timedOut = (after: number): Finding => ({
    is: 'failure',
    transient: true,
    floor: 0,
    error: { ...facts('RequestTimeoutError', 'request-timeout'), timeout: after },
  });

  function interpret(answer: Answer): Finding {
    const asks = 'pacing' in answer && answer.pacing ? paceOf(answer.pacing, now) : undefined;
    const floor = asks ?? 0;
    const pacing = asks === undefined ? {} : { retryAfter: asks };
    const unexpected = (status = 200) => ({
      ...facts('UnexpectedResponseError', 'unexpected-response'),
      status,
      ...pacing,
    });
    const bad = (error: ErrorSeen, transient: boolean): Finding => ({
      is: 'failure',
      transient,
      floor,
      error,
    });

    switch (answer.kind) {
      case 'status':
        return { is: 'status', word: answer.word, floor };
      case 'unknown word':
        return options.unknownStatus === 'ignore'
          ? { is: 'ignored', word: `unknown ${answer.word}`, floor, error: unexpected() }
          : bad(unexpected(), false);
      case 'not a word':
      case 'too long':
        return bad(unexpected(), false);
      case 'no content':
        return bad(unexpected(204), false);
      case 'not JSON':
        return bad(unexpected(), true);
      case 'transport throws':
      case 'transport errors':
      case 'transport completes':
        return bad(facts('NetworkError', 'network'), true);
      case 'silence':
        throw new Error('silence is no answer');
      case 'no response':
      case 'no source':
        return { is: 'misuse' };
      case 'http':
    }

    const { status } = answer;
    const failure = (name: string, code: string) => ({ ...facts(name, code), status, ...pacing });
    if (status === 404) {
      const error = failure('TaskNotFoundError', 'not-found');
      return lastStatus === undefined && now - start < notFoundGrace
        ? { is: 'ignored', word: 'not found', floor, error }
        : bad(error, false);
    }
    if (status === 422) return bad(failure('TaskValidationError', 'invalid'), false);
    if (status === 401 || status === 403) {
      return bad(failure('AuthenticationError', 'unauthorized'), false);
    }
    if (status === 429) return bad(failure('RateLimitError', 'rate-limited'), true);
    const transient = status === 408 || status === 425 || status >= 500;
    return bad(failure('HttpStatusError', 'http'), transient);
  }

  /** The stream's error is the very object that its poll carried, where polls can be seen. */
  const sameAsPoll = (error: ErrorSeen): ErrorSeen =>
    stream === 'taskPolls$' ? { ...error, fromPoll: attempts } : error;

  // --- Subscription, in the order of law 15 -----------------------------------------------------

  function subscribe(): void {
    if (history.aborted) {
      fail(ABORTED);
      return;
    }
    for (const act of history.onSubscribe.pauseWhile) perform(act);
    if (ended) return;
    for (const act of history.onSubscribe.pollNow) perform(act);
    if (ended) return;
    if (timeout === 0) {
      deadlinePassed = true;
      if (paused) {
        count('no look: paused');
        timeOut(undefined);
        return;
      }
    } else if (timeout !== Infinity) {
      deadline = book(start + timeout, 'deadline', reachDeadline);
    }
    preparing = false;
    if (!paused) ask();
    subscribing = false;
  }

  for (const { at, booked, act } of history.events) {
    if (booked === undefined) book(start + at, act, () => perform(act));
    else book(start + booked, 'booking', () => book(start + at, act, () => perform(act)));
  }
  subscribe();
  runAgenda();
  if (!ended) count('end: none');
  return { trace, cut, asked, tally, instants };
}

export interface Prediction extends Observed {
  readonly tally: Tally;
  /** When something was due, ms after the subscription, whether it came to pass or not. */
  readonly instants: readonly number[];
}

/** How often each situation came up, so that a test can say what the histories really covered. */
type Tally = Map<string, number>;

interface Booking {
  readonly at: number;
  readonly order: number;
  readonly what: string;
  readonly happen: () => void;
}

type Finding =
  | { readonly is: 'status'; readonly word: string; readonly floor: number }
  | {
      readonly is: 'ignored';
      readonly word: string;
      readonly floor: number;
      readonly error: ErrorSeen;
    }
  | {
      readonly is: 'failure';
      readonly transient: boolean;
      readonly floor: number;
      readonly error: ErrorSeen;
    }
  | { readonly is: 'misuse' };

type Verdict =
  | { readonly next: 'end'; readonly end: () => void }
  | { readonly next: 'wait'; readonly kind: 'poll' | 'retry' | 'repeat'; readonly delay: number };

const NUDGE_GAP = 250;
const LOOK_LIMIT = 30_000;
const LONGEST_DELAY = 2_147_483_647;

const isBefore = (a: Booking, b: Booking) => a.at < b.at || (a.at === b.at && a.order < b.order);

const nameOf = (error: unknown) =>
  error instanceof Error && 'foreign' in error ? String(error.foreign) : 'something else';

function grown(
  { initialDelay, factor, maxDelay }: { initialDelay: number; factor: number; maxDelay: number },
  k: number,
): number {
  return initialDelay === 0 ? 0 : Math.min(maxDelay, initialDelay * factor ** (k - 1));
}

/** What `Retry-After` means, ms; `undefined` for what makes no sense. */
function paceOf(pacing: Pacing, now: number): number | undefined {
  switch (pacing.form) {
    case 'seconds':
      return pacing.seconds * 1_000;
    case 'ms':
      return pacing.ms;
    case 'nonsense':
      return undefined;
    default:
      return pacing.serverClock === 'no Date header'
        ? Math.max(0, Math.floor(now / 1_000) * 1_000 + pacing.seconds * 1_000 - now)
        : Math.max(0, pacing.seconds * 1_000);
  }
}

/** `undefined` means the default, field by field. */
function withDefaults<D extends object>(given: object | undefined, defaults: D): D {
  const set = Object.entries(given ?? {}).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(set) };
}
