import type { Subscribable } from 'rxjs';

import { bodyLimitOf } from './body-limit.js';
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
  /** The task. */
  readonly taskId: string;
  /** The whole URL. */
  readonly url: string;
  /** `GET`, unless the API is polled with `POST`. */
  readonly method: 'GET' | 'POST';
  /** All headers, the API key included. */
  readonly headers: Readonly<Record<string, string>>;
  /** The body of a `POST`. */
  readonly body?: string;
  /** Aborts when the answer is no longer needed: unsubscription, `requestTimeout`, the end. */
  readonly signal: RequestSignal;
}

/**
 * Sends a request and returns the answer: the first value of an Observable, or what a promise resolves
 * with. Whatever it throws or rejects with is a `NetworkError`, and so is completion without an answer.
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
  /** The signal of this request: aborts when the answer is no longer needed. */
  signal: RequestSignal;
  /** A redirect could send the key to another server. */
  redirect: 'manual';
  /** A cached status is out of date. Left out if the runtime refuses the field. */
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
  /** A web stream, a Node stream, or something that cannot be read in chunks. */
  readonly body?: unknown;
  /** The whole body. Called if `body` cannot be read in chunks. */
  text(): PromiseLike<string>;
}

/** Any `fetch`: the runtime's, a polyfill, or your own. It is called as a bare function. */
export type FetchLike = (url: string, init: FetchInit) => PromiseLike<FetchResponse>;

/**
 * The transport over `fetch`, and the default of `taskStatus$`.
 *
 * It follows no redirect, requests no cached copy, and stops reading a body at the API's `bodyLimit`
 * (64 KiB by default). It rejects if the request fails or is aborted. A `fetch` that resolves with
 * anything but an unread `Response` is a `TypeError`, which ends the watch at once.
 *
 * @param fetch the default is `globalThis.fetch`, looked up for each request; if there is none,
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
      // a copy, as a fetch may add its own
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
      // some workers throw for the field itself, before anything is sent
      if (!init.cache || signal?.aborted || !refusesCacheField(error)) throw error;
      refusesNoStore = true;
      delete init.cache;
      result = await send(url, init);
    }
    // the platform's own sign of a failed connection, as in a service worker
    if (fieldOf(result, 'type') === 'error') throw new TypeError('fetch gave Response.error()');
    checkFetchResponse(result);
    const { status, headers } = result;
    return { status, headers, body: await readBody(result, bodyLimitOf(request), signal) };
  };
}

function isFetch(value: unknown): value is FetchLike {
  return typeof value === 'function';
}

function refusesCacheField(error: unknown): boolean {
  const message = fieldOf(error, 'message');
  return typeof message === 'string' && /'cache'|\bcache (mode|field|option)/i.test(message);
}
