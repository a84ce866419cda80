// @ts-check
/**
 * The whole proxy: it adds the API key, which no browser ever sees.
 *
 * Only a task's status can be asked for, so that nobody can use the key for more than that. Where
 * tasks belong to someone, this is the place to check who is asking.
 *
 * @param {{ upstream: string, apiKey: string }} options
 * @returns {(request: import('node:http').IncomingMessage, response: import('node:http').ServerResponse) => Promise<boolean>}
 * whether the request was for the proxy
 */
export function statusProxy({ upstream, apiKey }) {
  return async (request, response) => {
    // as the URL is understood, `..` and all, and not as it is written
    const { pathname } = new URL(request.url ?? '/', upstream);
    if (request.method !== 'GET' || !/^\/api\/v1\/task\/[^/]+\/status$/.test(pathname))
      return false;

    // a browser that hangs up has lost interest: so has the proxy
    const gone = new AbortController();
    response.on('close', () => gone.abort());
    try {
      const answer = await fetch(new URL(pathname, upstream), {
        headers: { authorization: `Bearer ${apiKey}` },
        redirect: 'manual',
        signal: gone.signal,
      });
      for (const name of ['content-type', 'date', 'retry-after']) {
        const value = answer.headers.get(name);
        if (value !== null) response.setHeader(name, value);
      }
      response.setHeader('cache-control', 'no-store');
      response.writeHead(answer.status).end(await answer.text());
    } catch {
      // what went wrong is for the server's own log
      if (!gone.signal.aborted) response.writeHead(502).end();
    }
    return true;
  };
}
