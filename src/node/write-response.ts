import { once } from 'node:events';
import type { ServerResponse } from 'node:http';

/**
 * Sends a web response. It reads the body only as fast as the client does.
 *
 * It resolves when everything is written, or when the client has disconnected. It rejects with the error of
 * the body. Then `res` is incomplete and must be destroyed.
 *
 * @param signal aborts when the client disconnects
 */
export async function writeResponse(
  response: Response,
  res: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const { body, status, statusText, headers } = response;
  if (signal.aborted || res.headersSent) {
    await cancel(body);
    return;
  }
  try {
    res.statusCode = status;
    if (statusText !== '') res.statusMessage = statusText;
    headers.forEach((value, name) => {
      if (name !== 'set-cookie') res.setHeader(name, value);
    });
    // not setHeader(): it would remove cookies that Express has set
    for (const cookie of headers.getSetCookie()) res.appendHeader('set-cookie', cookie);
    if (!body || res.req.method === 'HEAD') {
      res.end();
      await cancel(body);
      return;
    }
    // a stream of events may send its first chunk late
    res.flushHeaders();
  } catch (error) {
    await cancel(body);
    throw error;
  }
  await writeBody(body.getReader(), res, signal);
}

async function writeBody(
  reader: ReadableStreamDefaultReader<Uint8Array>,
  res: ServerResponse,
  signal: AbortSignal,
): Promise<void> {
  const stop = () => void reader.cancel(signal.reason).catch(() => undefined);
  // also ends a pending read()
  signal.addEventListener('abort', stop);
  try {
    for (;;) {
      const { done, value } = await reader.read();
      if (signal.aborted) return;
      if (done) break;
      if (!res.write(value)) await once(res, 'drain', { signal });
    }
    res.end();
  } catch (error) {
    stop();
    if (!signal.aborted) throw error;
  } finally {
    signal.removeEventListener('abort', stop);
  }
}

/** Cancels a body that is not sent. */
async function cancel(body: ReadableStream | null): Promise<void> {
  await body?.cancel().catch(() => undefined);
}
