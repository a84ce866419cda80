import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';

/** Controls the fault server over `node:http`, without `fetch`. */
export function controlByHttp(origin: string): (path: string, body?: unknown) => Promise<unknown> {
  return async (path, body) => {
    const outgoing = request(origin + path, { method: body === undefined ? 'GET' : 'POST' });
    outgoing.end(body === undefined ? undefined : JSON.stringify(body));
    const [response] = (await once(outgoing, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
    return JSON.parse(text) as unknown;
  };
}
