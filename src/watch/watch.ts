import type { Subscribable, Unsubscribable } from 'rxjs';

import {
  NetworkError,
  RequestTimeoutError,
  TaskTimeoutError,
  type WatchFacts,
  type TaskStatusError,
} from '../api/errors.js';
import { plainCause, reasonOf, redactor } from '../api/redact.js';
import { Exchange, Request, urlOf, withKey } from '../api/request.js';
import {
  BODY_LIMIT,
  isResponse,
  isTransient,
  responseError,
  wordOf,
  type StatusResponse,
} from '../api/response.js';
import { isObject, isOneOf, show } from '../api/shape.js';
import { base, NEGLIGIBLE, wait } from './backoff.js';
import { checkKey, type Plan } from './options.js';
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
 * It is in one of three states: an exchange is on, a wait is on, or polling is held.
 */
export class Watch<S extends string, V> implements Unsubscribable, Attempt {
  readonly taskId: string;
  readonly #plan: Plan<S>;
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
  /** When the last answer was handled. */
  handledAt = 0;
  attempts = 0;

  /** What the last good answer said, for the backoff. */
  #word: string | symbol | undefined;
  /** How many times in a row it was said. */
  #seen = 0;
  /** The last status that the caller knows of. */
  #known: S | undefined;
  /** The last status that this watch saw. */
  #lastStatus: S | undefined;
  #failures = 0;
  /** What the last answer was, if it was a transient failure. */
  #failure: TaskStatusError<S> | undefined;
  /** What the server asked for in the last answer, ms. */
  #floor = 0;

  /** The API key of the last request, and the one before it. */
  #keys: readonly string[] | undefined;

  #exchange: Exchange | undefined;
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

  constructor(taskId: string, plan: Plan<S>, observer: WatchObserver<V>, deliver: Deliver<S, V>) {
    this.taskId = taskId;
    this.#plan = plan;
    this.#observer = observer;
    this.#deliver = deliver;
    this.#known = plan.knownStatus;
    // kept: to make it anew for each request costs a tenth of a poll
    this.#url = urlOf(plan.api, plan.base, plan.query, taskId);
  }

  start(): void {
    const { pauseWhile, pollNow, timeout, scheduler } = this.#plan;
    this.#startedAt = scheduler.now();
    this.#heed();
    if (!this.#closed && pauseWhile) this.#follow(pauseWhile, (held) => this.#hold(held));
    if (!this.#closed && pollNow) this.#follow(pollNow, () => this.#nudge());
    if (!this.#closed && timeout === 0) this.#expire();
    if (this.#closed) return;
    if (timeout > 0 && timeout < Infinity) {
      this.#deadline = scheduler.schedule(() => this.#take(() => this.#expire()), timeout);
    }
    if (!this.#held && !this.#exchange) this.#send();
    this.#starting = false;
  }

  unsubscribe(): void {
    if (this.#closed) return;
    this.#closed = true;
    const links = this.#links ?? [];
    const exchange = this.#exchange;
    const { gate } = this.#plan;
    if (exchange) {
      if (gate) links.push({ unsubscribe: () => gate.leave(exchange) });
      links.push(exchange);
    }
    this.#exchange = undefined;
    this.#wait?.unsubscribe();
    this.#limit?.unsubscribe();
    this.#deadline?.unsubscribe();
    unsubscribeAll(links);
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
    if (this.#closed) return;
    try {
      this.unsubscribe();
    } finally {
      this.#observer.complete();
    }
  }

  // What comes from outside

  #heed(): void {
    const { signal } = this.#plan;
    if (!signal) return;
    const abort = (): void => this.#fail(signal.reason);
    if (signal.aborted) {
      abort();
      return;
    }
    signal.addEventListener('abort', abort);
    this.#own({ unsubscribe: () => signal.removeEventListener('abort', abort) });
  }

  #follow<T>(notifier: Subscribable<T>, next: (value: T) => void): void {
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
      this.#leaveQueue();
      return;
    }
    this.#seen = 0;
    this.#failures = 0;
    if (this.#exchange || (this.#starting && !this.attempts)) return;
    this.#sendAfter(this.#floorLeft());
  }

  #nudge(): void {
    if (this.#held || this.#starting) return;
    if (this.#exchange) {
      this.#nudged = this.#exchange.left;
      return;
    }
    if (!this.#cuttable) return;
    const left = this.#cuttable - this.#since(this.handledAt);
    const cut = this.#nudgedWait();
    // never longer
    if (cut > NEGLIGIBLE && left - cut <= NEGLIGIBLE) return;
    this.#stopWaiting();
    this.#sendAfter(cut);
  }

  #expire(): void {
    const exchange = this.#exchange;
    this.#looking = true;
    if (exchange) {
      const { requestTimeout } = this.#plan;
      const left = requestTimeout - (exchange.left ? this.#since(this.leftAt) : 0);
      // a limit of its own that comes sooner stays
      if (left > LAST_LOOK) this.#arm(LAST_LOOK);
      else if (!exchange.left) this.#arm(left);
    } else if (this.#held || this.#floorLeft() > NEGLIGIBLE) {
      this.#timeOut();
    } else {
      this.#stopWaiting();
      this.#send();
    }
  }

  #timeOut(): void {
    const { timeout } = this.#plan;
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
    if (ms > NEGLIGIBLE) {
      this.#wait = this.#plan.scheduler.schedule(() => this.#send(), ms);
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
    return Math.max(0, this.#plan.scheduler.now() - then);
  }

  // The exchange

  #send(): void {
    const { gate, headers } = this.#plan;
    const exchange = new Exchange(headers);
    this.#exchange = exchange;
    this.#cuttable = 0;
    if (gate) {
      exchange.admit = () => this.#leave(exchange);
      gate.enter(exchange);
    } else this.#leave(exchange);
  }

  #leave(exchange: Exchange): void {
    const { apiKey, requestTimeout, scheduler } = this.#plan;
    exchange.left = true;
    this.#nudged = false;
    this.attempts++;
    this.leftAt = scheduler.now();
    try {
      const key = typeof apiKey === 'function' ? apiKey() : apiKey;
      if (isThenable(key)) this.#awaitKey(exchange, key);
      else this.#ask(exchange, key);
    } catch (error) {
      this.#failIn(exchange, error);
    }
    // after the transport was called: an answer at the very limit comes before it
    if (this.#exchange !== exchange) return;
    if (this.#looking) {
      if (this.#limited !== this.attempts) this.#arm(Math.min(requestTimeout, LAST_LOOK));
    } else if (!this.#limit && requestTimeout < Infinity) this.#arm(requestTimeout);
  }

  #awaitKey(exchange: Exchange, key: unknown): void {
    Promise.resolve(key)
      .then((told) => this.#ask(exchange, told))
      .catch((error: unknown) => this.#failIn(exchange, error));
  }

  /** What the caller's own functions throw ends the watch, unless it is past that request. */
  #failIn(exchange: Exchange, error: unknown): void {
    if (this.#exchange === exchange) this.#fail(error);
  }

  /** The number of the present attempt, which may still wait to leave. */
  #present(): number {
    return this.attempts + (this.#exchange?.left ? 0 : 1);
  }

  /** Takes back a request that has not left yet. */
  #leaveQueue(): void {
    const exchange = this.#exchange;
    if (!exchange || exchange.left) return;
    this.#exchange = undefined;
    this.#plan.gate?.leave(exchange);
  }

  #ask(exchange: Exchange, key: unknown): void {
    const { api, headers, apiKey, transport } = this.#plan;
    if (this.#exchange !== exchange) return;
    if (apiKey !== undefined) {
      if (key !== apiKey) {
        checkKey(key);
        exchange.headers = withKey(api, key, headers);
      }
      // also the one before: a server may still speak of it
      this.#keys = [String(key), ...(this.#keys ?? [])].slice(0, 2);
      exchange.keys = this.#keys;
    }
    const request = new Request(exchange, this.taskId, this.#url);
    const next = (value: unknown): void => this.#answer(exchange, value);
    const error = (reason: unknown): void => this.#lose(exchange, reason);
    let result: unknown;
    try {
      result = transport(request);
      if (isSubscribable(result)) {
        if (this.#exchange !== exchange) return;
        const complete = (): void => error('the transport completed without an answer');
        exchange.answer = result.subscribe({ next, error, complete });
        // it may have come, or the watch may have ended, before there was anything to unsubscribe
        if (this.#exchange !== exchange) exchange.release();
        return;
      }
    } catch (reason) {
      error(reason);
      return;
    }
    if (!isThenable(result)) {
      throw new TypeError(`transport must return an Observable or a promise, got ${show(result)}`);
    }
    Promise.resolve(result).then(next, error);
  }

  /** Arms the limit of the present exchange. */
  #arm(ms: number): void {
    this.#limit?.unsubscribe();
    this.#limited = this.#present();
    this.#limit = this.#plan.scheduler.schedule(() => this.#passLimit(), ms);
  }

  /**
   * One action serves many requests: armed for an early one, it looks when it fires how much is left
   * to the present one. That saves a timer for each request, which costs more than all the rest.
   */
  #passLimit(): void {
    const exchange = this.#exchange;
    const own = this.#limited === this.#present();
    this.#limit = undefined;
    if (!exchange) return;
    if (!exchange.left) {
      if (own) this.#timeOut();
      return;
    }
    const { requestTimeout } = this.#plan;
    const left = requestTimeout - this.#since(this.leftAt);
    // what was armed for this very request has passed, whatever the clock says
    if (!own && left > NEGLIGIBLE) {
      this.#arm(left);
      return;
    }
    const limit = left > NEGLIGIBLE && this.#looking ? LAST_LOOK : requestTimeout;
    const error = new RequestTimeoutError(`got no answer within ${limit} ms`, {
      ...this.#facts(),
      code: 'request-timeout',
      timeout: limit,
    });
    this.#settle(exchange, undefined, error);
  }

  #answer(exchange: Exchange, value: unknown): void {
    if (this.#exchange !== exchange) return;
    if (isResponse(value)) this.#settle(exchange, value);
    else {
      this.#fail(new TypeError(`transport must answer with a StatusResponse, got ${show(value)}`));
    }
  }

  #lose(exchange: Exchange, reason: unknown): void {
    if (this.#exchange !== exchange) return;
    const cause = plainCause(reason, redactor(exchange.keys, exchange.headers));
    const why = reasonOf(cause);
    const error = new NetworkError(`could not be asked${why && `: ${why}`}`, {
      ...this.#facts(),
      code: 'network',
      cause,
    });
    this.#settle(exchange, undefined, error);
  }

  /** Ends the exchange, and handles what it brought. */
  #settle(exchange: Exchange, response?: StatusResponse, lost?: TaskStatusError<S>): void {
    this.#exchange = undefined;
    try {
      // a body that was cut off may still be on its way, and so may what took too long
      if (response ? response.body.length > BODY_LIMIT : lost instanceof RequestTimeoutError) {
        exchange.unsubscribe();
      } else exchange.release();
    } finally {
      // which may run code of the transport's that throws, or that ends the watch
      exchange.excused = this.#plan.gate?.leave(exchange, response) ?? false;
      if (!this.#closed) this.#handle(exchange, response, lost);
    }
  }

  /** Handles an answer to its end, and then what came meanwhile: never one within the other. */
  #handle(exchange: Exchange, response?: StatusResponse, lost?: TaskStatusError<S>): void {
    if (this.#handling) {
      this.#judge(exchange, response, lost);
      return;
    }
    this.#handling = true;
    try {
      this.#judge(exchange, response, lost);
      while (!this.#closed && this.#later?.length) this.#later.shift()?.();
    } finally {
      this.#handling = false;
    }
  }

  #judge(exchange: Exchange, response?: StatusResponse, lost?: TaskStatusError<S>): void {
    const { api, backoff, retry, scheduler, unknownStatus, notFoundGrace } = this.#plan;
    this.handledAt = scheduler.now();
    let error = lost;
    let asked: number | undefined;
    let word: string | symbol | undefined;
    let status: S | undefined;
    if (response) {
      asked = retryAfter(response.headers, scheduler);
      word = wordOf(api, response);
      if (isOneOf(api.statuses, word)) status = word;
      else {
        const redact = redactor(exchange.keys, exchange.headers);
        error = responseError(response, this.#facts(), redact, asked);
        if (unknownStatus === 'error') word = undefined;
        if (response.status === 404 && this.#inGrace(notFoundGrace)) word = NOT_VISIBLE;
      }
    }

    const good = word !== undefined;
    const changed = status !== undefined && status !== this.#known;
    const ended = status !== undefined && api.terminal.includes(status);
    let again = !ended;
    let nextDelay: number | undefined;
    let thrown: { reason: unknown } | undefined;
    if (good) {
      this.#failures = 0;
      this.#seen = backoff.resetOnChange && word !== this.#word ? 1 : this.#seen + 1;
      this.#word = word;
      if (status !== undefined) this.#known = this.#lastStatus = status;
    }
    this.#floor = good ? Math.min(asked ?? 0, retry.maxRetryAfter) : (asked ?? 0);
    try {
      if (!good && error) {
        again = retry.shouldRetry
          ? retry.shouldRetry(error, this.#failures)
          : !response || isTransient(response);
        if (!exchange.excused) this.#failures++;
      }
      if (
        again &&
        !this.#looking &&
        this.#failures <= retry.maxRetries &&
        this.#floor <= retry.maxRetryAfter
      ) {
        nextDelay = good
          ? wait(this.#pollBase(), this.#floor, backoff)
          : wait(this.#retryBase(), this.#floor, retry);
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

  #inGrace(notFoundGrace: number): boolean {
    return this.#lastStatus === undefined && this.#since(this.#startedAt) < notFoundGrace;
  }

  #waitFor(nextDelay: number, good: boolean): void {
    if (this.#held) return;
    let ms = nextDelay;
    if (good && this.#nudged) ms = Math.min(ms, this.#nudgedWait());
    else if (good) this.#cuttable = ms;
    if (ms > NEGLIGIBLE) this.#sendAfter(ms);
    // not from within: a transport that answers at once would nest
    else (this.#later ??= []).unshift(() => this.#send());
  }

  #retryBase(): number {
    const own = base(Math.max(1, this.#failures), this.#plan.retry);
    // from the second failure on no sooner than a poll: an outage must not bring more requests
    return this.#failures > 1 ? Math.max(own, this.#pollBase()) : own;
  }

  #pollBase(): number {
    const { backoff } = this.#plan;
    const seen = Math.max(1, this.#seen);
    if (!backoff.delay) return base(seen, backoff);
    const delay = backoff.delay(seen, this.#known);
    return typeof delay === 'number' && !Number.isNaN(delay)
      ? Math.min(backoff.maxDelay, Math.max(1, delay))
      : backoff.maxDelay;
  }

  #facts(): WatchFacts<S> {
    const facts = {
      taskId: this.taskId,
      attempts: this.attempts,
      elapsed: this.#since(this.#startedAt),
    };
    const lastStatus = this.#lastStatus;
    return lastStatus === undefined ? facts : { ...facts, lastStatus };
  }
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
  return isObject(value) && 'subscribe' in value && typeof value.subscribe === 'function';
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return isObject(value) && 'then' in value && typeof value.then === 'function';
}
