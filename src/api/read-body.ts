import { checkText, isAsyncIterable } from './check-response.js';
import { misuse, typeName } from './misuse.js';
import { hasMethod } from './guards.js';
import type { FetchResponse, RequestSignal } from './transport.js';

/**
 * Reads the body of a response as text. Rejects with the signal's reason on abort.
 *
 * It stops after `limit` bytes if the body can be read in chunks, and cancels the rest. The text of a
 * longer body has more than `limit` characters, so that it is seen to be too long.
 *
 * @param limit in bytes
 * @param signal absent in a runtime without `AbortController`
 */
export function readBody(
  response: FetchResponse,
  limit: number,
  signal: RequestSignal | undefined,
): Promise<string> {
  const source = chunkSource(response);
  return source ? readChunks(source, limit, signal) : readText(response, limit, signal);
}

/** Throws the reason of an abort, if there was one. */
export function throwIfAborted(signal: RequestSignal | undefined): void {
  if (signal?.aborted) throw signal.reason ?? new Error('The request was aborted');
}

async function readText(
  response: FetchResponse,
  limit: number,
  signal: RequestSignal | undefined,
): Promise<string> {
  throwIfAborted(signal);
  const text = checkText(await response.text());
  return isLonger(text, limit) ? markTooLong(text, limit) : text;
}

async function readChunks(
  source: ChunkSource,
  limit: number,
  signal: RequestSignal | undefined,
): Promise<string> {
  const chunks: Chunk[] = [];
  let size = 0;
  let done = false;
  const cancel = async (): Promise<void> => {
    try {
      await source.cancel();
    } catch {
      // nobody reads it any more
    }
  };
  // for a fetch that does not follow its signal
  const onAbort = (): void => void cancel();
  signal?.addEventListener('abort', onAbort);
  try {
    while (!done && !signal?.aborted && size <= limit) {
      const { done: ended, value } = await source.read();
      done = ended === true;
      if (done || value === undefined) continue;
      const chunk = checkChunk(value);
      size += typeof chunk === 'string' ? byteLength(chunk) : chunk.length;
      chunks.push(chunk);
    }
  } finally {
    signal?.removeEventListener('abort', onAbort);
    if (!done) void cancel();
  }
  // a cancelled stream ends as if it were complete
  throwIfAborted(signal);
  const text = decode(chunks, size);
  return size > limit ? markTooLong(text, limit) : text;
}

/** Non-ASCII text may pass the limit of bytes in fewer characters. */
function markTooLong(text: string, limit: number): string {
  return text.padEnd(limit + 1);
}

function isLonger(text: string, limit: number): boolean {
  return text.length > limit || (text.length * 3 > limit && byteLength(text) > limit);
}

/** The length of a text in UTF-8. Not every runtime has a `TextEncoder`: Jest with jsdom has none. */
function byteLength(text: string): number {
  let size = 0;
  for (const char of text) {
    const code = char.charCodeAt(0);
    size += char.length === 2 ? 4 : code < 0x80 ? 1 : code < 0x800 ? 2 : 3;
  }
  return size;
}

type Chunk = string | Uint8Array;

function checkChunk(chunk: unknown): Chunk {
  if (typeof chunk === 'string' || chunk instanceof Uint8Array) return chunk;
  // also those of another realm, as in Jest
  if (ArrayBuffer.isView(chunk)) {
    return new Uint8Array(chunk.buffer, chunk.byteOffset, chunk.byteLength);
  }
  throw misuse(
    'fetch must resolve with a Response: its body must give Uint8Array or string chunks, ' +
      `got ${typeName(chunk)}`,
  );
}

function decode(chunks: readonly Chunk[], size: number): string {
  if (chunks.every((chunk) => typeof chunk === 'string')) return chunks.join('');
  const decoder = new TextDecoder();
  // in one call, which is faster than chunk by chunk
  if (chunks.every((chunk) => typeof chunk !== 'string')) {
    return decoder.decode(concatenate(chunks, size));
  }
  const texts = chunks.map((chunk) =>
    typeof chunk === 'string' ? decoder.decode() + chunk : decoder.decode(chunk, { stream: true }),
  );
  return texts.join('') + decoder.decode();
}

function concatenate(chunks: readonly Uint8Array[], size: number): Uint8Array {
  const [first] = chunks;
  if (first?.length === size) return first;
  const all = new Uint8Array(size);
  let offset = 0;
  for (const chunk of chunks) {
    all.set(chunk, offset);
    offset += chunk.length;
  }
  return all;
}

interface ChunkSource {
  read(): PromiseLike<{ readonly done?: boolean; readonly value?: unknown }>;
  cancel(): unknown;
}

function chunkSource(response: FetchResponse): ChunkSource | undefined {
  // Jest with jsdom has no decoder
  if (typeof TextDecoder === 'undefined' && hasMethod(response, 'text')) return undefined;
  const { body } = response;
  if (isWebStream(body)) {
    const reader = body.getReader();
    return { read: () => reader.read(), cancel: () => reader.cancel() };
  }
  if (!isAsyncIterable(body)) return undefined;
  const iterator = body[Symbol.asyncIterator]();
  return {
    read: () => iterator.next(),
    // leaving the iterator of a Node stream does not close its socket
    cancel: () => (hasMethod(body, 'destroy') ? body.destroy() : iterator.return?.()),
  };
}

interface WebStream {
  getReader(): {
    read(): PromiseLike<{ readonly done?: boolean; readonly value?: unknown }>;
    cancel(): PromiseLike<unknown>;
  };
}

function isWebStream(body: unknown): body is WebStream {
  return hasMethod(body, 'getReader');
}
