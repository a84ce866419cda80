import { once } from 'node:events';
import { request as httpRequest, type ClientRequest, type IncomingMessage } from 'node:http';

/** An answer, or the part of it that arrived before the connection was lost. */
export interface RawAnswer {
  /** 0 if there is no answer. */
  readonly status: number;
  readonly headers: IncomingMessage['headers'];
  readonly body: string;
  /** Whether the whole answer has arrived. */
  readonly complete: boolean;
}

/** Starts a `GET` whose target is sent as it is, which `fetch` would normalise. */
export function openRequest(
  origin: string,
  target: string,
  headers: Readonly<Record<string, string>> = {},
): ClientRequest {
  const { hostname, port } = new URL(origin);
  return httpRequest({ hostname, port, path: target, headers, agent: false }).end();
}

/** Sends a `GET` and reads the answer. Never rejects. */
export async function rawRequest(...target: Parameters<typeof openRequest>): Promise<RawAnswer> {
  let body = '';
  let response: IncomingMessage | undefined;
  try {
    [response] = (await once(openRequest(...target), 'response')) as [IncomingMessage];
    for await (const chunk of response.setEncoding('utf8')) body += String(chunk);
  } catch {
    // the server has closed the connection
  }
  const { statusCode = 0, headers = {}, complete = false } = response ?? {};
  return { status: statusCode, headers, body, complete };
}
