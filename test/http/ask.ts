import { once } from 'node:events';
import { request, type IncomingMessage } from 'node:http';

/** Asks the fault server without any `fetch`. */
export function askOver(origin: string): (path: string, body?: unknown) => Promise<unknown> {
  return async (path, body) => {
    const asked = request(origin + path, { method: body === undefined ? 'GET' : 'POST' });
    asked.end(body === undefined ? undefined : JSON.stringify(body));
    const [response] = (await once(asked, 'response')) as [IncomingMessage];
    let text = '';
    for await (const chunk of response.setEncoding('utf8')) text += String(chunk);
    return JSON.parse(text) as unknown;
  };
}
