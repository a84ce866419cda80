import type { SchedulerLike, Subscribable, Unsubscribable } from 'rxjs';

import { checkApiKey } from './api-key.js';
import { BODY_LIMIT } from './body-limit.js';
import { checkResponse } from './check-response.js';
import type { Credentials } from './credentials.js';
import { isObject, isPlainObject, show } from './guards.js';
import { overHeaders } from './headers.js';
import { isMisuse, misuse, typeName } from './misuse.js';
import { bodyLimitOf, type StatusResponse } from './response.js';
import type { TaskApi, TaskApiRequest } from './task-api.js';
import type { StatusRequest, StatusTransport } from './transport.js';

/** The result of a request. */
export type RequestResult =
  /** The server has answered, with any HTTP status. */
  | { readonly type: 'response'; readonly response: StatusResponse }
  /** There is no answer. `reason` is what the transport threw or rejected with. */
  | { readonly type: 'network-error'; readonly reason: unknown }
  /** There was no answer within `limit`, ms. */
  | { readonly type: 'timeout'; readonly limit: number }
  /** The caller's code has a mistake that no retry can fix. It ends the watch. */
  | { readonly type: 'misuse'; readonly error: unknown };

/** A thrown value, in an object because it may be `undefined`. */
export interface Failure {
  readonly error: unknown;
}

/** Receives the result of a request: exactly one, unless the request is cancelled first. */
export interface RequestObserver {
  /** Called before the teardown. Events that the teardown causes must wait for `onSettled`. */
  onSettling(): void;
  /** @param teardownFailure the exception of the transport's teardown, if there was one */
  onResult(result: RequestResult, teardownFailure?: Failure): void;
  /** Called after the result has been handled. */
  onSettled(): void;
}

/** What all requests of a watch have in common. */
export interface RequestOptions {
  readonly api: TaskApi<string>;
  readonly apiKey?: string | (() => string | Promise<string>) | undefined;
  readonly transport: StatusTransport;
  readonly scheduler: SchedulerLike;
}

/**
 * The URL of a task's status. The query of the base URL stays at the end.
 *
 * @throws TypeError if the API's path is a URL of another origin, so that no task id can choose the
 * host, or has credentials
 */
export function statusUrl(
  api: TaskApi<string>,
  baseUrl: string,
  query: string,
  taskId: string,
): string {
  const path = api.path(encodeURIComponent(taskId));
  let url = baseUrl + (path.startsWith('/') ? path : `/${path}`);
  if (/^https?:/i.test(path)) {
    const { href, origin, hash, username, password } = new URL(path);
    const expected = new URL(baseUrl).origin;
    if (origin !== expected || username || password) {
      throw new TypeError(`the URL of task ${show(taskId)} must be on ${expected}`);
    }
    url = href.slice(0, href.length - hash.length);
  }
  return url + (url.includes('?') ? query.replace('?', '&') : query);
}

/**
 * One request, from resolving the API key to exactly one result. It is the argument of the transport.
 *
 * It owns its timer, its subscription to the transport, and its `AbortController`.
 */
export class StatusRequestHandle implements StatusRequest {
  readonly taskId: string;
  readonly url: string;
  method: 'GET' | 'POST' = 'GET';
  headers: Readonly<Record<string, string>>;
  declare readonly signal: AbortSignal;
  declare body?: string;

  readonly #options: RequestOptions;
  readonly #observer: RequestObserver;
  #credentials: Credentials;
  #settled = false;
  #timer: Unsubscribable | undefined;
  #subscription: Unsubscribable | undefined;
  #controller: AbortController | undefined;

  constructor(
    taskId: string,
    url: string,
    credentials: Credentials,
    options: RequestOptions,
    observer: RequestObserver,
  ) {
    this.taskId = taskId;
    this.url = url;
    this.headers = credentials.headers;
    this.#credentials = credentials;
    this.#options = options;
    this.#observer = observer;
    Object.defineProperty(this, 'signal', StatusRequestHandle.#signal);
    this.#setBodyLimit(this);
  }

  // Own and enumerable, so that `{ ...request }` has it. One shared getter keeps one hidden class.
  static readonly #signal = {
    enumerable: true,
    get(this: StatusRequestHandle): AbortSignal | undefined {
      return this.#abortController()?.signal;
    },
  };

  /** The headers that the request was sent with, and their secrets. */
  get credentials(): Credentials {
    return this.#credentials;
  }

  /**
   * Resolves the API key and calls the transport.
   *
   * @param limit how long both may take together, ms
   */
  send(limit: number): void {
    const { apiKey, scheduler } = this.#options;
    try {
      const key: unknown = typeof apiKey === 'function' ? apiKey() : apiKey;
      if (isThenable(key)) {
        Promise.resolve(key)
          .then((resolved) => this.#callTransport(resolved))
          .catch((error: unknown) => this.#settle({ type: 'misuse', error }));
      } else this.#callTransport(key);
    } catch (error) {
      this.#settle({ type: 'misuse', error });
    }
    // after the call of the transport, so that an answer at the same instant comes first
    if (!this.#settled && limit < Infinity) {
      this.#timer = scheduler.schedule(() => this.expire(limit), limit);
      if (this.#isSettled()) this.#timer.unsubscribe();
    }
  }

  /** Ends the request with a timeout, and aborts it. `limit` is only reported, ms. */
  expire(limit: number): void {
    this.#settle({ type: 'timeout', limit }, true);
  }

  /** Aborts the request. It has no result. */
  cancel(): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#release(true);
  }

  #isSettled(): boolean {
    return this.#settled;
  }

  #callTransport(key: unknown): void {
    if (this.#settled) return;
    const { apiKey, transport } = this.#options;
    // a fixed key was checked before, and is already in the headers
    if (key !== apiKey) {
      this.#credentials = this.#credentials.withKey(checkApiKey(key));
      this.headers = this.#credentials.headers;
    }
    this.#prepare();
    let result: unknown;
    try {
      result = transport(this);
      if (isSubscribable(result)) {
        this.#subscribeTo(result);
        return;
      }
    } catch (reason) {
      this.#onError(reason);
      return;
    }
    if (!isThenable(result)) {
      // shows the type only: the value may contain the API key
      throw misuse(`transport must return an Observable or a promise, got ${typeof result}`);
    }
    Promise.resolve(result).then(
      (value) => this.#onValue(value),
      (reason: unknown) => this.#onError(reason),
    );
  }

  /** Takes what the API's `request` says. */
  #prepare(): void {
    const { api } = this.#options;
    if (!api.request) return;
    const request: unknown = api.request(this.taskId);
    if (!isRequest(request)) {
      // shows the type only: a header or the body may contain a secret
      const rule =
        "{ method: 'GET' or 'POST', headers: { name: text }, body: text, for POST only }";
      throw misuse(`api.request must return ${rule}, got ${typeName(request)}`);
    }
    const { method, headers, body } = request;
    if (method !== undefined) this.method = method;
    if (headers !== undefined) this.headers = overHeaders(headers, this.#credentials.headers);
    if (body !== undefined) this.body = body;
  }

  #subscribeTo(source: Subscribable<unknown>): void {
    if (this.#settled) return;
    const subscription = source.subscribe({
      next: (value) => this.#onValue(value),
      error: (reason: unknown) => this.#onError(reason),
      complete: () => this.#onError('the transport completed without an answer'),
    });
    // the answer may have come before subscribe() returned
    if (this.#settled) subscription.unsubscribe();
    else this.#subscription = subscription;
  }

  #onValue(value: unknown): void {
    if (this.#settled) return;
    let tooLong: boolean;
    try {
      checkResponse(value);
      // abort the request then: the rest of the body may still be in transit
      tooLong = value.body.length > bodyLimitOf(this.#options.api);
    } catch (error) {
      this.#settle({ type: 'misuse', error });
      return;
    }
    this.#settle({ type: 'response', response: value }, tooLong);
  }

  #onError(reason: unknown): void {
    this.#settle(
      isMisuse(reason) ? { type: 'misuse', error: reason } : { type: 'network-error', reason },
    );
  }

  /**
   * Ends the request with a result; only the first call counts.
   *
   * The result is an object, not a callback. V8 keeps the functions on the stack of an error in memory,
   * and with a callback also the body of the answer.
   */
  #settle(result: RequestResult, abort = false): void {
    if (this.#settled) return;
    this.#settled = true;
    this.#observer.onSettling();
    try {
      let failure: Failure | undefined;
      try {
        this.#release(abort);
      } catch (error) {
        failure = { error };
      }
      this.#observer.onResult(result, failure);
    } finally {
      this.#observer.onSettled();
    }
  }

  #release(abort: boolean): void {
    try {
      this.#timer?.unsubscribe();
      if (abort) this.#abortController()?.abort();
    } finally {
      this.#subscription?.unsubscribe();
    }
  }

  /**
   * Created on first use: it costs more than the rest of the request, and not every transport needs it.
   * A runtime without the class has requests without a signal.
   */
  #abortController(): AbortController | undefined {
    if (!this.#controller && typeof AbortController === 'function') {
      this.#controller = new AbortController();
      this.#setBodyLimit(this.#controller.signal);
    }
    return this.#controller;
  }

  #setBodyLimit(holder: object): void {
    const { bodyLimit } = this.#options.api;
    if (bodyLimit !== undefined) Object.assign(holder, { [BODY_LIMIT]: bodyLimit });
  }
}

function isRequest(value: unknown): value is TaskApiRequest {
  if (!isObject(value)) return false;
  const { method, headers, body } = value;
  return (
    (method === undefined || method === 'GET' || method === 'POST') &&
    (headers === undefined || isTextRecord(headers)) &&
    (body === undefined || (typeof body === 'string' && method === 'POST'))
  );
}

function isTextRecord(value: unknown): boolean {
  return isPlainObject(value) && Object.values(value).every((it) => typeof it === 'string');
}

function isSubscribable(value: unknown): value is Subscribable<unknown> {
  return isObject(value) && typeof value.subscribe === 'function';
}

function isThenable(value: unknown): value is PromiseLike<unknown> {
  return isObject(value) && typeof value.then === 'function';
}
