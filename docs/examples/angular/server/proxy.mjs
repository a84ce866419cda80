// @ts-check
/**
 * A proxy that adds the API key, so that no browser needs it.
 *
 * It passes on requests for the status of a task and nothing else. If tasks belong to users, check
 * here who sends the request.
 *
 * @param {{ upstream: string, apiKey: string }} options
 * @returns {(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => Promise<boolean>}
 * whether the proxy has handled the request
 */
export function statusProxy({ upstream, apiKey }) {
  return async (request, response) => {
    // the parsed path, in which `..` is resolved
    const { pathname } = new URL(request.url ?? '/', upstream);
    if (request.method !== 'GET' || !/^\/api\/v1\/task\/[^/]+\/status$/.test(pathname))
      return false;

    // if the browser disconnects, the request to the API is aborted
    const disconnected = new AbortController();
    response.on('close', () => disconnected.abort());
    try {
      const answer = await fetch(new URL(pathname, upstream), {
        headers: { authorization: `Bearer ${apiKey}` },
        redirect: 'manual',
        signal: disconnected.signal,
      });
      for (const name of ['content-type', 'date', 'retry-after']) {
        const value = answer.headers.get(name);
        if (value !== null) response.setHeader(name, value);
      }
      response.setHeader('cache-control', 'no-store');
      response.writeHead(answer.status).end(await answer.text());
    } catch {
      // no details: they belong in the server's log
      if (!disconnected.signal.aborted) response.writeHead(502).end();
    }
    return true;
  };
}
