import { fieldOf, isObject } from './guards.js';
import { isMisuse } from './misuse.js';
import { isTransientStatus } from './response.js';

/** How many levels of an error and its causes are checked. */
const MAX_DEPTH = 5;

/**
 * The `code` of an error for a certificate that is not valid (OpenSSL's names, in Node and Bun), or for a
 * request that a client refuses to send (Node, undici, Bun, axios).
 */
const PERMANENT_CODE =
  /CERT|^(CRL_|UNABLE_TO_|HOSTNAME_|PATH_LENGTH|INVALID_(CA|PURPOSE)|ERR_(INVALID_(ARG|CHAR|HTTP_T|PROTOCOL|THIS|URL)|UNESCAPED|HTTP2?_INVALID_HEADER|SOCKET_BAD_PORT|BAD_OPTION)|UND_ERR_(INVALID_ARG|NOT_SUPPORTED))/;

/** Messages of such errors without a `code`: undici, Deno, and Chromium in Electron and Playwright. */
const PERMANENT_MESSAGE =
  /^(bad port|unknown scheme)$|invalid peer certificate|\bERR_(CERT_|UNSAFE_PORT)/;

/** Messages of a `TypeError` for a request that a client refuses to send: Chromium, Firefox, others. */
const REFUSAL_MESSAGE =
  /^Failed to (execute|construct) '|^\w+\.fetch: |header (name|value)|HTTP (header|method)|has invalid value|ByteString|HEAD method|^Method is|(parse|invalid|absolute) URL|includes credentials|scheme .*supported|HTTP\(S\)|port \d+ (is|are) blocked|restricted network port|of AbortSignal/i;

/**
 * Whether a failed request would fail again, however often it is retried.
 *
 * This is the case if the server's certificate is not valid, its port is blocked, the client refuses to
 * send the request, the caller's code throws a `ReferenceError` or `SyntaxError`, or the transport throws
 * for an answer whose HTTP status is permanent. The reason may be in a `cause`.
 *
 * A `TypeError` like "Cannot read properties of undefined" is transient: an unusual answer may cause it,
 * and `fetch` also rejects with a `TypeError` if the network fails. Never throws.
 */
export function isPermanentNetworkFailure(reason: unknown, depth = 1): boolean {
  try {
    return (
      isObject(reason) &&
      depth <= MAX_DEPTH &&
      (isPermanent(reason) || isPermanentNetworkFailure(fieldOf(reason, 'cause'), depth + 1))
    );
  } catch {
    return false; // a proxy threw, or String() cannot convert a field
  }
}

/**
 * The HTTP status of an answer that a transport threw instead of returning it, as axios, got, ky,
 * superagent and ofetch do by default; `undefined` for any other error. Never throws.
 */
export function thrownStatus(error: unknown): number | undefined {
  const answer = fieldOf(error, 'response') ?? error;
  const status = fieldOf(answer, 'status') ?? fieldOf(answer, 'statusCode');
  return typeof status === 'number' && status >= 300 && status < 600 ? status : undefined;
}

function isPermanent(error: object): boolean {
  const textOf = (field: string): string => String(fieldOf(error, field));
  const name = textOf('name');
  const message = textOf('message');
  const status = thrownStatus(error);
  return (
    isMisuse(error) ||
    name === 'ReferenceError' ||
    // a body that is not JSON is a SyntaxError too, and Safari does not name JSON in its message
    (name === 'SyntaxError' && !/JSON|match the expected pattern/.test(message)) ||
    PERMANENT_CODE.test(textOf('code')) ||
    PERMANENT_MESSAGE.test(message) ||
    (name === 'TypeError' && REFUSAL_MESSAGE.test(message)) ||
    (status !== undefined && !isTransientStatus(status))
  );
}
