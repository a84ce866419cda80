// Over 300 lines: one state machine, whose timers, notifiers and requests share one mailbox and phase.

import type { Unsubscribable } from 'rxjs';

import { abortReason } from '../api/abort-reason.js';
import type { Credentials } from '../api/credentials.js';
import {
  NetworkError,
  RequestTimeoutError,
  TaskTimeoutError,
  type WatchFacts,
} from '../api/errors.js';
import { hasMethod } from '../api/guards.js';
import { headerReader } from '../api/headers.js';
import { isPermanentNetworkFailure, thrownStatus } from '../api/network-failure.js';
import { plainCause, reasonOf, type Redactor } from '../api/redact.js';
import {
  StatusRequestHandle,
  statusUrl,
  type Failure,
  type RequestObserver,
  type RequestResult,
} from '../api/request.js';
import { readStatus, responseError, type StatusResponse } from '../api/response.js';
import { readRetryAfter } from '../api/retry-after.js';
import { runAll } from '../api/run-all.js';
import type { RequestSignal } from '../api/transport.js';
import { NEGLIGIBLE } from './backoff.js';
import type { Permit } from './limiter.js';
import type { Notifier } from './options.js';
import { PollState, type Decision, type Outcome } from './poll-state.js';
import type { ResolvedOptions } from './resolve-options.js';
import type { TaskPoll } from './task-poll.js';

/** Receives the polls and the end of a watch. */
export interface WatchObserver<S extends string, D = unknown> {
  /** @param outcome what the poll was made from */
  next(poll: TaskPoll<S, D>, outcome: Outcome<S, D>): void;
  error(error: unknown): void;
  complete(end: WatchEnd): void;
}

/** What a watch has when it completes, for a watch that continues it. */
export interface WatchEnd {
  /** The headers of its last request, and their secrets. */
  readonly credentials: Credentials;
  /** The last value of `pauseWhile`. */
  readonly paused: boolean;
}

/**
 * What a watch is doing.
 *
 * - `idle`: nothing, before its start or in a pause
 * - `queued`: a request waits for the limiter
 * - `requesting`: a request is in flight
 * - `polling`: the delay after a good answer
 * - `retrying`: the delay after a transient failure
 * - `closed`: ended or unsubscribed
 */
type Phase = 'idle' | 'queued' | 'requesting' | 'polling' | 'retrying' | 'closed';

/** A result that becomes an outcome, and does not end the watch by itself. */
type HandledResult = Exclude<RequestResult, { type: 'misuse' }>;

/** The shortest time between a request and the next one that `pollNow` causes, ms. */
const POLL_NOW_GAP = 250;

/** The time limit of the final poll, ms. */
const FINAL_POLL_TIMEOUT = 30_000;

/** A final poll that fails less than 1,000 ms after the deadline is repeated. */
const REPEAT_WINDOW = 1_000 - NEGLIGIBLE;

/** The end of the message if a transport throws for an HTTP status, as axios does by default. */
const TRANSPORT_THREW_ANSWER =
  '; the transport must return an answer of any status (with axios: validateStatus: () => true)';

/** What a 404 in its grace period counts as in the backoff. */
const NOT_VISIBLE_YET = Symbol('not visible yet');

/**
 * One watch of one task, from `start()` until it ends or is unsubscribed.
 *
 * It drives the timers, notifiers and requests; `PollState` decides what follows from an answer. Every
 * event from outside goes through `#dispatch`.
 */
export class Watch<S extends string, D = unknown> implements Unsubscribable, RequestObserver {
  readonly taskId: string;
  readonly #options: ResolvedOptions<S, D>;
  readonly #observer: WatchObserver<S, D>;
  readonly #state: PollState<S>;
  // built once: building it for each request would cost a tenth of a poll
  readonly #url: string;
  #credentials: Credentials;

  #phase: Phase = 'idle';
  /** Whether `start()` has not returned yet. */
  #starting = true;
  /** How many results are being handled, one inside the other. Events meanwhile go to the mailbox. */
  #handling = 0;
  #mailbox: (() => unknown)[] | undefined;
  /** The last value of `pauseWhile`. */
  #paused = false;
  /** Whether `pollNow` emitted during the request in flight. */
  #pollNowPending = false;
  /** Whether `timeout` has passed. */
  #isFinalPoll = false;
  /** Whether the final poll is repeated if it fails now. */
  #isRepeatable = false;

  #attempts = 0;
  // clock readings: the start, the last request and its answer
  #startedAt = 0;
  #sentAt = 0;
  #handledAt = 0;
  /** The planned poll delay, ms, from `#handledAt` on; 0 if `pollNow` cannot shorten it any more. */
  #pollDelay = 0;

  #request: StatusRequestHandle | undefined;
  #permit: Permit | undefined;
  #delayTimer: Unsubscribable | undefined;
  /** The deadline; after it, the limit of a final poll that began before it. */
  #deadlineTimer: Unsubscribable | undefined;
  /** The listeners on `signal`, `pauseWhile` and `pollNow`. */
  #subscriptions: (() => void)[] | undefined;

  /** @param previous the watch that this one continues, and the status that it has seen */
  constructor(
    taskId: string,
    options: ResolvedOptions<S, D>,
    observer: WatchObserver<S, D>,
    previous?: WatchEnd & { readonly status: S },
  ) {
    this.taskId = taskId;
    this.#options = options;
    this.#observer = observer;
    this.#state = new PollState(taskId, options);
    this.#url = statusUrl(options.api, options.baseUrl, options.query, taskId);
    this.#credentials = options.credentials;
    this.#startedAt = this.#handledAt = options.scheduler.now();
    if (previous) {
      this.#credentials = previous.credentials;
      this.#paused = previous.paused;
      this.#state.see(previous.status, this.#startedAt);
    }
  }

  start(): void {
    const { signal, pauseWhile, pollNow, timeout } = this.#options;
    if (signal) this.#listenTo(signal);
    if (pauseWhile) this.#subscribeTo(pauseWhile, (value) => this.#onPauseChange(Boolean(value)));
    if (pollNow) this.#subscribeTo(pollNow, () => this.#onPollNow());
    if (this.#isClosed()) return;
    if (timeout === 0) this.#onDeadline();
    else if (timeout < Infinity) {
      this.#deadlineTimer = this.#schedule(() => this.#dispatch(() => this.#onDeadline()), timeout);
    }
    if (this.#phase === 'idle' && !this.#paused) this.#send();
    this.#starting = false;
  }

  unsubscribe(): void {
    if (this.#isClosed()) return;
    this.#phase = 'closed';
    const subscriptions = this.#subscriptions ?? [];
    this.#subscriptions = this.#mailbox = undefined;
    runAll([
      () => this.#cancelRequest(),
      () => this.#delayTimer?.unsubscribe(),
      () => this.#deadlineTimer?.unsubscribe(),
      ...subscriptions,
    ]);
  }

  /** Ends the poll delay, like the option `pollNow`. */
  pollNow(): void {
    this.#dispatch(() => this.#onPollNow());
  }

  #isClosed(): boolean {
    return this.#phase === 'closed';
  }

  /** Runs a step of the watch. An exception becomes the stream's error, as no caller can handle it. */
  #guard(step: () => unknown): void {
    try {
      step();
    } catch (error) {
      // after the end, only a callback of the subscriber can have thrown
      if (this.#isClosed()) throw error;
      this.#fail(error);
    }
  }

  #fail(error: unknown): void {
    if (this.#isClosed()) return;
    try {
      this.unsubscribe();
    } catch {
      // report the first error, not that of the teardown
    }
    this.#observer.error(error);
  }

  #complete(): void {
    try {
      this.unsubscribe();
    } catch (error) {
      this.#observer.error(error);
      return;
    }
    this.#observer.complete({ credentials: this.#credentials, paused: this.#paused });
  }

  #timeOut(): void {
    const { timeout } = this.#options;
    this.#fail(new TaskTimeoutError({ ...this.#facts(), timeout, cause: this.#state.failure }));
  }

  // Events from outside

  /** Handles an event now, or after the answer that is being handled. */
  #dispatch(event: () => unknown): void {
    if (this.#isClosed()) return;
    if (this.#handling > 0) (this.#mailbox ??= []).push(event);
    else this.#guard(event);
  }

  #drainMailbox(): void {
    while (!this.#isClosed()) {
      const event = this.#mailbox?.shift();
      if (!event) return;
      this.#guard(event);
    }
  }

  #listenTo(signal: RequestSignal): void {
    const onAbort = (): void => this.#guard(() => this.#fail(abortReason(signal)));
    if (signal.aborted) {
      onAbort();
      return;
    }
    signal.addEventListener('abort', onAbort);
    this.#add(() => signal.removeEventListener('abort', onAbort));
  }

  /** Subscribes to a notifier. Its error becomes the stream's error; its completion changes nothing. */
  #subscribeTo(notifier: Notifier<unknown>, next: (value: unknown) => void): void {
    if (this.#isClosed()) return;
    const controller = typeof AbortController === 'function' ? new AbortController() : undefined;
    const observer = {
      next: (value: unknown) => this.#dispatch(() => next(value)),
      error: (error: unknown) => this.#dispatch(() => this.#fail(error)),
      complete: () => undefined,
    };
    // before subscribe(): the notifier may end the watch inside it
    this.#add(() => controller?.abort());
    const subscription = notifier.subscribe(observer, controller && { signal: controller.signal });
    if (hasMethod(subscription, 'unsubscribe')) this.#add(() => subscription.unsubscribe());
  }

  /** Adds a step to the teardown, or runs it at once if the watch has ended. */
  #add(teardown: () => void): void {
    if (this.#isClosed()) teardown();
    else (this.#subscriptions ??= []).push(teardown);
  }

  #onPauseChange(paused: boolean): void {
    if (paused === this.#paused) return;
    this.#paused = paused;
    if (paused) this.#pause();
    else this.#resume();
  }

  #pause(): void {
    if (this.#phase === 'idle' || this.#phase === 'requesting') return;
    if (this.#phase === 'queued') this.#cancelRequest();
    this.#stopDelay();
    this.#phase = 'idle';
    if (this.#isFinalPoll) this.#timeOut();
  }

  #resume(): void {
    this.#state.restart();
    if (this.#phase !== 'idle' || (this.#starting && this.#attempts === 0)) return;
    this.#pollDelay = 0;
    this.#sendAfter(this.#remainingMinDelay(), 'polling');
  }

  #onPollNow(): void {
    if (this.#paused || this.#starting) return;
    if (this.#phase === 'requesting') this.#pollNowPending = true;
    if (this.#phase !== 'polling' || this.#pollDelay === 0) return;
    const remaining = this.#pollDelay - this.#since(this.#handledAt);
    const delay = this.#pollNowDelay();
    if (takesTime(delay) && !takesTime(remaining - delay)) return;
    this.#stopDelay();
    this.#pollDelay = 0;
    this.#sendAfter(delay, 'polling');
  }

  #onDeadline(): void {
    const inFlight = this.#phase === 'requesting' || this.#phase === 'queued';
    this.#isFinalPoll = true;
    if (!inFlight && (this.#paused || takesTime(this.#remainingMinDelay()))) {
      this.#timeOut();
      return;
    }
    this.#stopDelay();
    if (this.#options.timeout > 0) this.#openRepeatWindow();
    if (inFlight) this.#limitFinalPoll();
    else this.#send();
  }

  /** Repeats a final poll that fails soon: after the machine was suspended, its connection is dead. */
  #openRepeatWindow(): void {
    this.#isRepeatable = true;
    // the delay timer is free: there is no delay during a request
    this.#delayTimer = this.#schedule(() => (this.#isRepeatable = false), REPEAT_WINDOW);
  }

  // Delays

  #schedule(work: () => unknown, delay: number): Unsubscribable {
    const timer = this.#options.scheduler.schedule(work, delay);
    // the scheduler may have called what ends the watch
    if (this.#isClosed()) timer.unsubscribe();
    return timer;
  }

  #sendAfter(delay: number, phase: 'polling' | 'retrying'): void {
    if (!takesTime(delay)) {
      this.#send();
      return;
    }
    this.#phase = phase;
    this.#delayTimer = this.#schedule(
      // a pause may have come first
      () => this.#dispatch(() => this.#phase === phase && this.#send()),
      delay,
    );
  }

  #stopDelay(): void {
    this.#delayTimer?.unsubscribe();
    this.#delayTimer = undefined;
  }

  /** How much of the delay that the server asked for remains, ms. */
  #remainingMinDelay(): number {
    const { minDelay } = this.#state;
    return minDelay === 0 ? 0 : minDelay - this.#since(this.#handledAt);
  }

  /** How soon a request caused by `pollNow` may be sent, ms. */
  #pollNowDelay(): number {
    return Math.max(0, this.#remainingMinDelay(), POLL_NOW_GAP - this.#since(this.#sentAt));
  }

  /** The time since a clock reading, ms; 0 if the clock was set back, or if it is not a number. */
  #since(reading: number): number {
    const ms = this.#options.scheduler.now() - reading;
    return ms > 0 ? ms : 0;
  }

  // Requests

  #send(): void {
    const { limiter } = this.#options;
    const request = new StatusRequestHandle(
      this.taskId,
      this.#url,
      this.#credentials,
      this.#options,
      this,
    );
    this.#request = request;
    if (!limiter) {
      this.#start(request);
      return;
    }
    this.#phase = 'queued';
    this.#permit = {
      grant: () => this.#guard(() => this.#start(request)),
      fail: (error) => this.#fail(error),
    };
    limiter.acquire(this.#permit);
    if (this.#isFinalPoll && this.#isQueued()) this.#limitFinalPoll();
  }

  #isQueued(): boolean {
    return this.#phase === 'queued';
  }

  #start(request: StatusRequestHandle): void {
    const { requestTimeout, scheduler } = this.#options;
    this.#phase = 'requesting';
    this.#attempts++;
    this.#sentAt = scheduler.now();
    request.send(this.#isFinalPoll ? Math.min(requestTimeout, FINAL_POLL_TIMEOUT) : requestTimeout);
  }

  /** Limits a final poll that was sent before the deadline, or that is queued. */
  #limitFinalPoll(): void {
    const { requestTimeout } = this.#options;
    // the request's own timer ends it sooner
    if (this.#phase === 'requesting' && requestTimeout <= FINAL_POLL_TIMEOUT) return;
    const limit = Math.min(requestTimeout, FINAL_POLL_TIMEOUT);
    this.#deadlineTimer?.unsubscribe();
    const expire = (): void => {
      if (this.#phase === 'queued') this.#timeOut();
      else this.#request?.expire(limit);
    };
    this.#deadlineTimer = this.#schedule(() => this.#dispatch(expire), limit);
  }

  #stopFinalPollTimers(): void {
    this.#stopDelay();
    this.#deadlineTimer?.unsubscribe();
  }

  #cancelRequest(): void {
    const request = this.#request;
    this.#request = undefined;
    runAll([() => request?.cancel(), () => this.#releasePermit()]);
  }

  /** @returns whether a failure of the request counts towards `maxRetries` */
  #releasePermit(response?: StatusResponse): boolean {
    const permit = this.#permit;
    this.#permit = undefined;
    return !permit || !this.#options.limiter?.release(permit, response);
  }

  onSettling(): void {
    this.#handling++;
  }

  onSettled(): void {
    try {
      if (this.#handling === 1) this.#drainMailbox();
    } finally {
      this.#handling--;
    }
  }

  onResult(result: RequestResult, teardownFailure?: Failure): void {
    if (this.#isClosed()) return;
    try {
      if (result.type === 'misuse') this.#fail(result.error);
      else this.#handle(result, teardownFailure);
    } catch (error) {
      // after the end, only a callback of the subscriber can have thrown
      if (this.#isClosed()) throw error;
      this.#fail(error);
    }
  }

  #handle(result: HandledResult, teardownFailure: Failure | undefined): void {
    const pollNow = this.#pollNowPending;
    this.#pollNowPending = false;
    this.#phase = 'idle';
    if (this.#isFinalPoll) this.#stopFinalPollTimers();
    const counts = this.#releasePermit(result.type === 'response' ? result.response : undefined);
    if (this.#isClosed()) return;
    const outcome = this.#readOutcome(result);
    if (this.#request) this.#credentials = this.#request.credentials;
    this.#request = undefined;
    const now = (this.#handledAt = this.#options.scheduler.now());
    const { knownStatus } = this.#state;
    let decision = this.#state.decide(outcome, {
      now,
      counts,
      isFinalPoll: this.#isFinalPoll,
      canRepeat: this.#isRepeatable && !this.#paused,
    });
    if (this.#isClosed()) return;
    // the error of an answer is more useful than that of a teardown
    if (teardownFailure && decision.type !== 'fail') {
      decision = { type: 'fail', error: teardownFailure.error };
    }
    const changed = outcome.status !== undefined && outcome.status !== knownStatus;
    const nextDelay = decision.type === 'wait' ? decision.delay : undefined;
    this.#observer.next(this.#toPoll(outcome, changed, nextDelay), outcome);
    if (this.#isClosed()) return;
    this.#follow(decision, pollNow);
  }

  #readOutcome(result: HandledResult): Outcome<S, D> {
    switch (result.type) {
      case 'response':
        return this.#readResponse(result.response);
      case 'timeout': {
        const error = new RequestTimeoutError({ ...this.#facts(), timeout: result.limit });
        return { error, transient: true, retryAfter: 0 };
      }
      case 'network-error': {
        const { reason } = result;
        const cause = plainCause(reason, this.#redact());
        const fix = thrownStatus(reason) === undefined ? '' : TRANSPORT_THREW_ANSWER;
        const facts = { ...this.#facts(), cause, reason: reasonOf(cause) + fix };
        const transient = !isPermanentNetworkFailure(reason);
        return { error: new NetworkError(facts), transient, retryAfter: 0 };
      }
    }
  }

  #readResponse(response: StatusResponse): Outcome<S, D> {
    const { api, retry, scheduler, unknownStatus, notFoundGrace } = this.#options;
    const headers = headerReader(response.headers);
    const reading = readStatus(api, response, headers);
    const { json } = reading;
    const asked = longer(
      readRetryAfter(response.headers, scheduler),
      api.retryAfter?.(json, headers),
    );
    const retryAfter = asked ?? 0;
    if (reading.isKnown) {
      const { status } = reading;
      const details = api.details?.(json);
      return { status, details, json, retryAfter };
    }
    const inGrace =
      response.status === 404 &&
      this.#state.lastStatus === undefined &&
      this.#since(this.#startedAt) < notFoundGrace;
    const ignored = unknownStatus === 'ignore' ? reading.unknownWord : undefined;
    const ignoredWord = inGrace ? NOT_VISIBLE_YET : ignored;
    // shouldRetry may retry any failure
    const canRetry =
      ignoredWord === undefined && (reading.transient || retry.shouldRetry !== undefined);
    const facts = {
      ...this.#facts(),
      retryAfter: asked,
      maxRetryAfter: canRetry ? retry.maxRetryAfter : Infinity,
    };
    const error = responseError(response, reading, facts, this.#redact());
    // until the stack is read, V8 keeps its functions in memory, and with them the body of the answer
    Reflect.get(error, 'stack');
    return { ignoredWord, error, transient: reading.transient, retryAfter };
  }

  #follow(decision: Decision, pollNow: boolean): void {
    switch (decision.type) {
      case 'complete':
        this.#complete();
        return;
      case 'fail':
        this.#fail(decision.error);
        return;
      case 'timeout':
        this.#timeOut();
        return;
      case 'wait': {
        this.#isRepeatable = false;
        if (this.#paused) return;
        const { delay, isRetry } = decision;
        const shortened = pollNow && !isRetry;
        this.#pollDelay = shortened ? 0 : delay;
        this.#sendAfter(
          shortened ? Math.min(delay, this.#pollNowDelay()) : delay,
          isRetry ? 'retrying' : 'polling',
        );
      }
    }
  }

  #toPoll(outcome: Outcome<S, D>, changed: boolean, nextDelay: number | undefined): TaskPoll<S, D> {
    const { taskId } = this;
    const attempt = this.#attempts;
    const at = this.#sentAt;
    const duration = Math.max(0, this.#handledAt - at);
    const { error, status } = outcome;
    // no spreads: they would cost more than the rest
    if (error) {
      return nextDelay === undefined
        ? { taskId, attempt, at, duration, changed, error }
        : { taskId, attempt, at, duration, nextDelay, changed, error };
    }
    const poll: Writable<TaskPoll<S, D> & { readonly status: S }> =
      nextDelay === undefined
        ? { taskId, attempt, at, duration, changed, status }
        : { taskId, attempt, at, duration, nextDelay, changed, status };
    if (outcome.details !== undefined) poll.details = outcome.details;
    return poll;
  }

  #redact(): Redactor {
    const credentials = this.#request?.credentials ?? this.#credentials;
    return credentials.redact;
  }

  #facts(): WatchFacts<S> {
    return {
      taskId: this.taskId,
      attempts: this.#attempts,
      elapsed: this.#since(this.#startedAt),
      lastStatus: this.#state.lastStatus,
    };
  }
}

type Writable<T> = { -readonly [K in keyof T]: T[K] };

/** The larger of two delays, ms. What is no positive number is ignored. */
function longer(asked: number | undefined, own: unknown): number | undefined {
  return typeof own === 'number' && own > (asked ?? 0) ? own : asked;
}

/** Whether a delay is more than a rounding error. */
function takesTime(ms: number): boolean {
  return ms > NEGLIGIBLE;
}
