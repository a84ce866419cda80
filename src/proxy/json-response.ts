/** The headers of every answer. A browser must not run the body as a page or script, or cache it. */
const HEADERS = {
  'content-type': 'application/json; charset=utf-8',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

/** Creates an answer with a JSON body, which is not cached and not shown as a page. */
export function jsonResponse(
  status: number,
  body: string | null,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(body, { status, headers: { ...headers, ...HEADERS } });
}

/** Creates an answer of the proxy itself, in the form of Browser Use's errors: `{"detail": "…"}`. */
export function detailResponse(
  status: number,
  detail: string,
  headers?: Readonly<Record<string, string>>,
): Response {
  return jsonResponse(status, JSON.stringify({ detail }), headers);
}
