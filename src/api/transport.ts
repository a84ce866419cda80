import type { Subscribable } from 'rxjs';

import { DEFAULT_BODY_LIMIT as BODY_LIMIT } from './body-limit.js';
import type { StatusResponse } from './response.js';
import { hasMethod } from './guards.js';

/** The runtime's `AbortSignal`; of the needed shape where no type library declares one. */
export type RequestSignal = typeof globalThis extends { AbortSignal: { prototype: infer T } }
  ? T
  : {
      readonly aborted: boolean;
      readonly reason: unknown;
      addEventListener(type: 'abort', listener: () => void): void;
      removeEventListener(type: 'abort', listener: () => void): void;
    };

/** One question for a task's status, ready to be sent. */
export interface StatusRequest {
  /** The task that is asked for. */
  readonly taskId: string;
  /** The whole URL. */
  readonly url: string;
  /** What to send, the API key included. */
  readonly headers: Readonly<Record<string, string>>;
  /** Aborts when nobody waits for the answer any more: unsubscription, `requestTimeout`, the end. */
  readonly signal: RequestSignal;
}

/**
 * Sends a request and gives its answer: the first value of an Observable, or what a promise brings.
 * What it throws or errors with is a `NetworkError`, and so is the completion without an answer.
 */
export type StatusTransport = (
  request: StatusRequest,
) => Subscribable<StatusResponse> | PromiseLike<StatusResponse>;

/** What `fetch` is called with. */
export interface FetchInit {
  /** Nothing is changed by asking. */
  method: 'GET';
  /** The API key included. */
  headers: Record<string, string>;
  /** The request's own: aborts when nobody waits for the answer any more. */
  signal: RequestSignal;
  /** A redirect could carry the key elsewhere. */
  redirect: 'manual';
  /** A cached status is an old one; left out where the runtime refuses the field. */
  cache?: 'no-store';
}

/** What is needed of a `Response`. */
export interface FetchResponse {
  /** The HTTP status. */
  readonly status: number;
  /** Its headers. */
  readonly headers: {
    /** A header's value, its name in any case; `null` where it is absent. */
    get(name: string): string | null;
  };
  /** A web stream, a Node stream, or nothing that can be read in pieces. */
  readonly body?: unknown;
  /** The whole body; asked for where `body` cannot be read in pieces. */
  text(): PromiseLike<string>;
}

/** Any `fetch`: the platform's, a polyfill's, or one of yours. It is called as a bare function. */
export type FetchLike = (url: string, init: FetchInit) => PromiseLike<FetchResponse>;

/**
 * The transport over `fetch`, the default of `taskStatus$`.
 *
 * It follows no redirect, asks for no cached copy, and stops reading a body after 64 KiB.
 *
 * @param fetch the default is `globalThis.fetch`, looked up at each request; where there is none,
 * `cross-fetch`, loaded on first use
 *
 * @example
 * taskStatus$('task_1', { transport: fetchTransport(myFetch) })
 */
export function fetchTransport(fetch?: FetchLike): StatusTransport {
  let noStore = true;
  return async ({ url, headers, signal }) => {
    const send: FetchLike = fetch ?? globalThis.fetch ?? (await import('#cross-fetch')).fetch;
    const init: FetchInit = { method: 'GET', headers: { ...headers }, signal, redirect: 'manual' };
    if (noStore) init.cache = 'no-store';
    let response: FetchResponse;
    try {
      response = await send(url, init);
    } catch (error) {
      // some workers throw on the field itself, before anything is sent
      if (!noStore || signal.aborted || !/'cache'|\bcache (mode|field|option)/i.test(String(error)))
        throw error;
      noStore = false;
      delete init.cache;
      response = await send(url, init);
    }
    return {
      status: response.status,
      headers: response.headers,
      body: await read(response, signal),
    };
  };
}

async function read(response: FetchResponse, signal: RequestSignal): Promise<string> {
  const body = piecesOf(response.body);
  const pieces: Uint8Array[] = [];
  let size = 0;
  let done = false;
  const take = (piece: Uint8Array | string): void => {
    const bytes = typeof piece === 'string' ? new TextEncoder().encode(piece) : piece;
    size += bytes.length;
    pieces.push(bytes);
  };
  // a fetch that does not heed its signal leaves the body to us
  const stop = (): void => {
    Promise.resolve(body?.stop()).catch(() => undefined);
  };
  signal.addEventListener('abort', stop);
  try {
    if (!body && !signal.aborted) take(await response.text());
    while (body && !done && !signal.aborted && size <= BODY_LIMIT) {
      const piece = await body.pull();
      done = piece.done === true;
      if (!done) take(piece.value ?? '');
    }
    if (!done) stop();
  } finally {
    signal.removeEventListener('abort', stop);
  }
  const text = decode(pieces, size);
  // in UTF-8 the limit may be passed in fewer characters, and what was cut must still show as too long
  return size > BODY_LIMIT ? text.padEnd(BODY_LIMIT + 1) : text;
}

/** All at once, which the runtimes do faster than piece by piece, even where there is only one. */
function decode(pieces: Uint8Array[], size: number): string {
  const all = new Uint8Array(size);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return new TextDecoder().decode(all);
}

type Piece = { readonly done?: boolean; readonly value?: Uint8Array | string };

interface Pieces {
  pull(): PromiseLike<Piece>;
  stop(): unknown;
}

/** A body in pieces, where it can be read so. */
function piecesOf(body: unknown): Pieces | undefined {
  if (isWebStream(body)) {
    const reader = body.getReader();
    return { pull: () => reader.read(), stop: () => reader.cancel() };
  }
  if (!isAsyncIterable(body)) return undefined;
  const iterator = body[Symbol.asyncIterator]();
  return {
    pull: () => iterator.next(),
    // what a stream of Node's does when its iterator is left is not enough to close a socket
    stop: () => (hasMethod(body, 'destroy') ? body.destroy() : iterator.return?.()),
  };
}

interface WebStream {
  getReader(): {
    read(): PromiseLike<Piece>;
    cancel(): PromiseLike<unknown>;
  };
}

function isWebStream(body: unknown): body is WebStream {
  return hasMethod(body, 'getReader');
}

function isAsyncIterable(body: unknown): body is AsyncIterable<Uint8Array | string> {
  return Symbol.asyncIterator in Object(body);
}
