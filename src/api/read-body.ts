import { abortReason } from './abort-reason.js';
import { isAsyncIterable } from './check-response.js';
import { hasMethod } from './guards.js';
import { misuse, typeName } from './misuse.js';
import type { FetchResponse, RequestSignal } from './transport.js';

/**
 * Reads the body of a response as text. Rejects with the signal's reason on abort.
 *
 * It stops after `limit` bytes if the body can be read in chunks, and cancels the rest. The result for a
 * longer body has more than `limit` characters, so that the caller can see that it is too long.
 *
 * @param limit in bytes
 * @param signal absent in a runtime without `AbortController`
 */
export async function readBody(
  response: FetchResponse,
  limit: number,
  signal: RequestSignal | undefined,
): Promise<string> {
  const chunks = chunksOf(response);
  const cancel = async (): Promise<void> => {
    try {
      await chunks.cancel();
    } catch {
      // the body is not needed any more
    }
  };
  // for a fetch that ignores its signal
  const onAbort = (): void => void cancel();
  let decoder: TextDecoder | undefined;
  let text = '';
  let size = 0;
  let ended = false;
  signal?.addEventListener('abort', onAbort);
  try {
    while (!signal?.aborted && size <= limit) {
      const { done, value } = await chunks.next();
      ended = done === true;
      if (ended) break;
      if (typeof value === 'string') {
        size += byteLength(value);
        text += value;
      } else if (ArrayBuffer.isView(value)) {
        size += value.byteLength;
        text += (decoder ??= new TextDecoder()).decode(value, { stream: true });
      } else {
        throw misuse(
          `fetch must resolve with a Response: its body must be text or bytes, got ${typeName(value)}`,
        );
      }
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    if (!ended) onAbort();
  }
  // a cancelled stream ends as if it were complete
  throwIfAborted(signal);
  text += decoder?.decode() ?? '';
  // text that is not ASCII can have more than `limit` bytes in fewer characters
  return size > limit ? text.padEnd(limit + 1) : text;
}

/** Throws the reason of an abort, if there was one. */
export function throwIfAborted(signal: RequestSignal | undefined): void {
  if (signal?.aborted) throw abortReason(signal);
}

/** The length of a text in UTF-8. Not every runtime has a `TextEncoder`: Jest with jsdom has none. */
function byteLength(text: string): number {
  // a surrogate pair is four bytes, so each half counts as two
  return text.replace(/[\x80-\u07ff\ud800-\udfff]/g, '12').replace(/[\u0800-\uffff]/g, '123')
    .length;
}

interface Chunks {
  next(): PromiseLike<{ readonly done?: boolean | undefined; readonly value?: unknown }>;
  cancel(): unknown;
}

function chunksOf(response: FetchResponse): Chunks {
  const { body } = response;
  // Jest with jsdom has no decoder
  const canDecode = typeof TextDecoder === 'function' || !hasMethod(response, 'text');
  if (canDecode && isWebStream(body)) {
    const reader = body.getReader();
    return { next: () => reader.read(), cancel: () => reader.cancel() };
  }
  const iterable = canDecode && isAsyncIterable(body) ? body : readText(response);
  const iterator = iterable[Symbol.asyncIterator]();
  return {
    next: () => iterator.next(),
    // leaving the iterator of a Node stream does not close its socket
    cancel: () => (hasMethod(body, 'destroy') ? body.destroy() : iterator.return?.()),
  };
}

async function* readText(response: FetchResponse): AsyncGenerator {
  yield await response.text();
}

interface WebStream {
  getReader(): { read: Chunks['next']; cancel(): unknown };
}

function isWebStream(body: unknown): body is WebStream {
  return hasMethod(body, 'getReader');
}
