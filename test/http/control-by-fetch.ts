/** Controls the fault server over the runtime's `fetch`, which a check may replace later. */
export function controlByFetch(origin: string): (path: string, body?: unknown) => Promise<unknown> {
  const fetch = globalThis.fetch.bind(globalThis);
  return async (path, body) => {
    const init = body === undefined ? {} : { method: 'POST', body: JSON.stringify(body) };
    return (await (await fetch(origin + path, init)).json()) as unknown;
  };
}
