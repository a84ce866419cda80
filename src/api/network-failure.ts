import { isMisuse } from './misuse.js';
import { fieldOf, isObject } from './guards.js';

/** How deep the causes of an error are followed, and how many errors are looked at in all. */
const MAX_DEPTH = 5;
const MAX_ERRORS = 50;

/** The `code` of a certificate that does not verify: OpenSSL's names, as Node and Bun give them. */
const CERTIFICATE_CODE =
  /^(CERT_|CRL_|UNABLE_TO_(GET|DECRYPT|DECODE|VERIFY)_|DEPTH_ZERO_SELF_|SELF_SIGNED_|ERROR_IN_C|INVALID_(CA|PURPOSE)$|PATH_LENGTH_EXCEEDED$|HOSTNAME_MISMATCH$|ERR_TLS_CERT_)/;

/** The `code` of a request that a client refuses to send: Node, undici, Bun, axios. */
const REFUSAL_CODE =
  /^(ERR_INVALID_(CHAR|URL|HTTP_TOKEN|PROTOCOL|ARG_TYPE|ARG_VALUE|THIS)|ERR_UNESCAPED_CHARACTERS|ERR_HTTP2?_INVALID_HEADER_VALUE|ERR_SOCKET_BAD_PORT|ERR_BAD_OPTION(_VALUE)?|UND_ERR_INVALID_ARG|UND_ERR_NOT_SUPPORTED)$/;

/** Messages of errors without a `code`, of any class. */
const PERMANENT_MESSAGE = [
  /^(bad port|unknown scheme|about scheme is not supported)$/, // undici
  /\binvalid peer certificate\b/, // Deno
  /\bERR_(CERT_\w+|UNSAFE_PORT)\b/, // Chromium's own, as Electron and Playwright show them
];

/** Messages of a `TypeError` for a request that a client refuses to send. */
const REFUSAL_MESSAGE = [
  /^Failed to (execute|construct) '/, // Chromium, Deno
  /^\w+\.fetch: /, // Firefox
  /\b(header (name|value)|legal HTTP header|has invalid value|ByteString)\b/i,
  /\b(HTTP method|GET\/HEAD method|Method is (not valid|forbidden))\b/i,
  /\b(parse URL|invalid URL|absolute URLs|includes credentials)\b/i,
  /\b(scheme '.*' not supported|HTTP\(S\) protocols)/i,
  /\bport \d+ (is|are) blocked$|\brestricted network port\b/i, // Deno, Safari
  /\b(of|instanceof) AbortSignal\b/,
];

/**
 * Whether a failed request would fail again, however often it is retried.
 *
 * That is so if the server's certificate does not verify, its port is blocked, the client refuses to
 * send such a request, the caller's code has a `ReferenceError` or `SyntaxError`, or the transport
 * throws for an answer whose status is a permanent failure.
 *
 * The reason may be in a `cause`. An `AggregateError` is permanent if each of its errors is. A
 * `TypeError` like "Cannot read properties of undefined" is transient: it may come from what the
 * server answered, and `fetch` itself rejects with a `TypeError` if the network fails. Never throws.
 */
export function isPermanentNetworkFailure(reason: unknown): boolean {
  let left = MAX_ERRORS;
  const isPermanent = (error: unknown, depth: number): boolean => {
    if (!isObject(error) || depth > MAX_DEPTH || left-- <= 0) return false;
    if (hasPermanentReason(error)) return true;
    const errors = fieldOf(error, 'errors');
    return (
      (Array.isArray(errors) &&
        errors.length > 0 &&
        errors.every((each) => isPermanent(each, depth + 1))) ||
      isPermanent(fieldOf(error, 'cause'), depth + 1)
    );
  };
  try {
    return isPermanent(reason, 1);
  } catch {
    return false; // a proxy
  }
}

/**
 * The HTTP status of an answer that a transport threw instead of returning it, as axios, got, ky,
 * superagent and ofetch do by default; `undefined` for any other error. Never throws.
 */
export function thrownStatus(error: unknown): number | undefined {
  return [fieldOf(error, 'response'), error]
    .flatMap((holder) => [fieldOf(holder, 'status'), fieldOf(holder, 'statusCode')])
    .filter((status) => typeof status === 'number')
    .find((status) => status >= 300 && status <= 599);
}

function hasPermanentReason(error: object): boolean {
  const name = String(fieldOf(error, 'name'));
  const code = String(fieldOf(error, 'code'));
  const message = String(fieldOf(error, 'message'));
  return (
    isMisuse(error) ||
    name === 'ReferenceError' ||
    // a body that is not JSON is a SyntaxError too, and Safari does not name JSON in its message
    (name === 'SyntaxError' && !/JSON|did not match the expected pattern/.test(message)) ||
    CERTIFICATE_CODE.test(code) ||
    REFUSAL_CODE.test(code) ||
    PERMANENT_MESSAGE.some((pattern) => pattern.test(message)) ||
    (name === 'TypeError' && REFUSAL_MESSAGE.some((pattern) => pattern.test(message))) ||
    isPermanentStatus(thrownStatus(error))
  );
}

function isPermanentStatus(status: number | undefined): boolean {
  return status !== undefined && status < 500 && ![408, 425, 429].includes(status);
}
