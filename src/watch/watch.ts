import type { Subscribable, Unsubscribable } from 'rxjs';

import {
  NetworkError,
  RequestTimeoutError,
  TaskTimeoutError,
  type WatchFacts,
  type TaskStatusError,
} from '../api/errors.js';
import { plainCause, reasonOf, redactor } from '../api/redact.js';
import { Request, urlOf, withKey } from '../api/request.js';
import {
  BODY_LIMIT,
  interpret,
  isResponse,
  responseError,
  type StatusResponse,
} from '../api/response.js';
import { isObject, isOneOf } from '../api/guards.js';
import type { RequestSignal } from '../api/transport.js';
import { exponentialDelay, NEGLIGIBLE, withJitter } from './backoff.js';
import { checkApiKey } from './checks.js';
import type { Permit } from './limiter.js';
import type { ResolvedOptions } from './resolve-options.js';
import { retryAfter } from './retry-after.js';

/** The last request of a watch. Times are ms. */
export interface Attempt {
  readonly taskId: string;
  /** How many requests have left. */
  readonly attempts: number;
  /** When the last one left, by the scheduler's clock. */
  readonly leftAt: number;
  /** When its answer was handled. */
  readonly handledAt: number;
}

/** Tells an observer of an answer: its status, or its error. */
export type Deliver<S extends string, V> = (
  observer: WatchObserver<V>,
  changed: boolean,
  status: S | undefined,
  error: TaskStatusError<S> | undefined,
  nextDelay: number | undefined,
  attempt: Attempt,
) => void;

/** Who is told what a watch sees. */
export interface WatchObserver<V> {
  next(value: V): void;
  error(error: unknown): void;
  complete(): void;
}

/** Requests that were nudged leave no sooner than this after the one before, ms. */
const NUDGE_GAP = 250;

/** How long the last look may last, ms. */
const LAST_LOOK = 30_000;

/** The word of a 404 in its grace: no word of any server. */
const NOT_VISIBLE = Symbol('not visible yet');

/**
 * One watch of one task: from `start()` until it ends or is unsubscribed.
 *
 * It is in one of three states: a request is on, a wait is on, or polling is held.
 */
export class Watch<S extends string, V> implements Unsubscribable, Attempt {
  readonly taskId: string;
  readonly #options: ResolvedOptions<S>;
  readonly #observer: WatchObserver<V>;
  readonly #deliver: Deliver<S, V>;
  readonly #url: string;

  #closed = false;
  /** Whether `start()` has not returned yet. */
  #starting = true;
  /** Whether `pauseWhile` holds polling. */
  #held = false;
  /** Whether `timeout` has passed and the last look is on. */
  #looking = false;
  /** Whether an answer is being handled; what comes then waits in `#later`. */
  #handling = false;
  #later: (() => void)[] | undefined;

  #startedAt = 0;
  /** When the last request left. */
  leftAt = 0;
  /** When the last answer was handled; before it, when the watch started. */
  handledAt = 0;
  attempts = 0;

  /** What the last good answer said, for the backoff. */
  #word: string | symbol | undefined;
  /** How many times in a row it was said. */
  #seen = 0;
  /** The last status that this watch saw. */
  #lastStatus: S | undefined;
  #failures = 0;
  /** What the last answer was, if it was a transient failure. */
  #failure: TaskStatusError<S> | undefined;
  /** What the server asked for in the last answer, ms. */
  #floor = 0;

  /** The API key of the last request, and of the one before it, if there was one. */
  #keys: readonly string[] | undefined;

  /** The present request, whether it has left or waits for the limiter. */
  #request: Request | undefined;
  #permit: Permit | undefined;
  /** Whether it has left. */
  #left = false;
  /** The subscription to its answer, from a transport that gives an Observable. */
  #source: Unsubscribable | undefined;
  /** Whether a nudge came while it was on. */
  #nudged = false;
  /** How long the present poll wait was planned to be; 0 where nothing may cut it. */
  #cuttable = 0;
  #wait: Unsubscribable | undefined;
  #limit: Unsubscribable | undefined;
  /** The attempt that `#limit` was armed for. */
  #limited = 0;
  #deadline: Unsubscribable | undefined;
  /** What stands on the signal and the notifiers. */
  #links: Unsubscribable[] | undefined;

  constructor(
    taskId: string,
    options: ResolvedOptions<S>,
    observer: WatchObserver<V>,
    deliver: Deliver<S, V>,
  ) {
    this.taskId = taskId;
    this.#options = options;
    this.#observer = observer;
    this.#deliver = deliver;
    // kept: to make it anew for each request costs a tenth of a poll
    this.#url = urlOf(options.api, options.baseUrl, options.query, taskId);
  }

  start(): void {
    const { signal, pauseWhile, pollNow, timeout, scheduler } = this.#options;
    // `handledAt` too: with a first reading after the first answer, V8 would convert every watch that
    // is on by then to another hidden class (4 % of a first crowd's polls)
    this.#startedAt = this.handledAt = scheduler.now();
    if (signal) this.#heed(signal);
    this.#follow(pauseWhile, (held) => this.#hold(held === true));
    this.#follow(pollNow, () => this.#nudge());
    if (this.#closed) return;
    if (!timeout) this.#expire();
    else if (timeout < Infinity) {
      this.#deadline = scheduler.schedule(() => this.#take(() => this.#expire()), timeout);
    }
    if (!this.#closed && !this.#held && !this.#request) this.#send();
    this.#starting = false;
  }

  unsubscribe(): void {
    if (this.#closed) return;
    this.#closed = true;
    const request = this.#request;
    this.#request = undefined;
    this.#wait?.unsubscribe();
    this.#limit?.unsubscribe();
    this.#deadline?.unsubscribe();
    try {
      if (request) this.#cancel(request);
    } finally {
      try {
        this.#releasePermit();
      } finally {
        unsubscribeAll(this.#links ?? []);
      }
    }
  }

  #fail(error: unknown): void {
    if (this.#closed) return;
    try {
      this.unsubscribe();
    } finally {
      this.#observer.error(error);
    }
  }

  #complete(): void {
    try {
      this.unsubscribe();
    } finally {
      this.#observer.complete();
    }
  }

  // What comes from outside

  #heed(signal: RequestSignal): void {
    const abort = (): void => this.#fail(signal.reason);
    if (signal.aborted) {
      abort();
      return;
    }
    signal.addEventListener('abort', abort);
    this.#own({ unsubscribe: () => signal.removeEventListener('abort', abort) });
  }

  #follow(notifier: Subscribable<unknown> | undefined, next: (value: unknown) => void): void {
    if (!notifier || this.#closed) return;
    this.#own(
      notifier.subscribe({
        next: (value) => this.#take(() => next(value)),
        error: (error: unknown) => this.#take(() => this.#fail(error)),
      }),
    );
  }

  #own(link: Unsubscribable): void {
    // it may have ended the watch before it could be handed over
    if (this.#closed) link.unsubscribe();
    else (this.#links ??= []).push(link);
  }

  /** Takes a step now, or after the answer that is being handled. */
  #take(step: () => void): void {
    if (this.#closed) return;
    if (this.#handling) (this.#later ??= []).push(step);
    else step();
  }

  #hold(held: boolean): void {
    if (held === this.#held) return;
    this.#held = held;
    if (held) {
      this.#stopWaiting();
      // what has not left yet is taken back
      if (this.#request && !this.#left) {
        this.#request = undefined;
        this.#releasePermit();
        if (this.#looking) this.#timeOut();
      }
      return;
    }
    this.#seen = this.#failures = 0;
    if (this.#request || (this.#starting && !this.attempts)) return;
    this.#sendAfter(this.#floorLeft());
  }

  #nudge(): void {
    if (this.#held || this.#starting) return;
    if (this.#request) {
      this.#nudged = this.#left;
      return;
    }
    if (!this.#cuttable) return;
    const left = this.#cuttable - this.#since(this.handledAt);
    const cut = this.#nudgedWait();
    // never longer
    if (takesTime(cut) && !takesTime(left - cut)) return;
    this.#stopWaiting();
    this.#sendAfter(cut);
  }

  #expire(): void {
    this.#looking = true;
    if (this.#request) {
      const { requestTimeout } = this.#options;
      const left = requestTimeout - (this.#left ? this.#since(this.leftAt) : 0);
      // a limit of its own that comes sooner stays; it cannot have passed: then the clock was set
      if (left > LAST_LOOK || (requestTimeout > LAST_LOOK && takesTime(-left))) {
        this.#arm(LAST_LOOK);
      } else if (!this.#left) this.#arm(left);
    } else if (this.#held || takesTime(this.#floorLeft())) {
      this.#timeOut();
    } else {
      this.#stopWaiting();
      this.#send();
    }
  }

  #timeOut(): void {
    const { timeout } = this.#options;
    const facts = { ...this.#facts(), code: 'timeout', timeout } as const;
    const cause = this.#failure;
    this.#fail(
      new TaskTimeoutError(
        `did not end within ${timeout} ms, last seen: ${this.#lastStatus ?? 'nothing'}`,
        cause ? { ...facts, cause } : facts,
      ),
    );
  }

  // The wait

  #sendAfter(ms: number): void {
    const { requestTimeout, scheduler } = this.#options;
    if (takesTime(ms)) {
      // it would fire in the middle of the wait: about a sixth of what each of 100,000 watches takes
      if (ms >= requestTimeout) this.#disarm();
      // bound, here and for the limit: a closure and its context would take 48 bytes more
      this.#wait = scheduler.schedule(this.#send.bind(this), ms);
    } else {
      this.#send();
    }
  }

  #stopWaiting(): void {
    this.#wait?.unsubscribe();
    this.#cuttable = 0;
  }

  #floorLeft(): number {
    return this.#floor && this.#floor - this.#since(this.handledAt);
  }

  #nudgedWait(): number {
    return Math.max(0, this.#floorLeft(), NUDGE_GAP - this.#since(this.leftAt));
  }

  /** How long ago something was, ms; a clock that was set back counts as standing still. */
  #since(then: number): number {
    return Math.max(0, this.#options.scheduler.now() - then);
  }

  // The request

  #send(): void {
    const { limiter, headers } = this.#options;
    const request = new Request(this.taskId, this.#url, headers);
    this.#request = request;
    this.#cuttable = 0;
    if (limiter) {
      this.#permit = { grant: () => this.#leave(request) };
      limiter.acquire(this.#permit);
    } else this.#leave(request);
  }

  #leave(request: Request): void {
    const { apiKey, requestTimeout, scheduler } = this.#options;
    this.#left = true;
    this.attempts++;
    this.leftAt = scheduler.now();
    try {
      const key: unknown = typeof apiKey === 'function' ? apiKey() : apiKey;
      if (isThenable(key)) {
        Promise.resolve(key)
          .then((told) => this.#ask(request, told))
          .catch((error: unknown) => this.#failIn(request, error));
      } else this.#ask(request, key);
    } catch (error) {
      this.#failIn(request, error);
    }
    // after the transport was called: an answer at the very limit comes before it
    if (this.#request !== request) return;
    if (this.#looking) {
      if (this.#limited !== this.attempts) this.#arm(Math.min(requestTimeout, LAST_LOOK));
    } else if (!this.#limit && requestTimeout < Infinity) this.#arm(requestTimeout);
  }

  /** What the caller's own functions throw ends the watch, unless it is past that request. */
  #failIn(request: Request, error: unknown): void {
    if (this.#request === request) this.#fail(error);
  }

  #ask(request: Request, key: unknown): void {
    const { api, headers, apiKey, transport } = this.#options;
    if (this.#request !== request) return;
    // a fixed one has been checked, and stands in the headers
    if (key !== apiKey) {
      request.headers = withKey(api, checkApiKey(key), headers);
    }
    if (apiKey !== undefined) {
      // also the one before: a server may still speak of it (twice the same does no harm)
      this.#keys = [String(key), this.#keys?.[0] ?? String(key)];
    }
    const next = (value: unknown): void => this.#answer(request, value);
    const error = (reason: unknown): void => this.#lose(request, reason);
    let result: unknown;
    try {
      result = transport(request);
      if (isSubscribable(result)) {
        if (this.#request !== request) return;
        const complete = (): void => error('the transport completed without an answer');
        const source = result.subscribe({ next, error, complete });
        // it may have come, or the watch may have ended, before there was anything to unsubscribe
        if (this.#request === request) this.#source = source;
        else source.unsubscribe();
        return;
      }
    } catch (reason) {
      error(reason);
      return;
    }
    if (!isThenable(result)) {
      // not what it is: it may repeat the key
      throw new TypeError(`transport must return an Observable or a promise, got ${typeof result}`);
    }
    Promise.resolve(result).then(next, error);
  }

  /** Lets go of the answer: it has come, or will not. */
  #release(): void {
    const source = this.#source;
    this.#source = undefined;
    source?.unsubscribe();
  }

  #cancel(request: Request): void {
    try {
      request.abort();
    } finally {
      this.#release();
    }
  }

  /** Releases the permit; returns whether the limiter caused the failure of the request. */
  #releasePermit(response?: StatusResponse): boolean {
    const permit = this.#permit;
    this.#permit = undefined;
    // Stryker disable next-line OptionalChaining: only a limiter takes a permit
    return !!permit && !!this.#options.limiter?.release(permit, response);
  }

  /** The number of the present attempt, which may still wait to leave. */
  #present(): number {
    return this.attempts + (this.#left ? 0 : 1);
  }

  #disarm(): void {
    this.#limit?.unsubscribe();
    this.#limit = undefined;
  }

  /** Arms the limit of the present request. */
  #arm(ms: number): void {
    this.#disarm();
    this.#limited = this.#present();
    // the same number, but no small integer to V8 in a process's first watch, which is the one that
    // decides: the waits that follow are not whole, and for them it would convert RxJS's actions and
    // Node's timers one by one (8 % of a first crowd's polls)
    const delay = ms * 0.5 * 2;
    this.#limit = this.#options.scheduler.schedule(this.#passLimit.bind(this), delay);
  }

  /**
   * One action serves many requests: armed for an early one, it looks when it fires how much is left
   * to the present one. That saves a timer for each request, which costs more than all the rest.
   */
  #passLimit(): void {
    const own = this.#limited === this.#present();
    this.#limit = undefined;
    // none, or one that still waits for the limiter: only a last look has a limit there
    const request = this.#left ? this.#request : undefined;
    if (!request) {
      if (own) this.#timeOut();
      return;
    }
    const { requestTimeout } = this.#options;
    const left = requestTimeout - this.#since(this.leftAt);
    // what was armed for this very request has passed, whatever the clock says
    if (!own && takesTime(left)) {
      this.#arm(left);
      return;
    }
    const timeout = takesTime(left) && this.#looking ? LAST_LOOK : requestTimeout;
    const facts = { ...this.#facts(), code: 'request-timeout', timeout } as const;
    const error = new RequestTimeoutError(`got no answer within ${timeout} ms`, facts);
    this.#settle(request, undefined, error);
  }

  #answer(request: Request, value: unknown): void {
    if (this.#request !== request) return;
    if (isResponse(value)) this.#settle(request, value);
    else {
      // not what it is: it may repeat the key
      this.#fail(new TypeError(`transport must answer with a StatusResponse, got ${typeof value}`));
    }
  }

  #lose(request: Request, reason: unknown): void {
    if (this.#request !== request) return;
    const cause = plainCause(reason, this.#redactor(request));
    const facts = { ...this.#facts(), code: 'network', cause } as const;
    const why = reasonOf(cause);
    const error = new NetworkError(`could not be asked${why && `: ${why}`}`, facts);
    this.#settle(request, undefined, error);
  }

  /**
   * Ends the request and handles what it brought, to its end, and then what came meanwhile: never one
   * within the other.
   */
  #settle(request: Request, response?: StatusResponse, lost?: TaskStatusError<S>): void {
    const nested = this.#handling;
    this.#handling = true;
    this.#request = undefined;
    this.#left = false;
    try {
      // a body that was cut off may still be on its way, and so may what took too long
      if (response ? response.body.length > BODY_LIMIT : lost instanceof RequestTimeoutError) {
        this.#cancel(request);
      } else this.#release();
    } finally {
      // which may run code of the transport's that throws, or that ends the watch
      const excused = this.#releasePermit(response);
      try {
        if (!this.#closed) this.#judge(request, excused, response, lost);
        if (!nested) this.#catchUp();
      } finally {
        this.#handling = nested;
      }
    }
  }

  /** Takes the steps that had to wait, until one of them ends the watch. */
  #catchUp(): void {
    while (!this.#closed) {
      const step = this.#later?.shift();
      if (!step) return;
      step();
    }
  }

  #judge(
    request: Request,
    excused: boolean,
    response?: StatusResponse,
    lost?: TaskStatusError<S>,
  ): void {
    const { api, backoff, retry, scheduler, unknownStatus, notFoundGrace } = this.#options;
    this.handledAt = scheduler.now();
    let error = lost;
    let again = true;
    let asked: number | undefined;
    /** What the answer says, if it is a good one. */
    let word: string | symbol | undefined;
    let status: S | undefined;
    if (response) {
      asked = retryAfter(response.headers, scheduler);
      const said = interpret(api, response);
      again = said === true;
      if (isOneOf(api.statuses, said)) word = status = said;
      else {
        error = responseError(response, this.#facts(), this.#redactor(request), asked);
        if (typeof said === 'string' && unknownStatus === 'ignore') word = said;
        if (
          response.status === 404 &&
          this.#lastStatus === undefined &&
          this.#since(this.#startedAt) < notFoundGrace
        ) {
          word = NOT_VISIBLE;
        }
      }
    }

    const good = word !== undefined;
    const changed = status !== undefined && status !== this.#known();
    const ended = isOneOf(api.terminal, status);
    let nextDelay: number | undefined;
    let thrown: { reason: unknown } | undefined;
    if (good) {
      again = !ended;
      this.#failures = 0;
      this.#seen = backoff.resetOnChange && word !== this.#word ? 1 : this.#seen + 1;
      this.#word = word;
      if (status !== undefined) this.#lastStatus = status;
    }
    this.#floor = Math.min(asked ?? 0, good ? retry.maxRetryAfter : Infinity);
    try {
      if (!good && error) {
        if (retry.shouldRetry) again = retry.shouldRetry(error, this.#failures);
        if (!excused) this.#failures++;
      }
      if (
        again &&
        !this.#looking &&
        this.#failures <= retry.maxRetries &&
        this.#floor <= retry.maxRetryAfter
      ) {
        nextDelay = good
          ? withJitter(this.#pollBase(), this.#floor, backoff)
          : withJitter(this.#retryBase(), this.#floor, retry);
      }
    } catch (reason) {
      thrown = { reason };
    }
    this.#failure = good || !again ? undefined : error;

    if (this.#closed) return;
    this.#deliver(this.#observer, changed, status, error, nextDelay, this);
    if (this.#closed) return;
    if (thrown) this.#fail(thrown.reason);
    else if (ended) this.#complete();
    else if (nextDelay !== undefined) this.#waitFor(nextDelay, good);
    else if (again && this.#looking) this.#timeOut();
    else this.#fail(error);
  }

  #redactor({ headers }: Request): (text: string) => string {
    return redactor(this.#keys, headers, this.#options.api.authorization('key')[0]);
  }

  /** The last status that the caller knows of. */
  #known(): S | undefined {
    return this.#lastStatus ?? this.#options.knownStatus;
  }

  #waitFor(nextDelay: number, good: boolean): void {
    const nudged = good && this.#nudged;
    this.#nudged = false;
    if (this.#held) return;
    // left alone where nothing nudges: a number that is not whole takes 16 bytes of its own
    if (good && !nudged && this.#options.pollNow) this.#cuttable = nextDelay;
    // at once for a nudge alone: what comes within waits for its turn, so it nests no deeper
    this.#sendAfter(nudged ? Math.min(nextDelay, this.#nudgedWait()) : nextDelay);
  }

  #retryBase(): number {
    const own = exponentialDelay(Math.max(1, this.#failures), this.#options.retry);
    // from the second failure on no sooner than a poll: an outage must not bring more requests
    return this.#failures > 1 ? Math.max(own, this.#pollBase()) : own;
  }

  #pollBase(): number {
    const { backoff } = this.#options;
    const seen = Math.max(1, this.#seen);
    if (!backoff.delay) return exponentialDelay(seen, backoff);
    const delay = backoff.delay(seen, this.#known());
    // what is no number, NaN too, counts as the longest
    return (
      (typeof delay === 'number' && Math.min(backoff.maxDelay, Math.max(1, delay))) ||
      backoff.maxDelay
    );
  }

  #facts(): WatchFacts<S> {
    const lastStatus = this.#lastStatus;
    return {
      taskId: this.taskId,
      attempts: this.attempts,
      elapsed: this.#since(this.#startedAt),
      ...(lastStatus === undefined ? {} : { lastStatus }),
    };
  }
}

/** Whether there is anything to wait for. */
function takesTime(ms: number): boolean {
  // Stryker disable next-line EqualityOperator: where rounding errors end is nobody's to notice
  return ms > NEGLIGIBLE;
}

/** Unsubscribes every one, whatever the others throw. */
function unsubscribeAll(links: Unsubscribable[]): void {
  const link = links.pop();
  if (!link) return;
  try {
    link.unsubscribe();
  } finally {
    unsubscribeAll(links);
  }
}

function isSubscribable(value: unknown): value is Subscribable<unknown> {
  return isObject(value) && typeof value.subscribe === 'function';
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return isObject(value) && typeof value.then === 'function';
}
