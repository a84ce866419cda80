/** The headers of every answer. A page of the same origin must not run the body, or cache it. */
const HEADERS = {
  'content-type': 'application/json; charset=utf-8',
  'x-content-type-options': 'nosniff',
  'cache-control': 'no-store',
};

/** An answer with a JSON body that can neither be cached nor be taken for a page. */
export function jsonResponse(
  status: number,
  body: string | null,
  headers: Readonly<Record<string, string>> = {},
): Response {
  return new Response(body, { status, headers: { ...headers, ...HEADERS } });
}

/** An answer of the proxy itself, in the form of Browser Use's errors: `{"detail": "…"}`. */
export function detailResponse(
  status: number,
  detail: string,
  headers?: Readonly<Record<string, string>>,
): Response {
  return jsonResponse(status, JSON.stringify({ detail }), headers);
}
