import type { Subscribable } from 'rxjs';

import { requestBodyLimit } from './body-limit.js';
import { checkFetchResponse } from './check-response.js';
import { loadCrossFetch, noFetch } from './load-cross-fetch.js';
import { misuse, typeName } from './misuse.js';
import { readBody, throwIfAborted } from './read-body.js';
import type { StatusResponse } from './response.js';
import { fieldOf } from './guards.js';

/** The runtime's `AbortSignal`, or its shape if no type library declares one. */
export type RequestSignal = typeof globalThis extends { AbortSignal: { prototype: infer T } }
  ? T
  : {
      readonly aborted: boolean;
      readonly reason: unknown;
      addEventListener(type: 'abort', listener: () => void): void;
      removeEventListener(type: 'abort', listener: () => void): void;
    };

/** One request for a task's status, ready to be sent. */
export interface StatusRequest {
  /** The task's id. */
  readonly taskId: string;
  /** The whole URL. */
  readonly url: string;
  /** `GET`, unless the API is polled with `POST`. */
  readonly method: 'GET' | 'POST';
  /** All headers, the API key included. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body of a `POST`. */
  readonly body?: string;
  /** Aborts when the answer is not needed any more: on unsubscribe, timeout, or the end of the watch. */
  readonly signal: RequestSignal;
}

/**
 * Sends a request and returns the answer: the first value of an Observable, or the value of a promise.
 *
 * If it throws, rejects, errors, or completes without an answer, this is a `NetworkError`.
 */
export type StatusTransport = (
  request: StatusRequest,
) => Subscribable<StatusResponse> | PromiseLike<StatusResponse>;

/** The second argument of `fetch`. */
export interface FetchInit {
  /** `GET`, unless the API is polled with `POST`. */
  method: 'GET' | 'POST';
  /** All headers, the API key included. */
  headers: Record<string, string>;
  /** The body of a `POST`. */
  body?: string;
  /** The signal of this request. Aborts when the answer is not needed any more. */
  signal: RequestSignal;
  /** No redirect is followed: it could send the API key to another server. */
  redirect: 'manual';
  /** No cached answer is used. Absent if the runtime refuses the field. */
  cache?: 'no-store';
}

/** The part of a `Response` that is used. */
export interface FetchResponse {
  /** The HTTP status. */
  readonly status: number;
  /** The headers. */
  readonly headers: {
    /** The value of a header, its name in any case; `null` if there is none. */
    get(name: string): string | null;
  };
  /** The body as a web stream or a Node stream. */
  readonly body?: unknown;
  /** Reads the whole body. Called if `body` is neither kind of stream. */
  text(): PromiseLike<string>;
}

/** Any `fetch`: the runtime's, a polyfill, or your own. It is called as a bare function. */
export type FetchLike = (url: string, init: FetchInit) => PromiseLike<FetchResponse>;

/**
 * A transport that sends requests with `fetch`. It is the default of the option `transport`.
 *
 * It follows no redirect, uses no cached answer, and stops reading a body at the API's `bodyLimit`
 * (64 KiB by default). Its promise rejects if the request fails or is aborted. It rejects with a
 * `TypeError`, which ends the watch at once, if `fetch` does not resolve with an unread `Response`.
 *
 * @param fetch any `fetch`. Default: `globalThis.fetch`, looked up for each request; if there is none,
 * `cross-fetch`, loaded on first use
 *
 * @example
 * taskStatus$('task_1', { transport: fetchTransport(myFetch) })
 */
export function fetchTransport(
  fetch?: FetchLike,
): (request: StatusRequest) => Promise<StatusResponse> {
  if (fetch !== undefined && typeof fetch !== 'function') {
    throw misuse(`fetch must be a function, got ${typeName(fetch)}`);
  }
  let refusesNoStore = false;
  return async (request) => {
    const { url } = request;
    // a runtime without AbortController has no signals
    const signal: RequestSignal | undefined = request.signal;
    const send: unknown = fetch ?? globalThis.fetch ?? (await loadCrossFetch());
    if (!isFetch(send)) throw noFetch();
    // cross-fetch may have taken a while to load
    throwIfAborted(signal);
    const init: FetchInit = {
      method: request.method,
      // a copy, because a fetch may add headers
      headers: { ...request.headers },
      signal: request.signal,
      redirect: 'manual',
      ...(request.body !== undefined && { body: request.body }),
      ...(!refusesNoStore && { cache: 'no-store' }),
    };
    let result: unknown;
    try {
      result = await send(url, init);
    } catch (error) {
      // some worker runtimes refuse the field `cache`, before they send anything
      if (!init.cache || signal?.aborted || !refusesCacheField(error)) throw error;
      refusesNoStore = true;
      delete init.cache;
      result = await send(url, init);
    }
    // a service worker reports a failed connection in this way
    if (fieldOf(result, 'type') === 'error')
      throw new TypeError('fetch resolved with Response.error()');
    checkFetchResponse(result);
    const { status, headers } = result;
    return { status, headers, body: await readBody(result, requestBodyLimit(request), signal) };
  };
}

function isFetch(value: unknown): value is FetchLike {
  return typeof value === 'function';
}

function refusesCacheField(error: unknown): boolean {
  const message = fieldOf(error, 'message');
  return typeof message === 'string' && /'cache'|\bcache (mode|field|option)/i.test(message);
}
