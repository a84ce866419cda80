// Over 300 lines: the model is one function with one state, and its sections follow the laws in order.
import {
  ABORTED,
  type Act,
  type Answer,
  BROWSER_USE,
  delayFrom,
  detailsFrom,
  type History,
  jsonOf,
  type OwnDelay,
  ownDelayFrom,
  POLL_NOW_ERROR,
  PAUSE_WHILE_ERROR,
  RESULT_ERROR,
  type Pacing,
  randomFrom,
  shouldRetryFrom,
  TASK_ID,
} from './history.js';
import type {
  DelayCall,
  Ending,
  Entry,
  ErrorRecord,
  Observed,
  SentRequest,
  ShouldRetryCall,
  StreamName,
} from './trace.js';

/**
 * The reference model: what the contract says must happen in a history, as a discrete-event
 * simulation. It shares no code with the library.
 *
 * Actions run in the order of their times. Actions of one instant run in the order in which they were
 * scheduled, as in RxJS's virtual time.
 */
export function predict(history: History, stream: StreamName): Prediction {
  const { options, vocabulary } = history;
  // a result is requested like a watch that ends with the first good answer
  const { result } = history;
  const start = history.start + (result?.latency ?? 0);
  const { fields = {} } = vocabulary;
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
  const delayFunction = options.backoff?.delay && delayFrom(options.backoff.delay);
  const shouldRetry =
    options.retry === false || options.retry?.shouldRetry === undefined
      ? undefined
      : shouldRetryFrom(options.retry.shouldRetry);

  const trace: Entry[] = [];
  const requests: SentRequest[] = [];
  const abortedRequests: [number, number][] = [];
  const shouldRetryCalls: ShouldRetryCall[] = [];
  const delayCalls: DelayCall[] = [];
  const situations = new Set<string>();
  const note = (situation: string) => situations.add(situation);

  // --- Time -------------------------------------------------------------------------------------

  let now = start;
  let scheduledCount = 0;
  const queue: Action[] = [];
  const instants: number[] = [0];

  function schedule(at: number, name: string, run: () => void): Action {
    scheduledCount += 1;
    const action = { at, order: scheduledCount, name, run };
    queue.push(action);
    instants.push(at - start);
    return action;
  }

  function cancel(action: Action | undefined): void {
    const index = action === undefined ? -1 : queue.indexOf(action);
    if (index >= 0) queue.splice(index, 1);
  }

  function runQueue(): void {
    let last: Action | undefined;
    for (;;) {
      const next = queue.reduce<Action | undefined>(
        (first, it) => (first === undefined || isBefore(it, first) ? it : first),
        undefined,
      );
      if (next === undefined) return;
      if (last?.at === next.at && last.name !== next.name && !ended) {
        note(`same instant: ${[last.name, next.name].sort().join(' and ')}`);
      }
      last = next;
      cancel(next);
      now = next.at;
      next.run();
    }
  }

  // --- The state of the watch -------------------------------------------------------------------

  let ended = false;
  let attempts = 0;
  /** The last status or ignored word, and how often in a row it was seen: `k` of the formula. */
  let lastWord: string | undefined;
  let seen = 0;
  let lastStatus = result?.word;
  /** When `lastStatus` was first seen. */
  let statusSince = start;
  let failures = 0;
  /** The delay that the last answer requests, ms, and when that answer was handled. */
  let floor = 0;
  let handledAt = start;
  let sentAt = start;
  /** The last answer, if it was a transient failure. */
  let lastFailure: ErrorRecord | undefined;
  let request: { readonly attempt: number; answer?: Action; timer?: Action } | undefined;
  let delay:
    | {
        readonly kind: 'poll' | 'retry' | 'floor' | 'repeat';
        readonly action: Action;
        /** `pollNow` has ended it early: what is left is the floor or the gap. */
        shortened?: boolean;
      }
    | undefined;
  let deadline: Action | undefined;
  let deadlinePassed = false;
  let deadlineAt = start;
  let repeated = false;
  let paused = false;
  /** A `pollNow` during the request. */
  let pollNowRemembered = false;
  /** Until the first request may start; until `subscribe` returns; while an answer is handled. */
  let preparing = true;
  let subscribing = true;
  let handling = false;
  const postponed: (() => void)[] = [];
  let runningPostponed = false;
  let values = 0;
  // there are no polls during the request of a result
  const endedNotifiers = new Set<'pauseWhile' | 'pollNow'>(result && ['pollNow']);

  const floorLeft = () => Math.max(0, floor - Math.max(0, now - handledAt));
  const gapLeft = () => POLL_NOW_GAP - Math.min(POLL_NOW_GAP, Math.max(0, now - sentAt));

  // --- The end (law 7) --------------------------------------------------------------------------

  function end(ending: Ending): void {
    ended = true;
    if (request !== undefined) {
      abortedRequests.push([now, request.attempt]);
      note('end: with a request in flight');
    }
    for (const action of [request?.answer, request?.timer, delay?.action, deadline]) cancel(action);
    request = undefined;
    delay = undefined;
    trace.push([now, 'end', ending]);
    note(
      typeof ending === 'string'
        ? `end: ${ending}`
        : `end: ${'thrown' in ending ? ending.thrown : ending.name}`,
    );
  }

  const fail = (error: unknown) => end({ thrown: nameOf(error) });

  function timeOut(cause: ErrorRecord | undefined): void {
    if (cause !== undefined) note('TaskTimeoutError with a cause');
    end({ ...errorRecord('TaskTimeoutError', 'timeout'), timeout, ...(cause && { cause }) });
  }

  const errorRecord = (name: string, code: string) => ({
    name,
    code,
    attempts,
    elapsed: now - start,
    ...(lastStatus !== undefined && { lastStatus }),
  });

  // --- A request (laws 2, 3, 15) ----------------------------------------------------------------

  function send(): void {
    delay = undefined;
    attempts += 1;
    sentAt = now;
    const current: NonNullable<typeof request> = { attempt: attempts };
    request = current;
    trace.push([now, 'request', attempts]);
    const sent = sentRequest(history);
    requests.push(sent);
    noteRequest(sent);
    const answer = history.answers[attempts - 1] ?? history.lastAnswer;
    reenter('transport', attempts);
    if (ended) return;
    if ('latency' in answer && answer.latency > 0) {
      current.answer = schedule(now + answer.latency, 'answer', () => receive(answer));
    } else if (answer.kind !== 'no answer') {
      receive(answer);
    }
    // scheduled after the transport was called: an answer at the same instant comes first
    if (request === current) {
      startRequestTimer(
        deadlinePassed ? Math.min(requestTimeout, FINAL_POLL_TIMEOUT) : requestTimeout,
      );
    }
  }

  function noteRequest({ url, method, body, headers }: SentRequest): void {
    if (url.includes('/operations/')) note('request: an operation URL');
    if (method === 'POST') note('request: POST');
    if (body !== undefined) note('request: a body');
    const own = Object.entries(fields.request?.headers ?? {});
    const kept = own.filter(([name, value]) => headers[name] === value);
    if (kept.length > 0) note('request: headers');
    if (kept.length < own.length) note('request: a header of the options instead');
  }

  function startRequestTimer(ms: number): void {
    if (request === undefined || ms === Infinity) return;
    request.timer = schedule(now + ms, 'request timeout', () => {
      if (request === undefined) return;
      abortedRequests.push([now, request.attempt]);
      receive({ kind: 'request timeout', timeout: ms });
    });
  }

  // --- An answer (laws 4, 5, 8 to 10, 16, 17) ---------------------------------------------------

  function receive(
    answer: Answer | { readonly kind: 'request timeout'; readonly timeout: number },
  ): void {
    cancel(request?.answer);
    cancel(request?.timer);
    request = undefined;
    ownDelayApplies = false;
    const outcome =
      answer.kind === 'request timeout' ? requestTimedOut(answer.timeout) : outcomeOf(answer);
    if (outcome.is === 'misuse') {
      // at once and without a poll: the error is about the transport, not about the task
      end({ thrown: 'TypeError' });
      return;
    }
    if (outcome.is === 'exception') {
      // of the API: without a poll
      fail(outcome.error);
      return;
    }

    if (ownDelayApplies) {
      note(`own delay: on ${ON[outcome.is]}`);
      if (outcome.is === 'failure' && outcome.floor > retry.maxRetryAfter) {
        note('own delay: beyond maxRetryAfter');
      }
    }
    handling = true;
    handledAt = now;
    floor = outcome.floor ?? 0;
    // consumed by this answer, with or without an effect
    const remembered = pollNowRemembered;
    pollNowRemembered = false;
    const before = lastStatus ?? options.knownStatus;
    const decision = decide(outcome);
    const changed = outcome.is === 'status' && outcome.word !== before;

    report(outcome, changed, decision);
    if (ended) return;
    if (decision.next === 'end') {
      decision.end();
      return;
    }
    handling = false;
    if (paused) {
      note('answer handled in a pause');
    } else {
      // a remembered `pollNow` came before the events inside `next`, so it takes effect before them
      startDelay(decision.kind, decision.delay);
      if (remembered) {
        note(`poll now: remembered before a ${decision.kind} delay`);
        shortenDelay();
      }
    }
    runPostponed();
  }

  /** Updates the state by an answer and decides what follows. */
  function decide(outcome: Handled): Decision {
    const isFinalPoll = deadlinePassed;
    if (isFinalPoll) note(`final poll: ${outcome.is}`);

    if (outcome.is === 'failure') {
      let transient = outcome.transient;
      if (shouldRetry !== undefined) {
        // called for every failure: it replaces the default decision, and the limits still apply
        const { code } = outcome.error;
        shouldRetryCalls.push([now, code, failures, transient]);
        try {
          transient = shouldRetry(code, failures, outcome.transient);
        } catch (error) {
          return { next: 'end', end: () => fail(error) };
        }
        if (transient !== outcome.transient) {
          note(
            `shouldRetry: ${transient ? 'retries a permanent' : 'gives up a transient'} failure`,
          );
        }
      }
      const giveUp: Decision = { next: 'end', end: () => end(sameAsPoll(outcome.error)) };
      if (!transient) return giveUp;
      if (isFinalPoll) {
        lastFailure = sameAsPoll(outcome.error);
        failures += 1;
        if (mayRepeat()) {
          note('final poll repeated');
          repeated = true;
          return { next: 'delay', kind: 'repeat', delay: 1 };
        }
        return { next: 'end', end: () => timeOut(lastFailure) };
      }
      failures += 1;
      if (failures > retry.maxRetries) {
        note('maxRetries used up');
        return giveUp;
      }
      if (floor > retry.maxRetryAfter) {
        note('beyond maxRetryAfter');
        return giveUp;
      }
      lastFailure = sameAsPoll(outcome.error);
      return planned('retry');
    }

    failures = 0;
    lastFailure = undefined;
    seen = outcome.word === lastWord || !backoff.resetOnChange ? seen + 1 : 1;
    lastWord = outcome.word;
    if (floor > retry.maxRetryAfter) note('floor limited to maxRetryAfter');
    floor = Math.min(floor, retry.maxRetryAfter);
    if (outcome.is === 'status') {
      if (outcome.word !== lastStatus) statusSince = now;
      lastStatus = outcome.word;
      if (vocabulary.terminal.includes(outcome.word)) {
        return { next: 'end', end: () => end('complete') };
      }
    } else {
      note(`ignored: ${outcome.error.code}`);
    }
    if (isFinalPoll) return { next: 'end', end: () => timeOut(undefined) };
    return planned('poll');
  }

  /** Whether a failed final poll is repeated: its connection may have died in a suspend. */
  const mayRepeat = () =>
    !repeated && !paused && timeout > 0 && floor === 0 && now - deadlineAt < 1_000;

  /** The delay of the formula, or the end if a function of the user throws. */
  function planned(kind: 'poll' | 'retry'): Decision {
    try {
      return { next: 'delay', kind, delay: kind === 'poll' ? pollDelay() : retryDelay() };
    } catch (error) {
      return { next: 'end', end: () => fail(error) };
    }
  }

  function report(outcome: Handled, changed: boolean, decision: Decision) {
    if (floor > 0 && decision.next === 'delay') note('floor');
    if (result !== undefined) {
      if (outcome.is !== 'status') return;
      if (result.resultThrows) {
        fail(RESULT_ERROR);
        return;
      }
      const { word, json } = outcome;
      const record = {
        taskId: TASK_ID,
        status: word,
        details: detailsOfEnd(history),
        result: json,
      };
      trace.push([now, 'result', record]);
    } else if (stream === 'taskPolls$') {
      trace.push([
        now,
        'poll',
        {
          taskId: TASK_ID,
          attempt: attempts,
          at: sentAt,
          duration: now - sentAt,
          changed,
          ...(decision.next === 'delay' && { nextDelay: decision.delay }),
          ...(outcome.is === 'status'
            ? {
                status: outcome.word,
                ...(outcome.details !== undefined && { details: outcome.details }),
              }
            : { error: outcome.error }),
        },
      ]);
    } else if (changed && outcome.is === 'status') {
      trace.push([now, 'emission', outcome.word]);
    } else {
      return;
    }
    if (outcome.is !== 'status') note(`poll: ${outcome.error.name}`);
    values += 1;
    reenter('next', values);
  }

  function reenter(place: 'next' | 'transport', turn: number): void {
    for (const { inside, nth, act, after } of history.inside) {
      if (inside !== place || nth !== turn) continue;
      if (after === undefined) {
        if (!ended) note(`inside ${place}: ${act}`);
        perform(act);
      } else {
        schedule(now + after, act, () => perform(act));
      }
    }
  }

  // --- The delay (laws 6, 9, 10) ----------------------------------------------------------------

  function pollBase(): number {
    const k = Math.max(1, seen);
    if (delayFunction === undefined) return exponential(backoff, k);
    const status = lastStatus ?? options.knownStatus;
    const elapsed = lastStatus === undefined ? 0 : now - statusSince;
    if (elapsed >= (options.backoff?.delay?.slowFrom ?? Infinity)) note('delay by elapsed');
    delayCalls.push([now, k, status, { taskId: TASK_ID, elapsed }]);
    const ms = delayFunction(k, status, elapsed);
    return Number.isNaN(ms) ? backoff.maxDelay : Math.min(backoff.maxDelay, Math.max(1, ms));
  }

  function pollDelay(): number {
    const base = pollBase();
    if (options.backoff?.maxDelay === undefined && base > 5_000) note('maxDelay by initialDelay');
    return withJitter(base, backoff.jitter, backoffRandom);
  }

  function retryDelay(): number {
    const own = exponential(retry, failures);
    const base = failures < 2 ? own : Math.max(own, pollBase());
    if (base > own) note('retry delay raised to the poll delay');
    return withJitter(base, retry.jitter, retryRandom);
  }

  function withJitter(base: number, jitter: number, random: () => number): number {
    const value = random();
    const drawn = value >= 0 && value <= 1 ? value : 0;
    const ms = Math.max(base * (1 - jitter), floor) + base * jitter * (1 - drawn);
    return Math.min(MAX_DELAY, Math.max(1, ms));
  }

  function startDelay(kind: 'poll' | 'retry' | 'floor' | 'repeat', ms: number): void {
    delay = { kind, action: schedule(now + ms, `${kind} delay`, send) };
  }

  // --- Deadline (law 11) ------------------------------------------------------------------------

  function reachDeadline(): void {
    deadlinePassed = true;
    deadlineAt = now;
    if (request !== undefined) {
      note('final poll: in flight at the deadline');
      if (now + FINAL_POLL_TIMEOUT < (request.timer?.at ?? Infinity)) {
        note('final poll: request timeout shortened');
        cancel(request.timer);
        startRequestTimer(FINAL_POLL_TIMEOUT);
      }
    } else if (paused || floorLeft() > 0) {
      note(paused ? 'no final poll: paused' : 'no final poll: floor');
      timeOut(lastFailure);
    } else {
      note(`final poll: ends a ${delay?.kind ?? 'missing'} delay`);
      cancel(delay?.action);
      send();
    }
  }

  // --- Pause and poll now (law 12) --------------------------------------------------------------

  function pause(): void {
    if (paused) return;
    paused = true;
    if (delay !== undefined) note(`pause: in a ${delay.kind} delay`);
    if (request !== undefined) note('pause: with a request in flight');
    cancel(delay?.action);
    delay = undefined;
    // the millisecond before a repeated final poll
    if (deadlinePassed && request === undefined) timeOut(lastFailure);
  }

  function resume(): void {
    if (!paused) return;
    paused = false;
    if (preparing) return;
    seen = 0;
    lastWord = undefined;
    failures = 0;
    if (request !== undefined) {
      note('resume: with a request in flight');
    } else if (floorLeft() > 0) {
      note('resume: delayed by the floor');
      startDelay('floor', floorLeft());
    } else {
      note('resume: polls at once');
      send();
    }
  }

  function pollNow(): void {
    if (paused || subscribing) {
      note(paused ? 'poll now: in a pause' : 'poll now: during subscribe');
    } else if (request !== undefined) {
      pollNowRemembered = true;
      note('poll now: during a request');
    } else {
      note(`poll now: in a ${delay?.kind ?? 'missing'} delay`);
      shortenDelay();
    }
  }

  /** Only a poll delay can be shortened. */
  function shortenDelay(): void {
    // what is left of a shortened delay is the floor or the gap, and `pollNow` lifts neither
    if (delay?.kind !== 'poll' || delay.shortened === true) return;
    const left = Math.max(floorLeft(), gapLeft());
    // without floor and gap the delay ends at once, also at the instant at which it is due
    if (left > 0 && now + left >= delay.action.at) return;
    const limit = floorLeft() > gapLeft() ? 'to the floor' : 'to the gap';
    note(`poll now: ${left === 0 ? 'ends a delay' : `shortens a delay ${limit}`}`);
    cancel(delay.action);
    if (left > 0) {
      delay = { kind: 'poll', action: schedule(now + left, 'poll delay', send), shortened: true };
    } else {
      send();
    }
  }

  // --- Events (laws 12, 15) ---------------------------------------------------------------------

  function perform(act: Act): void {
    if (act === 'unsubscribe') {
      if (!ended) end('unsubscribed');
      return;
    }
    if (act === 'abort') {
      if (!ended) fail(ABORTED);
      return;
    }
    const notifier = act.startsWith('pollNow') ? 'pollNow' : 'pauseWhile';
    if (ended || endedNotifiers.has(notifier)) return;
    if (act.endsWith('completes') || act.endsWith('errors')) endedNotifiers.add(notifier);
    if (handling) {
      note(`postponed: ${act}`);
      postponed.push(() => apply(act));
    } else {
      apply(act);
    }
  }

  function apply(act: Act): void {
    if (act === 'pause') pause();
    if (act === 'resume') resume();
    if (act === 'pollNow') pollNow();
    if (act === 'pauseWhile errors') fail(PAUSE_WHILE_ERROR);
    if (act === 'pollNow errors') fail(POLL_NOW_ERROR);
  }

  /** Runs the events that came while an answer was handled, in order. */
  function runPostponed(): void {
    if (runningPostponed) return;
    runningPostponed = true;
    for (let next = postponed.shift(); next !== undefined && !ended; next = postponed.shift())
      next();
    runningPostponed = false;
  }

  // --- Outcomes of requests (laws 8, 9) ---------------------------------------------------------

  const requestTimedOut = (timeout: number): Outcome => ({
    is: 'failure',
    transient: true,
    floor: 0,
    error: { ...errorRecord('RequestTimeoutError', 'request-timeout'), timeout },
  });

  function outcomeOf(answer: Answer): Outcome {
    try {
      return read(answer);
    } catch (error) {
      return { is: 'exception', error };
    }
  }

  let ownDelayApplies = false;

  /** The longer of the delays that the headers and the API request, ms. */
  function requestedDelay(answer: Answer): number | undefined {
    const retryAfter =
      'pacing' in answer && answer.pacing ? retryAfterOf(answer.pacing, now) : undefined;
    const own = 'ownDelay' in answer && fields.retryAfter ? ownDelayOf(answer.ownDelay) : undefined;
    if (own === undefined) {
      if ('ownDelay' in answer && fields.retryAfter) note('own delay: no delay');
      return retryAfter;
    }
    if (own <= (retryAfter ?? 0)) {
      note('own delay: shorter than Retry-After');
      return retryAfter;
    }
    note(`own delay: ${deadlinePassed ? 'in a final poll' : 'before the deadline'}`);
    note(`own delay: ${retryAfter === undefined ? 'alone' : 'longer than Retry-After'}`);
    ownDelayApplies = true;
    return own;
  }

  function read(answer: Answer): Outcome {
    const retryAfter = requestedDelay(answer);
    const floor = retryAfter ?? 0;
    const pacing = retryAfter === undefined ? {} : { retryAfter };
    const unexpected = (status = 200) => ({
      ...errorRecord('UnexpectedResponseError', 'unexpected-response'),
      status,
      ...pacing,
    });
    const failure = (error: ErrorRecord, transient: boolean): Outcome => ({
      is: 'failure',
      transient,
      floor,
      error,
    });

    const withWord = (word: string | undefined, json: unknown, status?: number): Outcome => {
      if (result !== undefined) return { is: 'status', word: result.word, json, floor };
      if (word !== undefined && vocabulary.statuses.includes(word)) {
        // without a body, `details` cannot know the word
        const seen = json === undefined ? undefined : word;
        const details = fields.details && detailsFrom(fields.details, json, seen);
        if (details !== undefined) note('details');
        return { is: 'status', word, json, floor, details };
      }
      return word !== undefined && options.unknownStatus === 'ignore'
        ? { is: 'ignored', word: `unknown ${word}`, floor, error: unexpected(status) }
        : failure(unexpected(status), false);
    };
    const withoutBody = (status: number): Outcome => {
      if (!fields.byCode) return failure(unexpected(status), status !== 204);
      const outcome = withWord(fields.byCode[status], undefined, status);
      note(`empty body: ${outcome.is}`);
      return outcome;
    };

    switch (answer.kind) {
      case 'status':
      case 'unknown word':
        return withWord(answer.word, jsonOf(vocabulary, answer));
      case 'not a string':
        return withWord(undefined, JSON.parse(answer.json));
      case 'too long':
        return failure(unexpected(), false);
      case 'no content':
        return withoutBody(204);
      case 'empty':
        return withoutBody(answer.status);
      case 'not JSON':
        return answer.body === '' ? withoutBody(200) : failure(unexpected(), true);
      case 'transport throws':
      case 'transport errors':
      case 'transport completes':
        return failure(errorRecord('NetworkError', 'network'), true);
      case 'no answer':
        throw new Error('there is no answer');
      case 'no response':
      case 'not subscribable':
        return { is: 'misuse' };
      case 'http':
    }

    const { status } = answer;
    const error = (name: string, code: string) => ({
      ...errorRecord(name, code),
      status,
      ...pacing,
    });
    if (status === 404) {
      const notFound = error('TaskNotFoundError', 'not-found');
      return lastStatus === undefined && now - start < notFoundGrace
        ? { is: 'ignored', word: 'not found', floor, error: notFound }
        : failure(notFound, false);
    }
    if (status === 422) return failure(error('TaskValidationError', 'invalid'), false);
    if (status === 401 || status === 403) {
      return failure(error('AuthenticationError', 'unauthorized'), false);
    }
    if (status === 429) return failure(error('RateLimitError', 'rate-limited'), true);
    const transient = status === 408 || status === 425 || status >= 500;
    return failure(error('HttpStatusError', 'http'), transient);
  }

  /** The error of a stream of polls is the same object as in its last poll. */
  const sameAsPoll = (error: ErrorRecord): ErrorRecord =>
    stream === 'taskPolls$' ? { ...error, fromPoll: attempts } : error;

  // --- Subscription, in the order of law 15 -----------------------------------------------------

  function subscribe(): void {
    if (history.aborted) {
      fail(ABORTED);
      return;
    }
    for (const act of history.onSubscribe.pauseWhile) perform(act);
    if (ended) return;
    for (const act of result ? [] : history.onSubscribe.pollNow) perform(act);
    if (ended) return;
    if (timeout === 0) {
      deadlinePassed = true;
      if (paused) {
        note('no final poll: paused');
        timeOut(undefined);
        return;
      }
    } else if (timeout !== Infinity) {
      deadline = schedule(start + timeout, 'deadline', reachDeadline);
    }
    preparing = false;
    if (!paused) send();
    subscribing = false;
  }

  for (const { at, scheduledAt, act } of history.events) {
    if (scheduledAt === undefined) schedule(start + at, act, () => perform(act));
    else
      schedule(start + scheduledAt, 'scheduling', () =>
        schedule(start + at, act, () => perform(act)),
      );
  }
  subscribe();
  runQueue();
  if (!ended) note('end: none');
  return {
    observed: { trace, requests, abortedRequests, shouldRetryCalls, delayCalls },
    situations,
    instants,
  };
}

export interface Prediction {
  readonly observed: Observed;
  /** The situations that came up, so that a test can check what random histories cover. */
  readonly situations: ReadonlySet<string>;
  /** When something was due, ms after the subscription, also if it was canceled. */
  readonly instants: readonly number[];
}

interface Action {
  readonly at: number;
  readonly order: number;
  readonly name: string;
  readonly run: () => void;
}

type Outcome =
  | {
      readonly is: 'status';
      readonly word: string;
      readonly json: unknown;
      readonly floor: number;
      readonly details?: unknown;
    }
  | {
      readonly is: 'ignored';
      readonly word: string;
      readonly floor: number;
      readonly error: ErrorRecord;
    }
  | {
      readonly is: 'failure';
      readonly transient: boolean;
      readonly floor: number;
      readonly error: ErrorRecord;
    }
  | { readonly is: 'misuse' }
  | { readonly is: 'exception'; readonly error: unknown };

type Handled = Exclude<Outcome, { is: 'misuse' | 'exception' }>;

type Decision =
  | { readonly next: 'end'; readonly end: () => void }
  | { readonly next: 'delay'; readonly kind: 'poll' | 'retry' | 'repeat'; readonly delay: number };

const ON = { status: 'a status', ignored: 'an ignored answer', failure: 'a failure' };
const POLL_NOW_GAP = 250;
const FINAL_POLL_TIMEOUT = 30_000;
const MAX_DELAY = 2_147_483_647;

const isBefore = (a: Action, b: Action) => a.at < b.at || (a.at === b.at && a.order < b.order);

const nameOf = (error: unknown) =>
  error instanceof Error && 'userError' in error ? String(error.userError) : 'another error';

function exponential(
  { initialDelay, factor, maxDelay }: { initialDelay: number; factor: number; maxDelay: number },
  k: number,
): number {
  return initialDelay === 0 ? 0 : Math.min(maxDelay, initialDelay * factor ** (k - 1));
}

/** What a request contains: the options win over the API's key header, and both over `request`. */
function sentRequest({ options, vocabulary, result }: History): SentRequest {
  const { fields = {} } = vocabulary;
  const { headers = {} } = fields.request ?? {};
  // a result is requested with GET
  const { method = 'GET', body } = (!result && fields.request) || {};
  const isDefault = vocabulary === BROWSER_USE;
  const key = isDefault ? { Authorization: 'Bearer ' } : { 'X-Key': '' };
  const sent = { ...options.headers };
  for (const [name, start] of Object.entries(key)) {
    if (options.apiKey !== undefined) sent[name] = start + options.apiKey;
  }
  const names = Object.keys(sent).map((name) => name.toUpperCase());
  for (const [name, value] of Object.entries(headers)) {
    if (!names.includes(name.toUpperCase())) sent[name] = value;
  }
  const statusFolder = fields.path?.startsWith('URL') ? 'operations' : 'jobs';
  const folder = result ? 'results' : statusFolder;
  return {
    url: isDefault
      ? `https://api.browser-use.com/api/v1/task/${TASK_ID}${result ? '' : '/status'}`
      : `https://jobs.example/${folder}/${TASK_ID}`,
    method,
    headers: sent,
    ...(body !== undefined && { body }),
  };
}

/** The details of the poll before the request of a result. */
function detailsOfEnd({ vocabulary, result }: History): unknown {
  const details = vocabulary.fields?.details;
  return details && result && detailsFrom(details, jsonOf(vocabulary, result), undefined);
}

/** What `retryAfter` returns, if it is a delay. It may throw. */
function ownDelayOf(given: OwnDelay | undefined): number | undefined {
  const ms = given === undefined ? undefined : ownDelayFrom(String(given));
  return typeof ms === 'number' && ms > 0 ? ms : undefined;
}

/** The delay that the headers request, ms; `undefined` if they are malformed. */
function retryAfterOf(pacing: Pacing, now: number): number | undefined {
  switch (pacing.form) {
    case 'seconds':
      return pacing.seconds * 1_000;
    case 'ms':
      return pacing.ms;
    case 'malformed':
      return undefined;
    default:
      return pacing.serverClock === 'no Date header'
        ? Math.max(0, Math.floor(now / 1_000) * 1_000 + pacing.seconds * 1_000 - now)
        : Math.max(0, pacing.seconds * 1_000);
  }
}

/** Merges field by field; `undefined` means the default. */
function withDefaults<D extends object>(given: object | undefined, defaults: D): D {
  const set = Object.entries(given ?? {}).filter(([, value]) => value !== undefined);
  return { ...defaults, ...Object.fromEntries(set) };
}
