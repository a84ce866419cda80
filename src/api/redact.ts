import { fieldOf, show } from './guards.js';

/** Header values shorter than this are no secrets: they would blot out ordinary words. */
const SHORTEST_HEADER = 8;

/**
 * Makes the function that blots out secrets in a foreign text.
 *
 * A server may echo what it was sent, and a client may quote it: plain, URL-encoded, Base64-encoded
 * or escaped for JSON.
 *
 * @param keys the API key, and others that it has taken the place of
 * @param headers what was sent; values of 8 characters or more count as secrets
 * @param own the header that carries the key: what stands in it beside the key is no secret
 */
export function redactor(
  // Stryker disable next-line ArrayDeclaration: the word in its place would be no key of anybody's
  keys: readonly string[] = [],
  headers: Readonly<Record<string, string>>,
  own?: string,
): (text: string) => string {
  // also trimmed, as they are sent
  const secrets = Object.entries(headers)
    .filter(([name, value]) => name !== own || !keys.some((key) => value.includes(key)))
    .flatMap(([, value]) => [value, value.trim()])
    .filter((value) => value.length >= SHORTEST_HEADER);
  secrets.push(...keys, ...keys.map((key) => key.trim()));
  if (!secrets.length) return (text) => text;
  // the longest first: what contains another secret must not be left over in part
  secrets.sort((a, b) => b.length - a.length);
  const pattern = new RegExp(secrets.flatMap(disguises).join('|'), 'gi');
  return (text) => text.replace(pattern, '***');
}

/** Patterns for what may have become of a secret. */
function disguises(secret: string): string[] {
  // both of its spellings: a character beyond ASCII is one byte in a header, and two in UTF-8
  const bytes = String.fromCharCode(...new TextEncoder().encode(secret));
  return [secret, bytes].flatMap((text) => [
    // each character as it is, or escaped as in JSON, in a URL, or in a form
    Array.from(text, (char) => {
      const hex = (char.charCodeAt(0) + 256).toString(16).slice(1);
      const blank = char < '!' ? '|\\+|\\\\t' : '';
      return `(?:\\\\?${char.replace(/\W/, '\\$&')}|(?:%|\\\\u00)${hex}${blank})`;
    }).join(''),
    // Base64, with and without padding, and for URLs
    btoa(text).replace(/=/g, '').replace(/[+/]/g, '\\\\?[-+/_]'),
  ]);
}

/** How deep the causes of a foreign error are followed. */
const DEEPEST = 5;

/**
 * A plain copy of a foreign error without secrets: its name, message, code and cause.
 *
 * The error itself is not kept, for it may hold the request with its headers.
 */
export function plainCause(
  error: unknown,
  redact: (text: string) => string,
  depth = 1,
): PlainCause | undefined {
  if (error === undefined || error === null) return undefined;
  if (typeof error !== 'object') {
    return { message: redact(typeof error === 'string' ? error : show(error)) };
  }
  const copy: PlainCause = {};
  for (const field of ['name', 'message'] as const) {
    const value = fieldOf(error, field);
    if (typeof value === 'string') copy[field] = redact(value);
  }
  const code = fieldOf(error, 'code');
  if (typeof code === 'string' || typeof code === 'number') {
    const clean = redact(String(code));
    copy.code = clean === String(code) ? code : clean;
  }
  const cause =
    depth < DEEPEST ? plainCause(fieldOf(error, 'cause'), redact, depth + 1) : undefined;
  if (cause) copy.cause = cause;
  return copy;
}

/** What is kept of a foreign error. */
export interface PlainCause {
  name?: string;
  message?: string;
  code?: string | number;
  cause?: PlainCause;
}

/** What a plain copy and its causes say, in one line. */
export function reasonOf(error: PlainCause | undefined): string {
  if (!error) return '';
  const { name, message, code, cause } = error;
  // `||`: the message of an AggregateError is empty
  return [message || code || name, reasonOf(cause)].filter(Boolean).join(': ').slice(0, 200);
}

/** Makes the function that replaces secrets. */
export function createRedactor({
  apiKeys,
  headers,
  authorizationHeader,
}: {
  readonly apiKeys: readonly string[];
  readonly headers: Readonly<Record<string, string>>;
  readonly authorizationHeader?: string | undefined;
}): (text: string) => string {
  return redactor(apiKeys, headers, authorizationHeader);
}

/** The beginning of a text without secrets. */
export function excerpt(text: string, redact: (text: string) => string, length: number): string {
  return redact(text).slice(0, length);
}
